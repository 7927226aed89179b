"""Groups bad rows by what failed, and tells what is new since the last time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from event_recovery.inputs.choice import Selection, choose, described
from event_recovery.inputs.given import parse_input
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3

from event_recovery_provider._compat import AirflowSkipException, Context, aws_template_fields
from event_recovery_provider.aws import s3
from event_recovery_provider.exceptions import NewFailuresError, PreflightError
from event_recovery_provider.links import RecoveryPrefixLink
from event_recovery_provider.operators.base import RecoveryOperator
from event_recovery_provider.planning.exploration import GROUPS, Exploration, exploration

if TYPE_CHECKING:
    from event_recovery_provider.results.explored import Exploring

#: Under which Airflow keeps what a task returned.
_RETURNED = "return_value"


class ExploreBadRowsOperator(RecoveryOperator):
    """Groups bad rows by what failed, writes them as a page and as JSON, and tells which groups are new or have grown.

    Each run of the DAG writes ``explore.html`` and ``groups.json`` to a folder of its own below ``prefix``, named by
    when the run was due, and is compared with the newest folder before it. No rows are sent or changed. The task is
    skipped when there is no file to read.

    What is returned is also the extra of the task's outlet assets. It holds names of groups, what is wrong in general
    words, and counts, but no values of rows, and so does the log; page and JSON hold rows as they are.

    :param inputdir: path in ``bucket``, S3 URI or pattern (``*``, ``?``, ``**``) of the bad rows; several, one a line
        or as a list (templated)
    :param prefix: path in ``bucket``, or S3 URI, below which the task keeps its explorations, and nothing else does
        (templated)
    :param bucket: bucket of the paths (templated)
    :param rows: how many rows are read at most (templated)
    :param types: only rows of these bad row types; all when empty (templated)
    :param arrived_from: only files that arrived then or later, ISO 8601 with its offset (templated)
    :param arrived_to: only files that arrived before then (templated)
    :param failed_from: only rows that failed then or later (templated)
    :param failed_to: only rows that failed before then (templated)
    :param grows_by: a group of ten rows or more has grown when it has so many times the rows it had, or so many times
        the share where not all rows were read (templated)
    :param redact: show values of rows, on the page and in the JSON, as their types and lengths (templated)
    :param keep: with it, fields whose values are shown all the same, one or several (templated)
    :param kms_key: ARN of the KMS key that writes to S3 name; none if empty (templated)
    :param fail_on_new: fail when a group is new, after all is written (templated)
    """

    template_fields = aws_template_fields(
        "inputdir",
        "prefix",
        "bucket",
        "rows",
        "types",
        "arrived_from",
        "arrived_to",
        "failed_from",
        "failed_to",
        "grows_by",
        "redact",
        "keep",
        "kms_key",
        "fail_on_new",
    )
    operator_extra_links = (RecoveryPrefixLink(),)
    ui_color = "#e4f4e4"

    def __init__(
        self,
        *,
        inputdir: str | list[str],
        prefix: str,
        bucket: str = "",
        rows: int | str = 10_000,
        types: str | list[str] = "",
        arrived_from: str = "",
        arrived_to: str = "",
        failed_from: str = "",
        failed_to: str = "",
        grows_by: float | str = 3.0,
        redact: bool | str = False,
        keep: str | list[str] = "",
        kms_key: str = "",
        fail_on_new: bool | str = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.inputdir = inputdir
        self.prefix = prefix
        self.bucket = bucket
        self.rows = rows
        self.types = types
        self.arrived_from = arrived_from
        self.arrived_to = arrived_to
        self.failed_from = failed_from
        self.failed_to = failed_to
        self.grows_by = grows_by
        self.redact = redact
        self.keep = keep
        self.kms_key = kms_key
        self.fail_on_new = fail_on_new
        self._done: tuple[Exploration, tuple[StoredFile, ...], Exploring] | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the counts, the largest groups, and those that are new or have grown, as small JSON.

        :raises SettingsError: with all that is wrong with what the task was told
        :raises PreflightError: when no row can be read of the files
        :raises NewFailuresError: with ``fail_on_new``, when a group is new
        """
        what = exploration({name: getattr(self, name) for name in self.template_fields if hasattr(self, name)})
        due = context["dag_run"].run_after.astimezone(UTC)
        found = self._explore(what, due)
        self.link_prefix(context, found.place)
        self.log.info("%s", found.text())
        for uri, body, kind in (
            (found.groups_uri, found.document(), "application/json"),
            (found.page_uri, found.page(), "text/html; charset=utf-8"),
        ):
            self.aws.run(s3.write_object(uri, body, content_type=kind))
        self.publish_page(context, "explore", found.page_uri)
        told = found.to_xcom()
        for outlet in self.outlets or ():
            context["outlet_events"][outlet].extra = told
        if told["told"]:
            self.log.warning("%s", told["told"])
        if told["new"] and msgspec.convert(self.fail_on_new, bool, strict=False):
            context["ti"].xcom_push(key=_RETURNED, value=told)
            names = ", ".join(one["name"] for one in told["new"])
            raise NewFailuresError(f"{len(found.compared.new):,} groups are new: {names}; see {found.page_uri}")
        return told

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Tell OpenLineage what was read, with its counts, and where what was found is."""
        if self._done is None:
            return None
        from event_recovery_provider.results import lineage

        what, files, exploring = self._done
        found = exploring.found
        read = files if found.sample is None else None
        return lineage.facets(lineage.of_exploration(what.inputs, exploring.place, files=read, rows=found.total.rows))

    def _explore(self, what: Exploration, due: datetime) -> Exploring:
        # Loaded here, since no DAG file is to load the engine.
        from event_recovery_provider.results.explored import EarlierError, explore

        files = self._files(what)
        place = f"{what.prefix}/{due:%Y-%m-%dT%H%M%SZ}"
        earlier = self._earlier(what.prefix, place)
        client = self.aws.client("s3")
        try:
            found = explore(what, files, client, place=place, time=due, earlier=earlier)
        except EarlierError as error:
            raise PreflightError(f"{error}; delete it to begin anew") from error
        for uri, reason in found.found.unread.items():
            self.log.warning("%s cannot be read to its end: %s", uri, reason)
        if not found.found.total.rows and found.found.unread:
            uri, reason = next(iter(found.found.unread.items()))
            raise PreflightError(f"no row could be read: {uri}: {reason}")
        self._done = (what, files, found)
        return found

    def _files(self, what: Exploration) -> tuple[StoredFile, ...]:
        """List the inputs, and choose among their files.

        :raises AirflowSkipException: when none is to be read
        """
        given = [parse_input(uri) for uri in what.inputs]
        listings = [(one, self.aws.run(s3.all_files(one.start))) for one in given if isinstance(one.start, S3)]
        choice = choose(listings, Selection.asked_by(what))
        if told := described(choice.passed_over):
            self.log.info("files that are not read: %s", told)
        nothing = [f"{text}: {why}" for text, why in choice.nothing_in.items()]
        if not choice.files:
            raise AirflowSkipException("\n".join(["there is nothing to explore", *nothing]))
        for line in nothing:
            self.log.warning("nothing to explore in %s", line)
        return choice.files

    def _earlier(self, prefix: str, place: str) -> tuple[str, bytes] | None:
        """Read the newest groups that are older than those of a place."""
        bucket, key = s3.split_uri(prefix)
        folder = f"{key}/".lstrip("/")
        listed = self.aws.run(s3.all_files(S3(bucket, folder)))
        uris = (file.location.uri for file in listed if file.location.name == GROUPS)
        older = max((uri for uri in uris if uri < f"{place}/"), default=None)
        if older is None:
            return None
        content = self.aws.run(s3.read_object(older))
        return None if content is None else (older, content)
