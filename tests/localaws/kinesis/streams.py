"""Streams and shards: hash ranges, sequence numbers, and the lineage that resharding leaves."""

from __future__ import annotations

import hashlib
import itertools
import shutil
import time
from pathlib import Path

from localaws.kinesis.errors import invalid_argument, limit_exceeded, not_found, validation
from localaws.kinesis.limits import ShardMeter
from localaws.kinesis.storage import ShardLog, format_digest

HASH_KEYS = 1 << 128
ACCOUNT = "123456789012"
_FIRST_SEQUENCE = 49_680_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000
_SEQUENCES_PER_EPOCH = 1 << 64


class Shard:
    """One shard: the hash keys from ``low`` to ``high``, both included."""

    def __init__(
        self, *, number: int, low: int, high: int, epoch: int, folder: Path, parents: tuple[str, ...] = ()
    ) -> None:
        self.id = f"shardId-{number:012d}"
        self.low = low
        self.high = high
        self.parents = parents
        self.children: tuple[Shard, ...] = ()
        self.opened_at = time.time()
        self.closed_at: float | None = None
        self.meter = ShardMeter()
        self.log = ShardLog(folder / f"{self.id}.log")
        # Children come in a later epoch, so that their sequence numbers follow their parents'.
        self._first_sequence = _FIRST_SEQUENCE + epoch * _SEQUENCES_PER_EPOCH

    @property
    def closed(self) -> bool:
        """A closed shard takes no more records; what it has stays readable."""
        return self.closed_at is not None

    def close(self, *children: Shard) -> None:
        """End the shard; ``children`` take over its hash keys."""
        self.closed_at = time.time()
        self.children = children

    def sequence(self, offset: int) -> str:
        """Return the sequence number of the record at ``offset``."""
        return str(self._first_sequence + 1 + offset)

    def offset(self, sequence: str, *, after: bool) -> int:
        """Return the offset of the record with this sequence number, or of the one after it."""
        offset = int(sequence) - self._first_sequence - 1
        if offset == -1:  # the shard's own starting sequence number stands before its first record
            return 0
        try:
            following = self.log.following(offset)
        except ValueError:
            raise invalid_argument(f"StartingSequenceNumber {sequence} is not valid for shard {self.id}") from None
        return following if after else offset

    def describe(self) -> dict[str, object]:
        """Return the shard as the API shows it."""
        sequences = {"StartingSequenceNumber": str(self._first_sequence)}
        if self.closed:
            sequences["EndingSequenceNumber"] = self.sequence(self.log.end)
        parents = dict(zip(("ParentShardId", "AdjacentParentShardId"), self.parents, strict=False))
        return {"ShardId": self.id, **parents, "HashKeyRange": self._hash_range(), "SequenceNumberRange": sequences}

    def describe_as_child(self) -> dict[str, object]:
        """Return the shard as GetRecords shows it at the end of its parents."""
        return {"ShardId": self.id, "ParentShards": list(self.parents), "HashKeyRange": self._hash_range()}

    def _hash_range(self) -> dict[str, str]:
        return {"StartingHashKey": str(self.low), "EndingHashKey": str(self.high)}


