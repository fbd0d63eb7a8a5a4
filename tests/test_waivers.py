"""Waivers: what an exception excuses, on which conditions, how surely; and waivers of single findings by file.

One small rulebook for most tests: runs of a machine that may last an hour, need a permit and a guard, and are counted.
An alarm (`em`) excuses that if it is declared within 15 minutes; a report is due two hours after. A drill (`ex`) is
excused while it is watched. During a departure nothing that may be waived is held against its own machine.
"""

import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import small

import checker
from checker import pipeline, telling
from checker.errors import RulebookError
from checker.explanation import explain
from checker.logs import from_dicts
from checker.render.text import render
from checker.report import Finding, Report, WaiverOf
from checker.rulebook import Rulebook, parse_rulebook
from checker.rulebook.waivers import load_finding_waivers

BOOK = """
rulebook: {id: small, version: "1", title: Small}
unauthenticated: {forged: true}
positions: {strict: {title: Strict}, loose: {title: Loose}, none: {title: None}}
events:
  "ON": {em: "text?", ex: "text?", forged: "flag?"}
  "OFF": {}
  DECLARED: {em: text, forged: "flag?"}
  CAUSE: {em: text, why: "text?"}
  REPORTED: {em: text}
  WATCH: {ex: text}
  UNWATCH: {ex: text}
  GUARD: {}
  UNGUARD: {}
  LEAVE: {why: "text?"}
  BACK: {}
  KEY: {}
  SIGNED: {}
  HOME: {}
intervals:
  run: {from: "ON", until: "OFF"}
  alarm: {of: run, where: {em: {present: true}}}
  drill: {of: run, where: {ex: {present: true}}}
  guard: {from: GUARD, until: UNGUARD}
  watch: {from: WATCH, until: UNWATCH, per: ex}
  departure: {from: LEAVE, until: BACK, at_latest: HOME}
constraints:
  - {id: LONG, title: Long, text: A run is short., group: g, severity: major, source: illustrative,
     kind: duration, of: run, at_most: 1 h}
  - {id: GUARDED, title: Guarded, text: A run is guarded., group: g, severity: minor, source: illustrative,
     kind: during, of: run, inside: guard}
  - {id: COUNT, title: Count, text: Runs are few., group: g, severity: major, source: illustrative,
     kind: count, of: run, each: day, at_most: 1}
  - {id: BUDGET, title: Budget, text: Runs are short together., group: g, severity: major, source: illustrative,
     kind: total, of: run, in: 1 d, at_most: 90 min}
  - {id: PAUSE, title: Pause, text: Runs are apart., group: g, severity: major, source: illustrative,
     kind: spacing, of: run, at_least: 1 h}
  - {id: KEYS, title: Keys, text: No key., group: g, severity: critical, source: illustrative,
     never_waivable: true, kind: never, event: KEY}
  - {id: SIGN, title: Sign, text: Nothing is signed., group: g, severity: major, source: illustrative,
     kind: never, event: SIGNED}
  - {id: DECLARE, title: Declare, text: An alarm is declared., group: e, severity: major, source: illustrative,
     exception: ALARM, kind: followed_by, event: {type: "ON", em: {present: true}}, by: DECLARED, same: [subject, em],
     within: 15 min}
  - {id: REASON, title: Reason, text: A cause is given., group: e, severity: major, source: illustrative,
     exception: ALARM, kind: always, event: CAUSE, require: {why: [fire, flood]}}
  - {id: REPORT, title: Report, text: An alarm is reported., group: e, severity: major, source: illustrative,
     exception: ALARM, kind: followed_by, of: alarm, by: REPORTED, same: [subject, em], within: 2 h}
  - {id: WATCHED, title: Watched, text: A drill is watched., group: e, severity: major, source: illustrative,
     exception: DRILL, kind: during, of: drill, inside: watch, same: ex}
  - {id: TOLD, title: Told, text: A departure has a reason., group: e, severity: minor, source: illustrative,
     exception: LEAVE, kind: always, event: LEAVE, require: {why: {present: true}}}
waivers:
  - {id: ALARM, title: Alarm, text: An alarm is excused., source: illustrative, of: alarm,
     excuses: [LONG, GUARDED, PAUSE], precedent: [DECLARE, REASON], subsequent: REPORT, left_out_of: [COUNT, BUDGET],
     same: [subject, em], under: {loose: {precedent: [], subsequent: []}, none: not_in_force}}
  - {id: DRILL, title: Drill, text: A drill is excused., source: illustrative, of: drill,
     excuses: [LONG, GUARDED], precedent: WATCHED, left_out_of: [COUNT, BUDGET], under: {none: not_in_force}}
  - {id: LEAVE, title: Departure, text: A duty may be departed from., source: illustrative, of: departure,
     excuses: all, precedent: TOLD, meanwhile: true, under: {none: not_in_force}}
"""

ON = "08:00 ON A em=E1"
DECLARED = "08:15 DECLARED A em=E1"
OFF = "09:30 OFF A"
REPORTED = "11:30 REPORTED A em=E1"
GUARD = ("07:00 GUARD A", "23:00 UNGUARD A")


def line(text: str) -> str:
    time, _, rest = text.partition(" ")
    return f"2031-05-01T{time}:00Z {rest}"


def check(
    *lines: str,
    until: str = "23:59",
    since: str = "00:00",
    only: tuple[str, ...] = (),
    position: str | None = None,
    waivers: Path | None = None,
    book: Rulebook | None = None,
) -> pipeline.Check:
    loaded = book or parse_rulebook(BOOK, position=position)
    return pipeline.run(
        [small.log(map(line, lines))],
        loaded.only(only),
        observed_from=small.instant(f"2031-05-01T{since}:00Z"),
        observed_until=small.instant(f"2031-05-01T{until}:00Z"),
        waivers=load_finding_waivers(waivers, loaded.definitions) if waivers else (),
    )


def report(*lines: str, **options: Any) -> Report:
    return telling.report(check(*lines, **options), all_findings=True)


def verdicts(made: Report, constraint: str) -> list[str]:
    return [shown(f) for f in made.findings if f.constraint == constraint]


def shown(finding: Finding) -> str:
    start, until = finding.from_[11:16], finding.until[11:16]
    waiver = f" by {finding.waiver}" if finding.waiver else ""
    return f"{finding.verdict} {start}-{until}{waiver}{' provisionally' if finding.provisional else ''}"


def audit(made: Report, waiver: str = "ALARM") -> WaiverOf:
    (found,) = [one for one in made.waivers if one.id == waiver]
    return found


# ---- conditions precedent ----


