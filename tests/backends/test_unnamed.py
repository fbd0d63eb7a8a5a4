"""Records that do not name their asset although their type has to."""

import random
from collections import Counter
from dataclasses import replace

import damage
import pytest

import checker
from checker.catalogue import Field
from checker.rulebook import Rulebook

RULES = """
rulebook: {id: small, version: "1", title: Small}
events:
  ON: {subject: text}
  OFF: {subject: text}
  NOTE: {}
intervals:
  on: {from: ON, until: OFF}
constraints:
  - id: X-1
    title: T
    text: The limit is kept.
    group: G
    severity: major
    source: illustrative
    kind: duration
    of: on
    at_most: 60 min
  - id: X-2
    title: T
    text: The limit is kept.
    group: G
    severity: major
    source: illustrative
    kind: preceded_by
    event: ON
    by: NOTE
    same: subject
    at_least: 0 s
    at_most: 1 h
"""

A_GOES_ON = [
    ("08:00", "ON", "A"),
    ("08:10", "OFF", ""),
    ("08:20", "ON", "B"),
    ("08:30", "OFF", "B"),
    ("10:30", "NOTE", ""),
]


def told(tmp_path, rows, **asked):
    """The verdicts of each constraint and the notices, the same by both backends, from the same file."""
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    log = tmp_path / "log.csv"
    lines = [f"2031-05-01T{time}:00Z,{name},{subject}" for time, name, subject in rows]
    log.write_text("\n".join(["time,type,subject", *lines]) + "\n", encoding="utf-8")
    found = []
    for backend in ("reference", "columnar"):
        report = checker.check(log, tmp_path / "rules.yaml", backend=backend, **asked)
        verdicts = Counter((one.constraint, one.verdict) for one in report.findings)
        found.append((report.verdict, dict(verdicts), [one.replace(str(log), "log.csv") for one in report.notices]))
    assert found[0] == found[1]
    return found[0]


def test_a_closing_that_names_no_asset_may_be_of_any(tmp_path):
    verdict, verdicts, notices = told(tmp_path, A_GOES_ON, only=["X-1"])
    assert verdict == "inconclusive"
    assert verdicts == {("X-1", "inconclusive"): 1}
    assert notices == [
        "log.csv:3: OFF names no subject, as others of its type do: of which asset it tells stays open",
    ]


def test_of_several_the_first_is_told_and_the_others_are_counted(tmp_path):
    rows = [*A_GOES_ON, ("10:40", "OFF", ""), ("10:50", "OFF", ""), ("10:55", "ON", "")]
    _, _, notices = told(tmp_path, rows, only=["X-1"])
    assert notices == [
        "log.csv:3: OFF names no subject, as others of its type do: of which asset it tells stays open; "
        "so does that of 2 more",
        "log.csv:9: ON names no subject, as others of its type do: of which asset it tells stays open",
    ]


def test_where_none_of_a_type_names_its_asset_there_is_one(tmp_path):
    verdict, verdicts, notices = told(tmp_path, [("08:00", "ON", ""), ("10:10", "OFF", "")], only=["X-1"])
    assert (verdict, verdicts) == ("violated", {("X-1", "violated"): 1})
    assert notices == [f"no {name} names a subject: all are taken as of one asset" for name in ("OFF", "ON")]


def test_a_type_that_does_not_have_to_name_one_is_of_none(tmp_path):
    rows = [("07:50", "NOTE", ""), ("07:55", "NOTE", "B"), ("08:00", "ON", "A"), ("08:10", "OFF", "A")]
    verdict, verdicts, notices = told(tmp_path, rows)
    assert (verdict, verdicts, notices) == ("violated", {("X-2", "violated"): 1}, [])


def test_nothing_is_told_of_types_that_no_rule_looks_at(tmp_path):
    rules = RULES.replace("  NOTE: {}", "  NOTE: {}\n  OTHER: {subject: text}")
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    log = tmp_path / "log.jsonl"
    log.write_text(
        '{"time": "2031-05-01T08:00:00Z", "type": "OTHER"}\n{"time": "2031-05-01T08:00:00Z", "type": "NOTE"}\n',
        encoding="utf-8",
    )
    for backend in ("reference", "columnar"):
        assert checker.check(log, tmp_path / "rules.yaml", backend=backend).notices == []


def test_the_built_in_rulebook_asks_whose_the_radar_is():
    log = [
        {"time": "2031-05-03T08:00:00Z", "type": "RADAR_ON", "subject": "BTY-A"},
        {"time": "2031-05-03T08:10:00Z", "type": "RADAR_OFF"},
        {"time": "2031-05-03T11:00:00Z", "type": "RADAR_ON", "subject": "BTY-B"},
        {"time": "2031-05-03T11:10:00Z", "type": "RADAR_OFF", "subject": "BTY-B"},
    ]
    report = checker.check(log, position="intermediate", only=["R-03"])
    assert [one.verdict for one in report.findings if one.subject == "BTY-A"] == ["inconclusive"]


