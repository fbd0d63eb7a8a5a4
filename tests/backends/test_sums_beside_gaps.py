"""Totals and levels of a long log that lacks a record or two: added up in columns but for what lies beside the gaps."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from checker import pipeline, telling
from checker.backends import screening
from checker.backends.columnar import Screened, weighing
from checker.event import Event
from checker.logs import from_dicts
from checker.measure import Rule
from checker.obligation import Obligation
from checker.render import FORMATS, Page
from checker.report import Report
from checker.rulebook import Rulebook, parse_rulebook

Row = dict[str, Any]

HEAD = """
rulebook: {id: sums, version: "1", title: Sums, zone: UTC, history: complete}
events: {ON: {load: "number?", act: "text?"}, OFF: {act: "text?"}, DOOR: {}}
%s
intervals:
  emission: {from: ON, until: OFF, per: subject}
  strong: {of: emission, where: {load: {at_least: 2}}}
  by_act: {from: ON, until: OFF, per: [subject, act]}
constraints:
"""
KINDS = {
    "all at once": "kind: concurrent, of: emission, at_most: 4",
    "all strong at once": "kind: concurrent, of: strong, at_most: 4",
    "loads": "kind: concurrent, of: emission, sum: load, at_most: 3, per: subject",
    "one at least": "kind: concurrent, of: emission, at_least: 0, at_most: 4, per: subject",
    "budget": "kind: total, of: emission, in: 1 d, at_most: 18 h",
    "budget of all": "kind: total, of: emission, in: 1 d, at_most: 72 h, per: []",
    "due": "kind: total, of: emission, in: 1 d, at_least: 15 h",
    "day by day": "kind: total, of: emission, each: day, at_most: 17 h",
    "times": "kind: count, of: emission, in: 1 d, at_most: 26",
    "doors": "kind: count, event: DOOR, each: day, at_most: 25",
}
ASSETS = ("A", "B", "C")
LOST = ("a closing", "an opening", "a door", "a time")
"""A record that is missing; or there is one more, without a readable time: that may be of any asset, at any time."""


def rules(kind: str, head: str = "") -> Rulebook:
    told = "title: T, text: T, group: G, severity: major, source: s"
    return parse_rulebook(HEAD % head + f"  - {{id: C, {told}, {kind}}}")


def log(hours: int) -> list[Row]:
    """Each hour each asset emits from minute 5 to 45, then a door."""
    rows: list[Row] = []
    for hour in range(hours):
        for asset in ASSETS:
            for minute, name in ((5, "ON"), (45, "OFF"), (50, "DOOR")):
                at = f"2031-01-{1 + hour // 24:02}T{hour % 24:02}:{minute:02}:00Z"
                data = {"load": hour % 4} if name == "ON" else {}
                rows.append({"time": at, "type": name, "subject": asset, "source": "s", "seq": len(rows), "data": data})
    return rows


def damaged(rows: list[Row], how: str) -> list[Row]:
    if how == "a time":
        return [*rows[:1000], {"time": "never", "type": "ON"}, *rows[1000:]]
    gone = {"a closing": 1003, "an opening": 1002, "a door": 1001}[how]
    return [row for row in rows if row["seq"] != gone]


def page(rulebook: Rulebook, rows: list[Row], backend: str) -> tuple[Report, str]:
    made = telling.report(pipeline.run([from_dicts(rows)], rulebook, backend=backend, every=False))
    return made, FORMATS["json"](made, Page())


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("name", KINDS)
def test_what_is_judged_one_by_one_does_not_grow_with_the_log(
    name: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: Counter[int] = Counter()
    told, rulebook = screening._judged, rules(KINDS[name])
    for hours in (150, 450):

        def counting(rule: Rule, left: Screened, events: Sequence[Event], hours: int = hours) -> list[Obligation]:
            judged[hours] += len(events)
            found: list[Obligation] = told(rule, left, events)
            return found

        rows = damaged(log(hours), how)
        expected = page(rulebook, rows, "reference")[1]
        with monkeypatch.context() as patch:
            patch.setattr(screening, "_judged", counting)
            assert page(rulebook, rows, "columnar")[1] == expected
    assert 0 < judged[450] < 1.5 * judged[150]


@pytest.mark.parametrize("load", [{}, {"load": {"withheld": True}}, {"load": -1}])
def test_a_number_that_cannot_be_added_up_is_left(load: Row) -> None:
    rows = damaged(log(150), "a door")
    rows[300] = {**rows[300], "data": load}
    for kind in (KINDS["loads"], KINDS["loads"].replace("3", "2"), KINDS["loads"].replace("at_most: 3", "at_least: 0")):
        assert page(rules(kind), rows, "columnar")[1] == page(rules(kind), rows, "reference")[1]


def test_what_may_be_of_one_key_with_what_is_shown_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the asset of its source a missing record is; of the group that is asked about, it may be of its act, too."""
    monkeypatch.setattr(weighing, "_FEW", 1 << 40)
    rows: list[Row] = [
        {"time": f"2031-01-01T00:{minute:02}:00Z", "type": name, "subject": "A", "source": "s", "seq": minute,
         "data": {"act": act}}
        for minute, name, act in (
            (0, "ON", "x"), (1, "OFF", "x"), (3, "ON", "x"), (4, "OFF", "x"), (5, "ON", "y"), (6, "OFF", "y"),
            (8, "ON", "x"), (9, "OFF", "x"), (10, "ON", "x"), (11, "OFF", "x"),
        )
    ]  # fmt: skip
    for limit in (0, 1, 2):
        book = rules(f"kind: concurrent, of: by_act, at_most: {limit}, per: act", "gaps: {about: assets_shown}")
        assert page(book, rows, "columnar")[1] == page(book, rows, "reference")[1]
