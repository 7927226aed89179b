"""The recorded answers of a real java.util.regex, without Java."""

import pytest

from conformance.javaregex.oracle import ask_us, difference, read_corpus

pytestmark = pytest.mark.conformance


def test_every_recorded_case_has_javas_answer() -> None:
    corpus = read_corpus()
    departures = [(case, found) for case, java in corpus if (found := difference(case, java, ask_us(case)))]
    assert departures == []
    assert len(corpus) > 1_500


def test_few_recorded_cases_are_left_to_a_refusal() -> None:
    """A translator that refuses everything would pass the test above; random patterns meet its limits often enough."""
    accepted = [case for case, java in read_corpus() if java.found != "refused"]
    refused = [case for case in accepted if ask_us(case).found == "refused"]
    assert len(refused) < 0.08 * len(accepted)
