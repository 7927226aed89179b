"""The page of groups: it loads nothing, runs nothing that a row brings, and shows what failed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html.parser import HTMLParser

import pytest
from event_recovery.explore import Explored, Groups, Source, explored
from event_recovery.explore.chart import chart
from event_recovery.explore.page import MOST_GROUPS, page
from event_recovery.explore.page_style import SCRIPT
from generator.known import KNOWN
from generator.known_rows import known_rows
from support.engine.evil import EVIL, evil_rows
from support.engine.rows import SCHEMA, bad_row, enrichment_payload, line_of, pairs

pytestmark = pytest.mark.unit

CART = "iglu:com.acme/cart/jsonschema/1-0-0"
VOID = {"meta", "input", "br", "dt", "dd"}
OF_THE_PAGE = {"html", "title", "style", "h1", "h4", "p", "figure", "figcaption", "svg", "rect", "span", "details"} | {
    "summary",
    "b",
    "i",
    "code",
    "dl",
    "pre",
    "mark",
    "script",
    *VOID,
}


class Read(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.marks: list[str] = []
        self._open = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._open in ("script", "mark"):
            (self.scripts if self._open == "script" else self.marks).append(data)


def of(lines: Iterable[bytes], name: str = "rows") -> Explored:
    groups = Groups()
    for number, line in enumerate(lines, 1):
        groups.add(line, Source(0, name), number)
    return explored(groups, files=1)


def test_a_script_in_every_field_is_text() -> None:
    found = of(evil_rows(), name=EVIL)
    found = Explored(found.groups, found.other, 1, {EVIL: EVIL}, 7)
    html = page(found).decode()
    read = Read(html)
    assert read.scripts == [SCRIPT]
    assert {tag for tag, _ in read.tags} <= OF_THE_PAGE
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]
    assert html.count("<script") == html.count("</script") == 1
    assert "run()" in "".join(read.texts)
    assert len(found.groups) >= 20


def test_nothing_is_loaded_and_only_its_own_script_runs() -> None:
    html = page(of(line for _, line in known_rows(60, seed=1, products=0))).decode()
    read = Read(html)
    [policy] = [str(a["content"]) for tag, a in read.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")
    assert not {name for _, attributes in read.tags for name in attributes} & {"src", "href", "action", "srcset"}
    assert "url(" not in html[: html.index("</style>")]
    assert "@import" not in html[: html.index("</style>")]


def test_every_group_is_on_the_page_below_its_type() -> None:
    found = of(line for _, line in known_rows(200, seed=2, products=0))
    read = Read(page(found).decode())
    ids = {a["id"] for tag, a in read.tags if tag == "details" and a.get("class") == "group"}
    assert ids == {one.key.name for one in found.groups}
    types = [a for tag, a in read.tags if tag == "details" and a.get("class") == "type"]
    assert len(types) == len({known.type for known in KNOWN})


@pytest.mark.parametrize(
    ("report", "data", "shown"),
    [
        (
            {"path": "$.items[1].n", "keyword": "type", "targets": ["string", "number"]},
            {"items": [{}, {"n": "1"}]},
            '"1"',
        ),
        ({"path": "$.a", "keyword": "required", "targets": ["<b>"]}, {"a": {"c": 1}}, "<b> is missing"),
        ({"path": "$", "keyword": "additionalProperties", "targets": ["x"]}, {"x": {"y": 1}}, '{\n  "y": 1\n}'),
        ({"path": "$.n", "keyword": "maxLength", "targets": ["1"]}, {"n": "é<" * 2000}, '"é<é<'),
    ],
)
def test_the_failing_part_is_marked(report: dict[str, object], data: object, shown: str) -> None:
    context = json.dumps({"schema": "x", "data": [{"schema": CART, "data": data}]})
    row = bad_row(SCHEMA, enrichment_payload(parameters=pairs(("co", context))))
    row["data"]["failure"]["messages"] = [{"schemaKey": CART, "error": {"error": "x", "dataReports": [report]}}]
    [mark] = Read(page(of([line_of(row)])).decode()).marks
    assert mark.startswith(shown)
    assert len(mark) < 7000


def test_the_chart_stacks_groups_over_time() -> None:
    found = of(line for _, line in known_rows(400, seed=3, products=0))
    svg = chart(found)
    bars = re.findall(r'<rect class="c([0-9])" x="([0-9.]+)" y="([0-9.]+)" width="[0-9.]+" height="([0-9.]+)">', svg)
    assert {colour for colour, *_ in bars} == set("012345678")
    tops: dict[str, float] = {}
    for _, left, _, height in bars:
        tops[left] = tops.get(left, 0) + float(height)
    assert max(tops.values()) == pytest.approx(160, abs=1)
    assert "<span>2026-03-02 06:00</span>" in svg


def test_rows_without_a_time_have_no_chart() -> None:
    assert chart(of([b"x"])) == ""
    assert page(of([b"x"]))


def test_times_of_all_ages_have_a_chart() -> None:
    lines = []
    for time in ("0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        row = bad_row(SCHEMA)
        row["data"]["failure"]["timestamp"] = time
        lines.append(line_of(row))
    assert "<rect" in chart(of(lines))


def test_many_groups_are_cut_and_told() -> None:
    lines = (b'{"schema":"iglu:com.acme/x%d/jsonschema/1-0-0"}' % number for number in range(MOST_GROUPS + 5))
    html = page(of(lines)).decode()
    assert html.count("class=group") == MOST_GROUPS
    assert "5 smaller ones are not on this page" in html