def test_a_waiver_whose_conditions_are_kept_excuses_to_the_very_limit() -> None:
    made = report(ON, DECLARED, OFF, REPORTED)
    assert verdicts(made, "LONG") == ["excused 09:00-09:30 by ALARM"]
    assert verdicts(made, "GUARDED") == ["excused 08:00-09:30 by ALARM"]
    assert (made.verdict, made.exit_status()) == ("satisfied", 0)
    (long_,) = [row for row in made.constraints if row.id == "LONG"]
    assert (long_.verdict, long_.activations, long_.excused, long_.violated) == ("excused", 1, 1, 0)
    used = audit(made)
    assert (used.state, used.subject, used.from_, used.until) == (
        "used", "A", "2031-05-01T08:00:00Z", "2031-05-01T09:30:00Z",
    )  # fmt: skip
    assert [(c.constraint, c.when, c.verdict) for c in used.conditions] == [
        ("DECLARE", "precedent", "satisfied"), ("REASON", "precedent", "not_applicable"),
        ("REPORT", "subsequent", "satisfied"),
    ]  # fmt: skip
    assert used.excused == [f.id for f in made.findings if f.verdict == "excused"]
    assert used.left_out_of == ["COUNT", "BUDGET"]
    assert {"Excused by ALARM (Alarm)." in f.message for f in made.findings if f.verdict == "excused"} == {True}


def test_a_condition_that_is_not_kept_revives_what_was_excused() -> None:
    made = report(ON, DECLARED.replace("08:15", "08:16"), OFF, REPORTED)
    assert verdicts(made, "LONG") == ["violated 09:00-09:30"]
    assert verdicts(made, "GUARDED") == ["violated 08:00-09:30"]
    assert made.exit_status() == 1
    failed = audit(made)
    assert (failed.state, failed.excused, failed.left_out_of) == ("revived", [], [])
    assert failed.revived == [f.id for f in made.findings if f.constraint in ("LONG", "GUARDED")]
    (declare,) = [f for f in made.findings if f.constraint == "DECLARE"]
    (long_,) = [f for f in made.findings if f.constraint == "LONG"]
    assert f"does not excuse it: DECLARE was not kept [{declare.id}]" in long_.message
    assert failed.conditions[0].findings == [declare.id]


def test_what_has_kept_its_limit_needs_no_excuse() -> None:
    made = report(ON, DECLARED, "09:00 OFF A", "09:30 REPORTED A em=E1", *GUARD)
    assert verdicts(made, "LONG") == ["satisfied 09:00-09:00"]
    assert audit(made).state == "used"  # it is left out of the count
    only = report(ON, DECLARED, "09:00 OFF A", "09:30 REPORTED A em=E1", *GUARD, only=("LONG",))
    assert (audit(only).state, audit(only).note) == ("unused", "there was nothing to excuse")


def test_a_condition_pending_or_going_on_makes_the_excuse_provisional_and_a_later_record_settles_it() -> None:
    early = report(ON, until="08:10")
    assert verdicts(early, "GUARDED") == ["excused 08:00-08:10 by ALARM provisionally"]
    assert verdicts(early, "LONG") == ["pending 08:10-08:10"]
    assert (early.verdict, early.exit_status()) == ("pending", 3)
    assert audit(early).state == "provisional"
    assert "DECLARE is due 2031-05-01T08:15:00Z" in (audit(early).note or "")
    assert verdicts(report(ON, until="08:20"), "GUARDED") == ["violated 08:00-08:20"]
    later = report(ON, DECLARED, until="08:20")
    assert verdicts(later, "GUARDED") == ["excused 08:00-08:20 by ALARM provisionally"]
    assert verdicts(later, "LONG") == ["excused 08:20-08:20 by ALARM provisionally"]
    unreported = report(ON, DECLARED, OFF, until="11:00")
    assert verdicts(unreported, "LONG") == ["excused 09:00-09:30 by ALARM provisionally"]
    assert [(c.verdict, c.due) for c in audit(unreported).conditions[2:]] == [("pending", "2031-05-01T11:30:00Z")]
    assert verdicts(report(ON, DECLARED, OFF, REPORTED), "LONG") == ["excused 09:00-09:30 by ALARM"]


def test_provisional_keeps_a_check_from_being_satisfied_even_where_its_conditions_are_not_selected() -> None:
    made = report(ON, DECLARED, OFF, until="11:00", only=("LONG",))
    assert (made.verdict, made.exit_status(), made.exit_status("critical")) == ("pending", 3, 0)
    late = report(ON, DECLARED.replace("08:15", "08:16"), OFF, until="11:00", only=("LONG",))
    assert verdicts(late, "LONG") == ["violated 09:00-09:30"]


def test_a_condition_subsequent_that_is_not_kept_is_a_finding_of_its_own_and_the_waiver_stands() -> None:
    made = report(ON, DECLARED, OFF, REPORTED.replace("11:30", "11:31"))
    assert verdicts(made, "LONG") == ["excused 09:00-09:30 by ALARM"]
    assert verdicts(made, "REPORT") == ["violated 11:30-11:31"]
    assert (audit(made).state, made.exit_status()) == ("used", 1)


def test_a_condition_that_is_inconclusive_leaves_the_breach_inconclusive() -> None:
    dated = {"time": "2031-05-01", "type": "DECLARED", "subject": "A", "data": {"em": "E1"}}
    records = [small.record(line(text)) for text in (ON, OFF)]
    made = checker.check([*records, dated], parse_rulebook(BOOK), observed_until="2031-05-01T23:59:00Z")
    found = [f for f in made.findings if f.constraint in ("LONG", "GUARDED")]
    assert [(f.verdict, f.reason, f.waiver) for f in found] == [("inconclusive", "waiver", None)] * 2
    assert "Whether ALARM (Alarm) excuses it cannot be concluded: DECLARE is inconclusive" in found[0].message
    assert (audit(made).state, audit(made).open) == ("inconclusive", [f.id for f in found])


def test_an_activity_that_may_be_none_leaves_the_breach_inconclusive() -> None:
    """Whether the record that opened it named an alarm is not known: it is missing, or withholds the field."""
    missing = report("08:00 KEY A", "09:30 OFF A", only=("GUARDED",))
    assert [f.verdict for f in missing.findings] == ["inconclusive"]
    assert [(w.id, w.state) for w in missing.waivers][:2] == [("ALARM", "inconclusive"), ("DRILL", "inconclusive")]
    book = BOOK.replace('"ON": {em: "text?"', '"ON": {em: text')
    unsaid = report("08:00 ON A", "09:30 OFF A", book=parse_rulebook(book))
    assert [f.split()[0] for f in (*verdicts(unsaid, "LONG"), *verdicts(unsaid, "GUARDED"))] == ["inconclusive"] * 2


def test_a_record_that_is_not_authentic_excuses_nothing() -> None:
    assert verdicts(report(ON, DECLARED + " forged=true", OFF, REPORTED), "LONG") == ["violated 09:00-09:30"]
    made = report(ON + " forged=true", DECLARED, OFF, REPORTED)
    assert verdicts(made, "LONG") == ["inconclusive 09:00-09:30"]
    assert audit(made).note == "it is open whether there was such an activity"


