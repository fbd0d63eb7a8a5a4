"""Logs on which the backends once differed and that no random log is like: huge gaps, odd keys, limits below nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from checker import pipeline, scanned, telling
from checker.logs import read_logs
from checker.render import FORMATS, Page
from checker.rulebook import Rulebook, parse_rulebook

Row = dict[str, Any]

HEAD = """
rulebook: {id: rare, version: "1", title: Rare, zone: UTC, history: complete}
events:
  ON: {k: "text?"}
  OFF: {k: "text?"}
  T: {}
  V: {since: "instant?", until: "instant?", w: "number?"}
intervals:
  x: {from: ON, until: OFF}
  of_all: {from: ON, until: OFF, per: []}
  by_k: {from: ON, until: OFF, per: [subject, k]}
  v: {event: V, ends: until}
  stated: {event: V, starts: since, ends: until}
  meant: {of: x, where: {k: y}}
GAPS
constraints:
"""


def rules(kind: str, gaps: str = "") -> Rulebook:
    head = HEAD.replace("GAPS", gaps)
    return parse_rulebook(f"{head}  - {{id: C, title: T, text: T, group: G, severity: major, source: s, {kind}}}")


def row(second: float, name: str, subject: str = "A", seq: int | None = None, **data: Any) -> Row:
    day, rest = divmod(int(second), 86_400)
    at = f"2031-01-{1 + day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"
    numbered = {} if seq is None else {"source": "p", "seq": seq}
    return {"time": at, "type": name, "subject": subject, "data": data, **numbered}


def told(rows: list[Row], kind: str, folder: Path, gaps: str = "") -> list[str]:
    """What the reference backend, columns and columns bin by bin say, as text."""
    rulebook, path = rules(kind, gaps), folder / "log.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    made = [
        pipeline.run(read_logs([str(path)], rulebook.mapping), rulebook, backend=backend, every=False)
        for backend in ("reference", "columnar")
    ]
    made += [scanned.run([str(path)], rulebook.mapping, rulebook, most=1, piece=1)]
    return [FORMATS["json"](telling.report(one), Page()) for one in made]


MANY = 1 << 40
PAIRS = [row(360 * at, "OFF" if at % 2 else "ON", seq=at + 1) for at in range(16)]
MINUTE = {**row(600, "V"), "time": "2031-01-01T00:10Z"}
"""A record that says the minute alone."""
LOGS: dict[str, tuple[list[Row], str]] = {
    "more is missing than whole numbers hold": (
        [*PAIRS, row(72_000, "T", seq=17 + MANY), row(73_800, "T", seq=18 + MANY), row(2_520_000, "T", seq=19 + MANY)],
        "kind: total, of: x, in: 30 d, at_most: 29 d, per: []",
    ),
    "what goes on of all assets before an event": (
        [row(0, "ON"), row(5, "OFF", "B"), row(6, "T", "C"), row(7, "T", "D")],
        "kind: time_before, event: T, spent: of_all, in: 10 s, at_most: 1 s",
    ),
    "an odd key takes what serves once, after": (
        [row(0, "ON", k="x"), row(0, "ON", k="y"), row(1, "ON", k="x"), row(2, "OFF", k="x"), row(3, "OFF", k="y"),
         row(4, "V"), row(29, "V", "B")],
        "kind: followed_by, of: by_k, by: V, within: 20 s, once: true",
    ),
    "an odd key takes what serves once, before": (
        [row(0, "V"), row(1, "ON", k="x"), row(2, "ON", k="x"), row(3, "OFF", k="x"), row(4, "ON", k="y"),
         row(5, "OFF", k="y")],
        "kind: preceded_by, of: by_k, by: V, at_most: 20 s, once: true",
    ),
    "what is asked before a rule is in force takes what serves once, after": (
        [row(5, "T"), row(12, "T"), row(15, "V"), row(59, "T"), row(60, "V")],
        "kind: followed_by, event: T, by: V, within: 20 s, once: true, effective: {from: 2031-01-01T00:00:10Z}",
    ),
    "what is asked before a rule is in force takes what serves once, before": (
        [row(1, "V"), row(5, "T"), row(12, "T"), row(40, "V"), row(59, "T")],
        "kind: preceded_by, event: T, by: V, at_most: 20 s, once: true, effective: {from: 2031-01-01T00:00:10Z}",
    ),
    "what serves another asset may lie before the log": (
        [row(1, "V", "B"), row(2, "T", "B"), MINUTE, row(630, "T"), row(3600, "V", "C")],
        "kind: preceded_by, event: T, by: V, at_most: 20 s, once: true, history: unknown",
    ),
    "of another asset it is open when it was": (
        [{**row(1, "T", "B"), "time": "2031-01-01"}, row(3, "V", "B"), MINUTE, row(630, "T"), row(3600, "V", "C")],
        "kind: preceded_by, event: T, by: V, at_most: 20 s, once: true",
    ),
    "what lasts no time, and even nothing is too much": (
        [row(0, "V", until="2031-01-01T00:00:00Z"), row(3, "V", until="2031-01-01T00:00:03Z"), row(10, "T")],
        "kind: concurrent, of: v, at_most: 0, exclusive: true",
    ),
    "the same in a sum": (
        [row(0, "V", until="2031-01-01T00:00:00Z", w=1), row(10, "T")], "kind: concurrent, of: v, sum: w, at_most: -1",
    ),
    "the same in a window": (
        [row(0, "V", until="2031-01-01T00:00:00Z"), row(3, "V", until="2031-01-01T00:00:03Z"), row(10, "T")],
        "kind: total, of: v, in: 2 s, at_most: 0 s, exclusive: true",
    ),
    "the same beside a gap": (
        [row(at, "V", seq=at, until=f"2031-01-01T00:00:{at:02}Z") for at in range(9) if at != 4],
        "kind: concurrent, of: v, at_most: 0, exclusive: true",
    ),
    "what is stated to begin after all that was observed": (
        [row(0, "T"), row(864_000, "V", since="2031-01-20T00:00:00Z", until="2031-01-21T00:00:00Z")],
        "kind: count, of: stated, each: month, at_most: 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOGS)
def test_both_backends_tell_the_same(name: str, tmp_path: Path) -> None:
    expected, *found = told(*LOGS[name], tmp_path)
    for one in found:
        assert one == expected


def test_gaps_beside_many_windows_of_many_groups_take_no_more_than_these(tmp_path: Path) -> None:
    rows = [row(60 * at, "T", f"A{at % 2000}", seq=at) for at in range(4000) if at != 2500]
    expected, *found = told(rows, "kind: count, event: T, each: day, at_most: 3", tmp_path)
    for one in found:
        assert one == expected


def test_an_opening_without_a_closing_shows_none_of_those_that_are_meant(tmp_path: Path) -> None:
    """So what a gap may hide of some asset, a closing, may be of this one."""
    rows = [
        row(0, "ON", k="x", seq=1), row(8, "ON", k="x", seq=2), row(9, "OFF", seq=3), row(20, "T", seq=4),
        row(30, "ON", k="x", seq=5), row(31, "OFF", seq=6), row(60, "V", seq=8),
    ]  # fmt: skip
    kind = "kind: time_before, event: T, spent: {not: meant}, in: 10 s, at_least: 1 s"
    expected, *found = told(rows, kind, tmp_path, "gaps: {never_hide: [ON]}")
    assert json.loads(expected)["findings"]
    for one in found:
        assert one == expected
