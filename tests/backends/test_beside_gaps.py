"""A few records are missing from a long log: only what is beside the gaps is judged record by record."""

from collections import Counter
from collections.abc import Sequence

import pytest

from checker import pipeline, telling
from checker.backends import screening
from checker.backends.columnar import Screened
from checker.event import Event
from checker.logs import from_dicts
from checker.measure import Rule
from checker.obligation import Obligation
from checker.render import FORMATS, Page
from checker.report import Report
from checker.rulebook import Rulebook, parse_rulebook

HEAD = """
rulebook: {id: gaps, version: "1", title: Gaps, zone: UTC, history: complete}
events: {ON: {load: number}, OFF: {}, BEAT: {}, DOOR: {}, SPELL: {until: instant}, ASKED: {case: text, by: text},
  GRANTED: {case: text, by: text}}
gaps: {never_hide: [SPELL]}
calendars:
  nights: {hours: ["20:00-06:00"]}
intervals:
  emission: {from: ON, until: OFF}
  strong: {of: emission, where: {load: {at_least: 2}}}
  spell: {event: SPELL, ends: until}
constraints:
"""
KINDS = {
    "inside": "kind: during, of: emission, inside: spell",
    "long": "kind: duration, of: emission, at_most: 50 min",
    "silent": "kind: spacing, event: BEAT, at_most: 12 min, while: emission",
    "openings": "kind: spacing, event: ON, at_most: 65 min",
    "beats": "kind: spacing, event: BEAT, at_most: 45 min, first: 10 min",
    "parties": "kind: spacing, event: BEAT, at_most: 40 min, first: 10 min, per: source",
    "answered": "kind: followed_by, event: DOOR, by: ON, from_end_of: day, within: 6 h",
    "counted": "kind: followed_by, event: DOOR, by: ON, counting: nights, at_least: 1 min, within: 5 h",
    "led": "kind: preceded_by, event: OFF, by: ON, from_start_of: day, at_least: 10 min",
    "roles": "kind: differs, roles: {a: {event: ASKED, field: by}, b: {event: GRANTED, field: by}}, per: case",
    "pauses": "kind: spacing, of: emission, at_least: 15 min",
    "doors": "kind: spacing, event: DOOR, at_least: 50 min",
    "between": "kind: spacing, event: DOOR, at_most: 70 min, between_only: true, per: []",
    "strongly": "kind: spacing, event: BEAT, at_most: 12 min, while: strong",
    "door": "kind: never, event: DOOR, during: strong",
    "before": "kind: time_before, event: DOOR, spent: emission, in: 3 h, at_most: 2 h",
}
HOURS = 200
ASSETS = ("A", "B", "C")


def rules(*names: str) -> Rulebook:
    told = "title: T, text: T, group: G, severity: major, source: s"
    return parse_rulebook(HEAD + "\n".join(f"  - {{id: {name}, {told}, {KINDS[name]}}}" for name in names))


def log(gone: Sequence[int] = ()) -> list[dict[str, object]]:
    """Each hour each asset emits from minute 5 to 45, with a beat every ten minutes, inside a spell; then a door."""
    rows: list[dict[str, object]] = []
    for hour in range(HOURS):
        for asset in ASSETS:
            for minute, name in (
                (4, "SPELL"),
                (5, "ON"),
                (15, "BEAT"),
                (25, "BEAT"),
                (35, "BEAT"),
                (45, "OFF"),
                (50, "DOOR"),
            ):
                at = f"2031-01-{1 + hour // 24:02}T{hour % 24:02}:{minute:02}:00Z"
                data = {"ON": {"load": hour % 4}, "SPELL": {"until": at.replace(":04:", ":46:")}}.get(name, {})
                rows.append({"time": at, "type": name, "subject": asset, "source": "s", "seq": len(rows), "data": data})
    return [row for row in rows if row["seq"] not in gone]


def page(rulebook: Rulebook, rows: list[dict[str, object]], backend: str) -> tuple[Report, str]:
    made = telling.report(pipeline.run([from_dicts(rows)], rulebook, backend=backend, every=False))
    return made, FORMATS["json"](made, Page())


GONE = (1003, 2500, 3100)
"""A beat, an opening and a record of whatever sort."""


def judged_one_by_one(rulebook: Rulebook, rows: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many records columns leave, of which both backends tell the same."""
    judged: Counter[str] = Counter()

    def counting(rule: Rule, left: Screened, events: Sequence[Event]) -> list[Obligation]:
        judged["records"] += len(events)
        found: list[Obligation] = told(rule, left, events)
        return found

    told = screening._judged
    expected = page(rulebook, rows, "reference")[1]
    monkeypatch.setattr(screening, "_judged", counting)
    assert page(rulebook, rows, "columnar")[1] == expected
    return judged["records"]


@pytest.mark.parametrize("name", sorted({*KINDS} - {"roles"}))
def test_few_records_are_judged_one_by_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = log(GONE)
    assert 0 < judged_one_by_one(rules(name), rows, monkeypatch) < len(rows) / 15


def test_of_roles_what_is_over_before_a_gap_is_not_judged_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 600 cases the last ten are not over; the first tells that what is missing may clash with any."""
    rows: list[dict[str, object]] = [
        {"time": f"2031-01-01T{case // 60:02}:{case % 60:02}:{second:02}Z", "type": name, "subject": "A", "source": "s",
         "seq": 2 * case + second // 30, "data": {"case": f"C{case}", "by": f"P{second}"}}
        for case in range(600) for second, name in ((0, "ASKED"), (30, "GRANTED"))
    ]  # fmt: skip
    assert 0 < judged_one_by_one(rules("roles"), rows[:1180] + rows[1181:], monkeypatch) <= 30


@pytest.mark.parametrize("backend", ["reference", "columnar"])
def test_an_asset_that_nothing_shows_emits_at_no_time_of_others(backend: str) -> None:
    """One record is missing, of whatever asset: one of whom nothing is known may emit since then, and not before."""
    made, _ = page(rules("silent"), log(GONE[:1]), backend)
    (unseen,) = [finding for finding in made.findings if finding.subject is None]
    assert unseen.verdict == "inconclusive"
    assert str(log()[GONE[0] - 1]["time"]) <= unseen.from_ <= str(log()[GONE[0] + 1]["time"])