def test_what_is_inconclusive_is_excused_by_a_waiver_that_surely_holds() -> None:
    made = report(ON, DECLARED, "09:30 ON A", "09:40 OFF A", "10:00 REPORTED A em=E1")
    assert verdicts(made, "LONG")[0].startswith("excused 09:00-09:30 by ALARM")
    plain = report(ON.replace(" em=E1", ""), "09:30 ON A", "09:40 OFF A")
    assert verdicts(plain, "LONG")[0].startswith("inconclusive")


def test_conditions_about_other_records_are_tied_by_fields() -> None:
    good, bad = "08:05 CAUSE A em=E1 why=fire", "08:05 CAUSE A em=E1 why=fun"
    for cause, verdict in (
        (good, "excused"), (bad, "violated"), (bad.replace("E1", "E2"), "excused"), (bad.replace(" A ", " B "), "excused"),
    ):  # fmt: skip
        assert verdicts(report(ON, DECLARED, OFF, REPORTED, cause), "LONG") == [
            "excused 09:00-09:30 by ALARM" if verdict == "excused" else "violated 09:00-09:30"
        ]
    withheld = {"time": "2031-05-01T08:05:00Z", "type": "CAUSE", "subject": "A", "data": {"why": "fun"}}
    records = [small.record(line(text)) for text in (ON, DECLARED, OFF, REPORTED)]
    made = checker.check([*records, withheld], parse_rulebook(BOOK))
    assert {f.verdict for f in made.findings if f.constraint == "LONG"} == {"inconclusive"}


def test_one_activity_does_not_answer_for_another_under_the_same_name() -> None:
    second = ("12:00 ON A em=E1", "13:30 OFF A", "13:40 REPORTED A em=E1")
    made = report(ON, DECLARED, OFF, REPORTED, *second)
    assert verdicts(made, "LONG") == ["excused 09:00-09:30 by ALARM", "violated 13:00-13:30"]


def test_what_began_before_observation_is_judged_with_the_conditions_it_was_under() -> None:
    for declared, verdict in (
        (DECLARED, "excused 09:00-09:30 by ALARM"),
        ("08:16 DECLARED A em=E1", "violated 09:00-09:30"),
    ):
        made = report(ON, declared, OFF, REPORTED, since="08:30", only=("LONG",))
        assert verdicts(made, "LONG") == [verdict]


def test_under_a_position_a_waiver_differs_or_is_not_in_force() -> None:
    late = (ON, DECLARED.replace("08:15", "10:16"), OFF)
    assert verdicts(report(*late), "LONG") == ["violated 09:00-09:30"]
    assert verdicts(report(*late, position="loose"), "LONG") == ["excused 09:00-09:30 by ALARM"]
    made = report(*late, position="none")
    assert verdicts(made, "LONG") == ["violated 09:00-09:30"]
    assert made.waivers == []


# ---- two waivers, stretches, time ----


def test_of_two_waivers_the_one_that_holds_counts() -> None:
    on = "08:00 ON A em=E1 ex=X1"
    watched = ("08:00 WATCH W ex=X1", "09:30 UNWATCH W ex=X1")
    assert verdicts(report(on, OFF, *watched), "LONG") == ["excused 09:00-09:30 by DRILL"]
    assert verdicts(report(on, DECLARED, OFF, REPORTED), "LONG") == ["excused 09:00-09:30 by ALARM"]
    assert verdicts(report(on, OFF), "LONG") == ["violated 09:00-09:30"]
    both = report(on, DECLARED, OFF, *watched, until="10:00")
    assert verdicts(both, "LONG") == ["excused 09:00-09:30 by DRILL"]  # ALARM only provisionally


def test_a_stretch_is_excused_as_far_as_its_condition_held() -> None:
    on = "08:00 ON A ex=X1"
    watched = ("07:50 WATCH W ex=X1", "08:30 UNWATCH W ex=X1", "09:00 WATCH W ex=X1", "10:00 UNWATCH W ex=X1")
    made = report(on, OFF, *watched)
    assert verdicts(made, "GUARDED") == [
        "excused 08:00-08:30 by DRILL", "violated 08:30-09:00", "excused 09:00-09:30 by DRILL",
    ]  # fmt: skip
    assert [f.measured.low for f in made.findings if f.constraint == "GUARDED"] == [1800, 1800, 1800]
    assert verdicts(made, "LONG") == ["violated 09:00-09:30"]
    (guarded,) = [row for row in made.constraints if row.id == "GUARDED"]
    assert (guarded.activations, guarded.violated, guarded.excused) == (1, 1, 0)
    partly = audit(made, "DRILL")
    assert (partly.state, partly.left_out_of, len(partly.excused), len(partly.revived)) == ("partly", [], 2, 2)
    assert len({f.id for f in made.findings}) == len(made.findings)


def test_while_a_watched_drill_goes_on_the_watch_may_still_end() -> None:
    made = report("08:00 ON A ex=X1", "08:00 WATCH W ex=X1", until="09:30")
    assert verdicts(made, "LONG") == ["excused 09:00-09:30 by DRILL provisionally"]
    assert made.verdict == "pending"


def test_where_a_condition_fails_only_within_bounds_the_rest_is_open() -> None:
    """The observer left between 08:30 and 09:00: that half hour is neither excused nor not."""
    book = BOOK.replace(
        "watch: {from: WATCH, until: UNWATCH, per: ex}",
        "watch: {from: WATCH, until: UNWATCH, at_latest: SIGNED, per: ex}",
    ).replace("SIGNED: {}", "SIGNED: {ex: text}")
    lines = ("08:00 ON A ex=X1", "08:30 WATCH W ex=X1", "09:00 SIGNED W ex=X1", OFF)
    made = report(*lines, book=parse_rulebook(book))
    assert verdicts(made, "GUARDED") == ["violated 08:00-08:30", "inconclusive 08:30-09:00", "violated 09:00-09:30"]


def test_meanwhile_excuses_what_begins_while_it_goes_on() -> None:
    left, back = "08:00 LEAVE A why=rescue", "10:00 BACK A"
    for on, off, verdict in (
        ("07:00 ON A", "08:30 OFF A", "excused 08:00-08:30 by LEAVE"),  # over its hour at the very instant
        ("06:59 ON A", "08:30 OFF A", "violated 07:59-08:30"),
        ("08:59 ON A", "10:30 OFF A", "excused 09:59-10:30 by LEAVE"),
        ("09:00 ON A", "10:30 OFF A", "violated 10:00-10:30"),
    ):
        assert verdicts(report(left, back, on, off), "LONG") == [verdict], on
    assert verdicts(report(left, back, "07:00 ON B", "08:30 OFF B"), "LONG") == ["violated 08:00-08:30"]
    assert verdicts(report("08:00 LEAVE A", back, "07:00 ON A", "08:30 OFF A"), "LONG") == ["violated 08:00-08:30"]


