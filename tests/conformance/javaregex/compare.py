"""Compare event_recovery.javaregex with the JVM on the path (the recorded answers are those of Java 17).

    python -m conformance.javaregex.compare                             the recorded cases, with Java asked anew
    python -m conformance.javaregex.compare --random 20000 [--seed 1]   random cases
    python -m conformance.javaregex.compare --members                   every property, code point by code point
    python -m conformance.javaregex.compare --record                    rewrite corpus.jsonl with Java's answers

Ends with status 1 when there is a difference; --members, where newer Unicode tables do differ, only informs.
Needs package and tests on the import path (PYTHONPATH=job:tests).
"""

import argparse
import json
import random
import sys
from collections import Counter

from event_recovery.javaregex import compile_pattern, compile_template

from conformance.javaregex.cases import hand_made, one_character_patterns, random_case
from conformance.javaregex.oracle import CORPUS, Answer, Case, ask_java, ask_members, ask_us, difference, read_corpus

_RECORDED_RANDOM_CASES = 1_400
_RECORD_SEED = 20_200_217


def compare(cases: list[Case], java: list[Answer], show: int) -> int:
    """Print the first differences and a summary; gives the number of differences."""
    counts: Counter[str] = Counter()
    for case, theirs in zip(cases, java, strict=True):
        ours = ask_us(case)
        found = difference(case, theirs, ours)
        counts["different" if found else "refused" if ours.found == "refused" else "same"] += 1
        if ours.found == "refused" and theirs.found != "refused":
            counts[f"untranslatable: {ours.reason}"] += 1
        if ours.reason.startswith("TemplateError") and "cannot be told" in ours.reason:
            counts["unsure group in template"] += 1
        if found and counts["different"] <= show:
            print(f"{case!r}\n    {found}")
    for name, count in counts.most_common():
        print(f"{count:8} {name}")
    return counts["different"]


def compare_members() -> None:
    """Print, for each one-character pattern, how many code points known to Java are matched differently."""
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    patterns = one_character_patterns()
    defined, *java = map(_as_set, ask_members([r"\p{javaDefined}", *patterns]))
    different = 0
    for pattern, theirs in zip(patterns, java, strict=True):
        kept = compile_pattern(pattern)
        # Blanking out all matches at once beats asking for a million characters one by one.
        blanked = kept.replace_all(everything, compile_template("", kept))
        ours = set(range(sys.maxunicode + 1)) - set(map(ord, blanked))
        departing = sorted((ours ^ theirs) & defined)
        different += bool(departing)
        if departing:
            print(f"{pattern}: {len(departing)} code points, such as {[hex(code) for code in departing[:5]]}")
    print(f"{len(patterns)} patterns, {different} with differences among the code points Java knows")


def _as_set(ranges: list[tuple[int, int]]) -> set[int]:
    return {code for low, high in ranges for code in range(low, high + 1)}


def record() -> None:
    """Rewrite the corpus: the hand-made cases and a fixed choice of random ones, with Java's answers."""
    rng = random.Random(_RECORD_SEED)
    cases = hand_made() + [random_case(rng) for _ in range(_RECORDED_RANDOM_CASES)]
    with CORPUS.open("w") as lines:
        for case, answer in zip(cases, ask_java(cases), strict=True):
            fields = [case.pattern, case.subject, case.replacement, answer.found, answer.result]
            lines.write(json.dumps(fields) + "\n")


def main() -> int:
    """Run the comparison that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--random", type=int, metavar="N", help="compare N random cases")
    what.add_argument("--members", action="store_true", help="compare properties code point by code point")
    what.add_argument("--record", action="store_true", help="rewrite the corpus")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20, help="print at most this many differences")
    options = parser.parse_args()
    if options.members:
        compare_members()
        return 0
    if options.record:
        record()
    rng = random.Random(options.seed)
    cases = [random_case(rng) for _ in range(options.random)] if options.random else [case for case, _ in read_corpus()]
    return 1 if compare(cases, ask_java(cases), options.show) else 0


if __name__ == "__main__":
    sys.exit(main())