class Stream:
    """One stream and all its shards, open and closed, with its files in ``folder``."""

    def __init__(
        self, *, name: str, region: str, shards: int, mode: str, record_kib: int, folder: Path, active_in: float
    ) -> None:
        self.name = name
        self.arn = f"arn:aws:kinesis:{region}:{ACCOUNT}:stream/{name}"
        self.mode = mode
        self.record_kib = record_kib
        self.created = time.time()
        self.folder = folder
        self._active_at = time.monotonic() + active_in
        self._epoch = 0
        self.shards: list[Shard] = []
        bounds = [HASH_KEYS * i // shards for i in range(shards + 1)]
        for low, end in itertools.pairwise(bounds):
            self._add(low, end - 1)

    @property
    def status(self) -> str:
        """CREATING, then ACTIVE."""
        return "ACTIVE" if time.monotonic() >= self._active_at else "CREATING"

    @property
    def open_shards(self) -> list[Shard]:
        """The shards that take records, by hash range."""
        return sorted((shard for shard in self.shards if not shard.closed), key=lambda shard: shard.low)

    def shard(self, shard_id: str) -> Shard:
        """Find a shard by id; ResourceNotFoundException."""
        for shard in self.shards:
            if shard.id == shard_id:
                return shard
        raise not_found(f"Shard {shard_id} in stream {self.name} under account {ACCOUNT} does not exist")

    def shard_for(self, partition_key: bytes, explicit_hash_key: str | None) -> Shard:
        """Return the open shard that a record goes to."""
        if explicit_hash_key is not None:
            key = _hash_key(explicit_hash_key, "ExplicitHashKey")
        else:
            key = int.from_bytes(hashlib.md5(partition_key, usedforsecurity=False).digest(), "big")
        for shard in self.shards:
            if not shard.closed and shard.low <= key <= shard.high:
                return shard
        raise AssertionError(f"no open shard of {self.name} has hash key {key}")

    def split(self, shard_id: str, new_start: str) -> None:
        """Replace a shard by two; the second begins at hash key ``new_start``."""
        shard = self._open_shard(shard_id)
        start = _hash_key(new_start, "NewStartingHashKey")
        if not shard.low < start <= shard.high:
            raise invalid_argument(
                f"NewStartingHashKey {start} used in SplitShard() on shard {shard.id} in stream {self.name} "
                f"is not inside its hash range {shard.low}-{shard.high}"
            )
        self._epoch += 1
        shard.close(self._add(shard.low, start - 1, shard), self._add(start, shard.high, shard))

    def merge(self, shard_id: str, adjacent_id: str) -> None:
        """Replace two neighbouring shards by one."""
        pair = sorted((self._open_shard(shard_id), self._open_shard(adjacent_id)), key=lambda shard: shard.low)
        if pair[0].high + 1 != pair[1].low:
            raise invalid_argument(f"Shards {shard_id} and {adjacent_id} in stream {self.name} are not adjacent")
        self._epoch += 1
        child = self._add(pair[0].low, pair[1].high, self.shard(shard_id), self.shard(adjacent_id))
        for shard in pair:
            shard.close(child)

    def resize(self, target: int) -> None:
        """Split the widest or merge the narrowest shards until there are ``target``, at most double or half."""
        current = len(self.open_shards)
        if not current / 2 <= target <= current * 2:
            raise limit_exceeded(
                f"UpdateShardCount cannot scale {self.name} from {current} to {target} shards: "
                "at least half and at most double the current count is allowed"
            )
        while len(self.open_shards) < target:
            widest = max(self.open_shards, key=lambda shard: shard.high - shard.low)
            self.split(widest.id, str((widest.low + widest.high + 1) // 2))
        while (count := len(self.open_shards)) > target:
            shards = self.open_shards
            first = min(range(count - 1), key=lambda i: shards[i + 1].high - shards[i].low)
            self.merge(shards[first].id, shards[first + 1].id)

    def statistics(self) -> dict[str, object]:
        """Return what tests ask for: counts, bytes of data, the multiset digest and the files."""
        logs = [shard.log for shard in self.shards]
        return {
            "records": sum(log.records for log in logs),
            "bytes": sum(log.data_bytes for log in logs),
            "digest": format_digest(sum(log.digest for log in logs)),
            "shards": {shard.id: shard.log.records for shard in self.shards},
            "files": [str(log.path) for log in logs],
        }

    def delete(self) -> None:
        """Close and remove the files."""
        for shard in self.shards:
            shard.log.close()
        shutil.rmtree(self.folder)

    def _open_shard(self, shard_id: str) -> Shard:
        shard = self.shard(shard_id)
        if shard.closed:
            raise invalid_argument(f"Shard {shard_id} in stream {self.name} is closed")
        return shard

    def _add(self, low: int, high: int, *parents: Shard) -> Shard:
        shard = Shard(
            number=len(self.shards),
            low=low,
            high=high,
            epoch=self._epoch,
            folder=self.folder,
            parents=tuple(parent.id for parent in parents),
        )
        self.shards.append(shard)
        return shard


def _hash_key(text: str, field: str) -> int:
    key = int(text)
    if key >= HASH_KEYS:
        raise validation(f"Value '{text}' at '{field}': a hash key is below 2^128")
    return key