def test_of_a_stretch_only_the_part_meanwhile_is_excused() -> None:
    made = report("08:00 LEAVE A why=rescue", "08:30 BACK A", "07:30 ON A", "08:45 OFF A")
    assert verdicts(made, "GUARDED") == ["violated 07:30-08:00", "excused 08:00-08:30 by LEAVE", "violated 08:30-08:45"]


def test_where_it_is_open_whether_something_began_meanwhile_nothing_is_concluded() -> None:
    left, home = "08:00 LEAVE A why=rescue", "10:00 HOME A"
    for at, verdict in (("07:59", "violated"), ("09:30", "inconclusive"), ("10:00", "violated")):
        assert [v.split()[0] for v in verdicts(report(left, home, f"{at} SIGNED A"), "SIGN")] == [verdict], at
    run = report(left, home, "07:30 ON A", "08:10 OFF A")
    assert verdicts(run, "GUARDED") == ["violated 07:30-08:00", "inconclusive 08:00-08:10"]
    dated = {"time": "2031-05-01", "type": "SIGNED", "subject": "A"}
    records = [small.record(line(text)) for text in ("00:00 LEAVE A why=rescue", "12:00 BACK A", "23:59 KEY B")]
    made = checker.check([*records, dated], parse_rulebook(BOOK), observed_until="2031-05-01T23:59:59.999999Z")
    assert verdicts(made, "SIGN") == ["inconclusive 00:00-00:00"]


def test_all_that_may_be_waived_are_not_the_conditions_of_waivers() -> None:
    made = report("08:00 LEAVE A why=rescue", "08:10 ON A em=E1", "08:30 OFF A", "08:20 SIGNED A", "12:00 BACK A")
    assert verdicts(made, "DECLARE") == ["violated 08:25-23:59"]
    assert verdicts(made, "SIGN") == ["excused 08:20-08:20 by LEAVE"]


def test_of_what_is_open_a_part_is_open() -> None:
    """Guarded or not until 09:30, watched until 08:30."""
    book = BOOK.replace("until: UNGUARD}", "until: UNGUARD, at_latest: HOME}")
    lines = ("07:00 GUARD A", "10:00 HOME A", "08:00 ON A ex=X1", OFF, "07:00 WATCH W ex=X1", "08:30 UNWATCH W ex=X1")
    made = report(*lines, book=parse_rulebook(book))
    assert verdicts(made, "GUARDED") == ["excused 08:00-08:30 by DRILL", "inconclusive 08:30-09:30"]
    told = [(f.measured.low, f.measured.high, f.reason) for f in made.findings if f.constraint == "GUARDED"]
    assert told == [(0, 1800, None), (0, 3600, "gap")]


def test_of_a_constraint_with_several_parts_those_over_many_occasions_are_not_excused_by_one() -> None:
    both = "clauses: [{kind: duration, of: run, at_most: 1 h}, {kind: count, of: run, each: day, at_most: 1}]"
    book = BOOK.replace("kind: duration, of: run, at_most: 1 h}\n  - {id: GUARDED", both + "}\n  - {id: GUARDED")
    made = report(ON, DECLARED, OFF, REPORTED, "12:00 ON A", "12:10 OFF A", book=parse_rulebook(book))
    assert [v.split()[0] for v in verdicts(made, "LONG")] == ["excused", "violated", "satisfied"]


def test_never_waivable_is_never_excused() -> None:
    made = report("08:00 LEAVE A why=rescue", "08:30 KEY A", "09:00 BACK A")
    assert verdicts(made, "KEYS") == ["violated 08:30-08:30"]


# ---- what is left out of counts and totals ----


def test_an_excused_activity_is_left_out_of_counts_and_totals() -> None:
    other = ("12:00 ON A", "12:50 OFF A")
    made = report(ON, DECLARED, OFF, REPORTED, *other)
    for constraint, measured in (("COUNT", 1), ("BUDGET", 50 * 60)):
        (finding,) = [f for f in made.findings if f.constraint == constraint]
        assert (finding.verdict, finding.measured.low, finding.measured.high) == ("satisfied", measured, measured)
    made = report(ON, DECLARED.replace("08:15", "08:16"), OFF, REPORTED, *other)
    for constraint, measured in (("COUNT", 2), ("BUDGET", 140 * 60)):
        (finding,) = [f for f in made.findings if f.constraint == constraint]
        assert (finding.verdict, finding.measured.high) == ("violated", measured)


def test_one_that_lies_before_observation_is_left_out_of_a_window_that_reaches_back() -> None:
    lines = (ON, DECLARED, OFF, REPORTED, "12:00 ON A", "12:50 OFF A")
    assert [v.split()[0] for v in verdicts(report(*lines, since="11:45"), "BUDGET")] == ["satisfied"]
    assert [v.split()[0] for v in verdicts(report(*lines, since="11:45", position="none"), "BUDGET")] == ["violated"]


def test_counts_stay_open_while_a_waiver_is_and_are_excused_as_things_stand() -> None:
    other = ("06:00 ON A", "06:30 OFF A")
    made = report(*other, ON, until="08:10")
    assert [v.split()[0] for v in verdicts(made, "COUNT")] == ["excused"]
    (count,) = [f for f in made.findings if f.constraint == "COUNT"]
    assert (count.measured.low, count.measured.high, count.waiver, count.provisional) == (1, 2, "ALARM", True)
    third = ("07:00 ON A", "07:10 OFF A")
    assert [v.split()[0] for v in verdicts(report(*other, *third, ON, until="08:10"), "COUNT")] == ["violated"]
    dated = {"time": "2031-05-01", "type": "DECLARED", "subject": "A", "data": {"em": "E1"}}
    records = [small.record(line(text)) for text in (*other, ON, OFF)]
    unsure = checker.check([*records, dated], parse_rulebook(BOOK), only=["COUNT"])
    assert [(f.verdict, f.reason) for f in unsure.findings] == [("inconclusive", "waiver")]
    assert "cannot be concluded" in unsure.findings[0].message


def test_a_drill_that_goes_on_is_left_out_as_things_stand() -> None:
    lines = ("06:00 ON A", "06:30 OFF A", "08:00 WATCH W ex=X1", "08:00 ON A ex=X1")
    (count,) = [f for f in report(*lines, until="08:30").findings if f.constraint == "COUNT"]
    assert (count.verdict, count.provisional, count.measured.high) == ("excused", True, 2)
    (count,) = [f for f in report(*lines, "08:20 OFF A", until="08:30").findings if f.constraint == "COUNT"]
    assert (count.verdict, count.measured.high) == ("satisfied", 1)