def _asking(book: Rulebook) -> Rulebook:
    """The same, under which every record has to name its asset."""
    types = {
        name: replace(kind, fields={**kind.fields, "subject": Field()}) for name, kind in book.catalogue.types.items()
    }
    catalogue = replace(book.catalogue, types=types)
    return replace(book, definitions=replace(book.definitions, catalogue=catalogue))


NOT_SHOWN = {"C-104", "C-109", "C-118", "C-130"}
"""Duties of an asset that nothing but the records that do not name it shows: nobody knows of it."""


@pytest.mark.parametrize("part", range(8))
def test_what_is_told_without_names_is_not_untrue_with_them(part):
    shown = 0
    for seed in range(25 * part, 25 * part + 25):
        chance = random.Random(f"unnamed {seed}")
        book = _asking(chance.choice(damage.books()))
        rows = damage.complete(chance, 2 + seed % 2)
        named = Counter(row["type"] for row in rows if row.get("subject"))
        can = [at for at, row in enumerate(rows) if row.get("subject") and named[row["type"]] > 2]
        gone = set(chance.sample(can, min(chance.choice([1, 1, 2]), len(can))))
        lacking = [
            {name: value for name, value in row.items() if at not in gone or name != "subject"}
            for at, row in enumerate(rows)
        ]
        true, found = (damage.verdicts(damage.judge(some, book)) for some in (rows, lacking))
        for name in found.keys() - NOT_SHOWN:
            assert (str(found[name]), str(true[name])) not in (("violated", "satisfied"), ("satisfied", "violated")), (
                seed,
                name,
            )
        shown += sum(str(one) == "inconclusive" for one in found.values())
    assert shown


@pytest.mark.parametrize(
    "rows",
    [
        # what closes may close what opens at the same instant, if nothing else is open
        [("08:00", "OFF", ""), ("08:00", "ON", "B")],
        # and so may what surely is of that asset, if what it would close was of another one
        [("07:55", "ON", ""), ("08:00", "OFF", "B"), ("08:00", "ON", "B"), ("08:10", "ON", "C"), ("08:20", "OFF", "C")],
        [
            *[("07:50", "ON", "B"), ("07:55", "OFF", ""), ("08:00", "OFF", ""), ("08:00", "ON", "B")],
            *[("08:10", "ON", "C"), ("08:20", "OFF", "C")],
        ],
    ],
)
def test_what_may_close_something_at_its_very_instant_leaves_it_open(tmp_path, rows):
    rows = [*rows, ("08:05", "ON", "A"), ("08:06", "OFF", "A"), ("09:30", "NOTE", "")]
    verdict, verdicts, _ = told(tmp_path, sorted(rows), only=["X-1"])
    assert verdict == "inconclusive"
    assert ("X-1", "violated") not in verdicts


def test_whether_a_closing_is_the_first_of_its_asset_may_be_open(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "RULES", RULES.replace("until: OFF}", "until: OFF, repeat: continues}"))
    rows = [
        ("07:00", "OFF", ""),
        ("07:10", "OFF", "B"),
        ("08:00", "OFF", "A"),
        ("08:00", "ON", "A"),
        ("09:30", "OFF", "A"),
    ]
    verdict, verdicts, _ = told(tmp_path, rows, only=["X-1"])
    assert verdict == "inconclusive"
    assert ("X-1", "violated") not in verdicts


EXCUSED = """
rulebook: {id: small, version: "1", title: Small}
events: {LEAVE: {subject: text}, BACK: {subject: text}, KEY: {subject: text}}
intervals: {departure: {from: LEAVE, until: BACK}}
constraints:
  - {id: X-1, title: T, text: T., group: G, severity: major, source: illustrative, kind: never, event: KEY}
  - id: X-2
    exception: W
    title: T
    text: T.
    group: G
    severity: major
    source: illustrative
    kind: duration
    of: departure
    at_most: 5 h
waivers:
  - {id: W, title: W, text: T., source: illustrative, of: departure, excuses: all, precedent: X-2, meanwhile: true}
"""


@pytest.mark.parametrize(("at", "verdict"), [("08:30", "inconclusive"), ("09:10", "violated")])
def test_a_breach_of_whatever_asset_may_be_excused_by_what_goes_on_of_one(tmp_path, monkeypatch, at, verdict):
    monkeypatch.setitem(globals(), "RULES", EXCUSED)
    rows = [("08:00", "LEAVE", "A"), (at, "KEY", ""), ("09:00", "BACK", "A"), ("09:30", "KEY", "B")]
    _, verdicts, _ = told(tmp_path, sorted(rows), only=["X-1"])
    expected = Counter([("X-1", verdict), ("X-1", "violated")])
    assert verdicts == dict(expected)