def test_a_pause_after_an_excused_run_is_that_of_the_run_that_follows() -> None:
    made = report("06:00 ON A", "07:30 OFF A", ON, DECLARED, OFF, REPORTED, "10:00 ON A", "10:10 OFF A")
    assert verdicts(made, "PAUSE") == ["excused 08:00-08:00 by ALARM", "violated 10:00-10:00"]


# ---- waivers of single findings ----


def waived(tmp_path: Path, *entries: dict[str, str]) -> Path:
    path = tmp_path / "waivers.yaml"
    path.write_text(json.dumps(list(entries)))
    return path


RUN = ("08:00 ON A", "09:30 OFF A", *GUARD)
(LONG_ID,) = [f.id for f in report(*RUN).findings if f.constraint == "LONG"]


def entry(**changed: str) -> dict[str, str]:
    made = {"finding": LONG_ID, "reason": "agreed", "approver": "P-1", "expires": "2031-05-02", **changed}
    return {name: value for name, value in made.items() if value}


@pytest.mark.parametrize(
    ("changed", "verdict", "state"),
    [
        ({}, "excused", "used"),
        ({"expires": "2031-05-01T09:00:00.000001Z"}, "excused", "used"),
        ({"expires": "2031-05-01T09:00:00Z"}, "violated", "expired"),
        ({"granted": "2031-05-01T09:00:00Z"}, "excused", "used"),
        ({"granted": "2031-05-01T09:00:00.000001Z"}, "violated", "unused"),
        ({"finding": "LONG-0000000000"}, "violated", "unused"),
    ],
)
def test_a_finding_waived_by_file_is_judged_at_event_time(
    tmp_path: Path, changed: dict[str, str], verdict: str, state: str
) -> None:
    made = report(*RUN, waivers=waived(tmp_path, entry(**changed)))
    (finding,) = [f for f in made.findings if f.constraint == "LONG"]
    (told,) = [w for w in made.waivers if w.kind == "file"]
    assert (finding.verdict, finding.waiver, told.state) == (verdict, LONG_ID if verdict == "excused" else None, state)
    assert (told.reason, told.approver, told.line) == ("agreed", "P-1", 1)
    assert (told.excused == [LONG_ID]) == (state == "used")
    assert made.exit_status() == (0 if verdict == "excused" else 1)
    if state == "used":
        assert "Waived by P-1 (until" in finding.message
    else:
        assert told.note


def test_what_needs_no_waiver_or_may_have_none_is_reported(tmp_path: Path) -> None:
    lines = ("08:00 ON A", "08:30 OFF A", "08:10 KEY A", *GUARD, "10:00 ON B em=E1", "10:01 DECLARED B em=E1",
             "11:30 OFF B", "12:00 REPORTED B em=E1")  # fmt: skip
    ids = {(f.constraint, f.subject): f.id for f in report(*lines).findings}
    names = ("KEYS", "A"), ("LONG", "A"), ("LONG", "B")
    made = report(*lines, waivers=waived(tmp_path, *(entry(finding=ids[name]) for name in names)))
    told = [(w.state, w.note) for w in made.waivers if w.kind == "file"]
    assert told == [
        ("refused", "KEYS is never waivable"), ("unused", "the limit was kept"), ("unused", "ALARM excuses it already"),
    ]  # fmt: skip
    assert verdicts(made, "KEYS") == ["violated 08:10-08:10"]


def test_a_waiver_by_file_settles_what_an_exception_leaves_open(tmp_path: Path) -> None:
    lines = (ON, DECLARED, OFF, *GUARD)
    (name,) = [f.id for f in report(*lines, until="10:00").findings if f.constraint == "LONG"]
    path = waived(tmp_path, entry(finding=name))
    assert verdicts(report(*lines, until="10:00", waivers=path), "LONG") == [f"excused 09:00-09:30 by {name}"]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("finding: x", ["a file of waivers is a list"]),
        ("- x", ["a waiver is a mapping"]),
        ("- {finding: X-1, reason: r, approver: a}", ["`expires` is missing"]),
        ("- {finding: X-1, reason: ' ', approver: a, expires: soon}", ["soon"]),
        ("- {finding: X-1, reason: ' ', approver: a, expires: 2031-01-01}", ["`reason` is empty"]),
        ("- {finding: X-1, reason: r, aprover: a, expires: 2031-01-01}", ["unknown field 'aprover'", "`approver` is missing"]),
        ("- {finding: X-1, reason: r, approver: a, granted: 2031-01-01, expires: 2031-01-01}", ["for no time"]),
        ("- &x {finding: X-1}", ["anchor"]),
        (
            "- {finding: X-1, reason: r, approver: a, expires: 2031-01-01}\n"
            "- {finding: X-1, reason: r, approver: a, expires: 2031-01-01}\n- {finding: X-2}",
            ["'X-1' is waived twice", "`reason` is missing"],
        ),
    ],
)  # fmt: skip
def test_mistakes_in_a_file_are_told_all_at_once(tmp_path: Path, text: str, messages: list[str]) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(text)
    with pytest.raises(RulebookError) as caught:
        load_finding_waivers(path, parse_rulebook(BOOK).definitions)
    told = [str(problem) for problem in caught.value.problems]
    for message in messages:
        assert any(message in one for one in told), told
    with pytest.raises(RulebookError, match="cannot be read"):
        load_finding_waivers(tmp_path / "none.yaml", parse_rulebook(BOOK).definitions)


# ---- loading ----


def told_of(waiver: str, more: str = "") -> list[str]:
    head = BOOK[: BOOK.index("waivers:\n")]
    with pytest.raises(RulebookError) as caught:
        parse_rulebook(head + "waivers:\n  - {title: W, text: W., source: s, " + waiver + "}\n" + more)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("waiver", "message"),
    [
        ("id: W, of: alarm, excuses: LOGN", "unknown constraint 'LOGN'\n"),
        ("id: W, of: alarm, excuses: LOGN", "did you mean 'LONG'?"),
        ("id: W, of: alarm, excuses: LONG, precedent: NONE", "unknown constraint 'NONE'"),
        ("id: W, of: alram, excuses: LONG", "did you mean 'alarm'?"),
        ("id: W, event: ONE, excuses: LONG", "unknown event type 'ONE'"),
        ("id: W, excuses: LONG", "exactly one of `of` or `event` as the activity, found neither"),
        ("id: W, of: alarm, event: KEY, excuses: LONG", "found both"),
        ("id: W, of: alarm", "excuses nothing"),
        ("id: W, of: alarm, excuses: KEYS", "'KEYS' is never waivable"),
        ("id: W, of: alarm, excuses: [LONG, LONG]", "named twice in `excuses`"),
        ("id: W, of: alarm, excuses: [LONG, DECLARE], precedent: DECLARE", "'DECLARE' is a condition of this waiver"),
        ("id: W, of: alarm, excuses: LONG, precedent: DECLARE, subsequent: DECLARE", "both precedent and subsequent"),
        ("id: W, of: alarm, excuses: COUNT", "name it in `left_out_of`"),
        ("id: W, of: alarm, left_out_of: LONG", "judged occasion by occasion"),
        ("id: W, of: alarm, excuses: all", "`all` goes with `meanwhile`"),
        ("id: W, of: alarm, left_out_of: COUNT, meanwhile: true", "`left_out_of` does not go with `meanwhile`"),
        ("id: W, event: KEY, excuses: LONG, meanwhile: true", "`meanwhile` goes with `of`"),
        ("id: W, of: alarm, excuses: LONG, same: emm", "'emm'"),
        ("id: W, of: alarm, excuses: LONG, under: {strickt: not_in_force}", "unknown position 'strickt'"),
        ("id: W, of: alarm, excuses: LONG, under: {strict: never}", "expected fields of the waiver"),
        ("id: W, of: alarm, excuse: LONG", "unknown field 'excuse'"),
    ],
)
def test_mistakes_in_a_rulebook(waiver: str, message: str) -> None:
    told = told_of(waiver)
    assert any(message in one for one in told), told
    assert all(one.startswith("rulebook:") for one in told), told


def test_mistakes_are_told_together_and_ids_are_unique() -> None:
    more = "  - {id: W, title: W, text: W., source: s, of: alarm, excuses: [LONG, DECLARE]}\n  - X\n"
    told = told_of("id: W, of: alram, excuses: [LOGN, KEYS], precedent: DECLARE", more)
    for message in ("'W' is defined twice", "'alram'", "a waiver is a mapping"):
        assert any(message in one for one in told), (message, told)
    told = told_of("id: V, of: alarm, excuses: LONG, precedent: DECLARE", more)
    assert any("'DECLARE' is a condition of V" in one for one in told)
    with pytest.raises(RulebookError, match="`waivers` is a list"):
        parse_rulebook(BOOK[: BOOK.index("waivers:\n")] + "waivers: {}\n")


# ---- the report ----

ALL_LINES = (
    ON, DECLARED, OFF, REPORTED, "12:00 ON A ex=X1", "12:30 WATCH W ex=X1", "13:00 UNWATCH W ex=X1", "13:30 OFF A",
    "15:00 LEAVE B why=rescue", "15:10 ON B", "16:20 OFF B", "16:00 BACK B", "20:00 ON A em=E2", "20:01 DECLARED A em=E2",
    "20:30 ON B em=E3",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_log_changes_nothing(seed: int) -> None:
    lines = list(ALL_LINES)
    straight = report(*lines, until="20:40").to_dict()
    random.Random(seed).shuffle(lines)
    shuffled = report(*lines, until="20:40").to_dict()

    def unplaced(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: unplaced(value) for name, value in node.items() if name not in ("line", "logs")}
        return [unplaced(item) for item in node] if isinstance(node, list) else node

    assert unplaced(straight) == unplaced(shuffled)
    assert {w["state"] for w in straight["waivers"]} == {"used", "provisional", "partly"}


def test_the_report_keeps_its_schema_and_the_page_tells_each_use(tmp_path: Path) -> None:
    found = check(*ALL_LINES, until="20:40", waivers=waived(tmp_path, entry()))
    made = telling.report(found)
    jsonschema.validate(json.loads(json.dumps(made.to_dict())), Report.schema())
    page = render(made)
    assert "Exceptions and waivers" in page
    for word in ("stands provisionally", "stands for a part of the time", "– not used", "left out of COUNT, BUDGET"):
        assert word in page, word
    excused = next(f for f in made.findings if f.provisional)
    assert "Excused by ALARM (Alarm), provisionally" in explain(found, excused.id)
    assert "EXCUSED" in explain(found, excused.id)
    for one in made.waivers:
        assert {*one.excused, *one.open, *one.revived} <= {f.id for f in made.findings}


def test_what_a_gap_may_hide_leaves_open_what_it_might_excuse_and_is_listed_only_then() -> None:
    """A departure may be among the records missing from 07:00 to 08:00; what began before is not in doubt."""
    numbered = ("06:00 HOME A source=S seq=1", "07:00 KEY A source=S seq=2", "08:00 HOME A source=S seq=4")
    made = report(*numbered, "07:30 SIGNED A source=T")
    assert [(f.verdict, f.reason) for f in made.findings if f.constraint == "SIGN" and f.shown] == [
        ("inconclusive", "waiver")
    ]
    assert audit(made, "LEAVE").state == "inconclusive"
    kept = report(*numbered, "06:30 SIGNED A source=T")
    assert [f.verdict for f in kept.findings if f.constraint == "SIGN" and f.shown] == ["violated"]
    assert audit(kept, "LEAVE").state == "unused"
    alarm = (*numbered, ON, DECLARED, OFF, REPORTED)
    assert "excused 09:00-09:30 by ALARM" in verdicts(report(*alarm, position="loose"), "LONG")
    assert "inconclusive 09:00-09:30" in verdicts(report(*alarm), "LONG")  # another CAUSE may be missing


def test_a_waiver_that_nothing_claims_is_listed_as_unused() -> None:
    made = report(*RUN)
    assert [(w.id, w.state, w.subject, w.conditions) for w in made.waivers] == [
        ("ALARM", "unused", None, []), ("DRILL", "unused", None, []), ("LEAVE", "unused", None, []),
    ]  # fmt: skip
    assert "Exceptions and waivers" not in render(made)
    assert report(*RUN, only=("KEYS",)).waivers == []


def test_counts_add_up_with_what_is_excused() -> None:
    for row in report(*ALL_LINES, until="20:40").constraints:
        assert row.activations == row.satisfied + row.violated + row.inconclusive + row.pending + row.excused


def test_the_api_takes_a_file_of_waivers(tmp_path: Path) -> None:
    records = [small.record(line(text)) for text in RUN]
    made = checker.check(records, parse_rulebook(BOOK), only=["LONG"], waivers=waived(tmp_path, entry()))
    assert [f.verdict for f in made.findings] == ["excused"]


# ---- records that are missing ----


def drawn(seed: int) -> list[str]:
    """A log that lacks nothing: what opens and closes takes turns, every record is numbered."""
    chance = random.Random(seed)
    lines = []
    for subject in "AB":
        for number in range(chance.randrange(1, 4)):
            em, ex = f"{subject}{number}", f"X{chance.randrange(2)}"
            at = 60 * (2 + 6 * number) + 10 * chance.randrange(6)
            end = at + 10 * chance.randrange(1, 12)
            claim = chance.choice(["", f" em={em}", f" em={em}", f" ex={ex}"])
            lines += [(at, f"ON {subject}{claim}"), (end, f"OFF {subject}")]
            if "em" in claim:
                lines += [(at + chance.choice([1, 10, 15, 16]), f"DECLARED {subject} em={em}")] * chance.randrange(2)
                lines += [
                    (at + 20, f"CAUSE {subject} em={em} why={chance.choice(['fire', 'fun'])}")
                ] * chance.randrange(2)
                lines.append((end + 30, f"REPORTED {subject} em={em}"))
            if "ex" in claim:
                gone = chance.choice([end, end, at + 5])
                lines += [(at, f"WATCH {subject} ex={ex}{em}"), (gone, f"UNWATCH {subject} ex={ex}{em}")]
                lines[-4 if "ex" in claim else 0] = (at, f"ON {subject} ex={ex}{em}")
        if chance.randrange(2):
            at = 60 * chance.randrange(1, 20)
            why = chance.choice(["", " why=rescue"])
            lines += [(at, f"LEAVE {subject}{why}"), (at + 60 * chance.randrange(1, 4), f"BACK {subject}")]
        lines += [(10 * chance.randrange(140), f"SIGNED {subject}")] * chance.randrange(2)
        lines += [(60, f"GUARD {subject}"), (60 * chance.randrange(2, 23), f"UNGUARD {subject}")]
    told = [f"{at // 60:02}:{at % 60:02} {rest}" for at, rest in sorted(lines)]
    return [f"{text} source=S seq={number}" for number, text in enumerate(["00:00 KEY C", *told, "23:50 KEY C"], 1)]


@pytest.mark.parametrize("part", range(5))
def test_what_is_told_where_records_are_missing_is_true_of_the_whole_or_open(part: int) -> None:
    told = 0
    for seed in range(part * 40, part * 40 + 40):
        lines = drawn(seed)
        chance = random.Random(-seed - 1)
        hidden = set(chance.sample(range(1, len(lines) - 1), chance.randrange(1, 4)))
        whole = {row.id: row for row in report(*lines).constraints}
        left = report(*(text for at, text in enumerate(lines) if at not in hidden))
        provisional = {finding.constraint for finding in left.findings if finding.provisional}
        for row in left.constraints:
            if row.id in provisional or row.verdict in ("inconclusive", "pending"):
                continue
            told += 1
            broken = row.verdict == "violated"
            assert broken == (whole[row.id].verdict == "violated"), (seed, row.id, row.verdict, whole[row.id].verdict)
    assert told > 20


def test_a_total_that_passes_its_limit_at_the_instant_of_an_excuse_is_no_sure_breach() -> None:
    """The complete log is excused. That more may have gone on later, in a gap, leaves open when that began."""
    lines = (
        "06:00 ON A source=S seq=1", "07:30 OFF A source=S seq=2", "08:00 ON A source=S seq=3",
        "08:00 LEAVE A why=rescue source=S seq=4", "08:30 OFF A source=S seq=5", "08:30 BACK A source=S seq=6",
        "10:00 SIGNED B source=S seq=7", "11:00 ON A source=S seq=8", "12:00 OFF A source=S seq=9",
        "13:00 SIGNED B source=S seq=10",
    )  # fmt: skip
    assert verdicts(report(*lines[:7]), "BUDGET") == ["excused 08:00-23:59 by LEAVE"]
    found = verdicts(report(*lines[:7], lines[9]), "BUDGET")
    assert [text.partition(" by")[0] for text in found if "08:00" in text] == ["inconclusive 08:00-23:59"]
    assert not [text for text in found if text.startswith("violated")]
    early = ["07:59" + lines[2][5:], *lines[3:7]]  # it surely began before that
    assert [text.split()[0] for text in verdicts(report(*lines[:2], *early), "BUDGET")] == ["violated"]
    late = ("08:30 LEAVE A why=rescue source=S seq=4", *lines[4:7], lines[9])
    assert "violated" in [text.split()[0] for text in verdicts(report(*lines[:3], *late), "BUDGET")]


def test_what_is_written_to_the_day_may_have_happened_at_its_last_instant() -> None:
    """A departure that begins at that instant may be what it was about."""
    dated = {"time": "2031-05-01", "type": "SIGNED", "subject": "A"}
    for leave, verdict in (("2031-05-01T23:59:59.999999Z", "inconclusive"), ("2031-05-02T00:00:00Z", "violated")):
        records = [small.record(f"{leave} LEAVE A why=rescue"), small.record("2031-05-02T12:00:00Z BACK A")]
        made = checker.check([*records, dated], parse_rulebook(BOOK), observed_from="2031-05-01T00:00:00Z")
        assert [v.split()[0] for v in verdicts(made, "SIGN")] == [verdict], leave


# ---- what is not known of the activity itself ----


def doubted(*lines: str, constraint: str = "SIGN") -> list[str]:
    """Verdicts where the clock of source S may be off by a minute and another party may have seen a departure."""
    book = BOOK.replace("constraints:\n", "clock: {event: SYNC, offset: offset}\nconstraints:\n", 1)
    book = book.replace(
        '  "OFF": {}\n', '  "OFF": {}\n  SYNC: {offset: number}\n  SAW: {from: instant, to: instant}\n', 1
    )
    book = book.replace(
        "at_latest: HOME}", "at_latest: HOME,\n    observed_by: {event: SAW, starts: from, ends: to}}", 1
    )
    return verdicts(report(*lines, "20:00 SYNC - source=S offset=60", book=parse_rulebook(book)), constraint)


@pytest.mark.parametrize(
    ("back", "verdict"),
    [
        ("09:59 BACK A", "violated"), ("10:00 BACK A", "inconclusive"), ("10:01 BACK A", "inconclusive"),
        ("10:02 BACK A", "excused"),
        ("09:59 BACK A source=S", "violated"), ("10:01 BACK A source=S", "excused"),  # one clock: the order is known
    ],
)  # fmt: skip
def test_whether_something_began_meanwhile_is_as_sure_as_the_clocks(back: str, verdict: str) -> None:
    leave = "07:00 LEAVE A why=storm" + (" source=S" if "source" in back else "")
    assert doubted(leave, "10:00 SIGNED A source=S", back)[0].split()[0] == verdict


def test_of_a_stretch_the_part_about_the_end_is_open() -> None:
    lines = ("08:00 LEAVE A why=storm source=S", "08:30 BACK A source=S", "08:10 ON A", "08:50 OFF A")
    assert doubted(*lines, constraint="GUARDED") == [
        "excused 08:10-08:29 by LEAVE", "inconclusive 08:29-08:31", "violated 08:31-08:50",
    ]  # fmt: skip


def test_an_activity_that_only_another_party_saw_leaves_open_what_it_would_excuse() -> None:
    saw = "19:00 SAW A from=2031-05-01T08:00:00Z to=2031-05-01T09:00:00Z"
    assert doubted("08:30 SIGNED A", saw) == ["inconclusive 08:30-08:30"]
    assert doubted("09:30 SIGNED A", saw) == ["violated 09:30-09:30"]
    assert doubted("08:30 KEY A", saw, constraint="KEYS") == ["violated 08:30-08:30"]


def test_an_alleged_activity_does_not_answer_for_a_recorded_one() -> None:
    saw = "19:00 SAW A from=2031-05-01T12:00:00Z to=2031-05-01T12:30:00Z"
    book = BOOK.replace('  "OFF": {}\n', '  "OFF": {}\n  SAW: {from: instant, to: instant}\n', 1)
    book = book.replace('until: "OFF"}', 'until: "OFF", observed_by: {event: SAW, starts: from, ends: to}}', 1)
    made = report(*GUARD, ON, DECLARED, OFF, REPORTED, saw, book=parse_rulebook(book))
    assert verdicts(made, "LONG")[0] == "excused 09:00-09:30 by ALARM"
    assert [(w.id, w.state) for w in made.waivers if w.state != "unused"] == [("ALARM", "used")]


# ---- when a breach begins is not known exactly ----

ADDED = {
    "ANSWER": "kind: followed_by, of: run, by: KEY, within: 10 min",
    "BUSY": "kind: total, of: run, in: 90 s, at_most: 40 s",
    "CROWD": "kind: concurrent, of: run, at_most: 1",
    "SHORT": "kind: duration, of: run, at_least: 10 min",
    "BEAT": "kind: spacing, event: GUARD, at_most: 60 min",
}


def while_away(constraint: str, *records: str, until: str = "12:00") -> str:
    """The verdict on one constraint; a time is told as it is written, `?` stands for a type that cannot be read."""
    written = ADDED.get(constraint)
    head = (
        f"  - {{id: {constraint}, title: T, text: It is., group: g, severity: major, source: illustrative, {written}}}"
    )
    text = BOOK if written is None else BOOK.replace("waivers:\n", f"{head}\nwaivers:\n")
    if constraint in ("COUNT", "BUSY"):
        text = "gaps: {about: assets_shown}\n" + text
    made = []
    for text_of in records:
        time, _, rest = text_of.partition(" ")
        record = small.record(f"2031-05-01T{time}Z {rest}")
        made.append({**record, "type": "" if record["type"] == "?" else record["type"]})
    found = pipeline.run(
        [from_dicts(made, name="log")],
        parse_rulebook(text),
        observed_from=small.instant("2031-05-01T07:00:00Z"),
        observed_until=small.instant(f"2031-05-01T{until}:00Z"),
    )
    report = telling.report(found)
    return next(one.verdict for one in report.constraints if one.id == constraint)


BEFORE = ("07:10:00 ON A", "07:10:00 OFF A")
MINUTE = ("08:00:00 ON A", "09:00 OFF A")  # it ends in the minute 09:00, an answer is due in the minute 09:10


@pytest.mark.parametrize(
    ("constraint", "records", "verdict"),
    [
        ("ANSWER", (*MINUTE, "09:00:00 LEAVE A why=x", "09:11:00 BACK A"), "excused"),
        ("ANSWER", (*MINUTE, "09:00:00 LEAVE A why=x", "09:10:30 BACK A"), "inconclusive"),
        ("ANSWER", (*MINUTE, "09:10:30 LEAVE A why=x"), "inconclusive"),
        ("ANSWER", (*MINUTE, "09:11:00 LEAVE A why=x"), "violated"),
        # it ran without a guard from some instant of the minute 08:00 on
        ("GUARDED", ("07:59:00 LEAVE A why=x", "08:00 ON A", "08:30:00 OFF A"), "excused"),
        ("GUARDED", ("08:00 ON A", "08:00:30 LEAVE A why=x", "08:30:00 OFF A"), "inconclusive"),
        ("GUARDED", ("07:59:00 LEAVE A why=x", "08:00:00 ON A", "08:30:30 BACK A", "08:30 OFF A"), "inconclusive"),
        # what cannot be read may have ended it at that very instant
        (
            "COUNT",
            ("08:00:00 ON A", "08:10:00 OFF A", "08:30:00 LEAVE A why=x", "09:00:00 ? A", "09:00:00 ON A"),
            "inconclusive",
        ),
        # 40 s may have been exceeded at 08:00:40, and are from 08:02 on
        ("BUSY", ("08:00 ON A", "08:00:50 OFF A", "08:01:20 ON A", "08:01:30 LEAVE A why=x"), "inconclusive"),
        ("BUSY", (*BEFORE, "07:59:00 LEAVE A why=x", "08:00 ON A", "08:00:50 OFF A", "08:01:20 ON A"), "excused"),
        # a second time, when the departure is over, it may be exceeded if one run ended and one began unseen
        (
            "BUSY",
            ("08:00:00 LEAVE A why=x source=H seq=1", "08:00:00 ON A source=H seq=2", "08:00:50 KEY A source=H seq=3",
             "08:01:10 KEY A source=H seq=5", "08:01:20 BACK A source=H seq=6", "08:01:40 KEY A source=H seq=7", "08:02:00 KEY A source=H seq=9",
             "08:02:30 LEAVE A source=H seq=10", "08:02:40 OFF A source=H seq=11"),
            "inconclusive",
        ),
        # it was too short if it ended in the first 20 s of the minute 09:00, before the departure
        ("SHORT", ("08:50:20 ON A", "09:00 OFF A", "09:00:30 LEAVE A why=x"), "inconclusive"),
        ("SHORT", ("08:50:20 ON A", "08:59:00 LEAVE A why=x", "09:00 OFF A"), "excused"),
        # of whom there may be one too many is open
        ("CROWD", ("08:00:00 LEAVE A why=x source=H seq=1", "08:40:00 ON A source=H seq=3"), "inconclusive"),
        # a beat that cannot be read, at 07:30, would have moved the breach from 08:00 to 08:30
        ("BEAT", ("07:30:00 ? A", "08:10:00 LEAVE A why=x"), "inconclusive"),
        # a second run of the day is missing, before the departure ends or after it
        (
            "COUNT",
            ("08:00:00 LEAVE A why=x source=H seq=1", "08:00:00 ON A source=H seq=2", "08:50:00 KEY A source=H seq=3",
             "09:10:00 KEY A source=H seq=5", "09:20:00 BACK A source=H seq=6", "10:00:00 KEY A source=H seq=8"),
            "inconclusive",
        ),
    ],
)  # fmt: skip
def test_a_departure_excuses_what_surely_begins_while_it_goes_on(
    constraint: str, records: tuple[str, ...], verdict: str
) -> None:
    assert while_away(constraint, *records) == verdict
