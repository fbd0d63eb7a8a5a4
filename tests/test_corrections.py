"""Corrections: both records stay, the corrected fields are judged, and findings cite both."""

from typing import Any

import pytest
import small

from checker import pipeline, telling
from checker.errors import RulebookError
from checker.report import Report

GIVEN = """
events:
  "ON": {auth: text, by: {optional: true, also: operator}}
  "OFF": {ref: text?}
  REPORTED: {ref: text}
  CORRECTION: {corrects: text, fields: mapping, signature: text?}
unauthenticated: {signature: INVALID}
intervals: {run: {from: "ON", until: "OFF"}}
corrections: {event: CORRECTION, authorities: [JOINT]}
gaps: {never_hide: ["ON", "OFF", REPORTED, CORRECTION]}
observed: {until: "2031-05-02T00:00:00Z"}
"""
DURATION = {"kind": "duration", "of": "run", "at_most": "60 min"}
ON = "2031-05-01T08:00:00Z ON A id=R1 source=HOST seq=1 auth=AU1"
OFF = "2031-05-01T09:10:00Z OFF A id=R2 source=HOST seq=2"


def given(constraint: dict[str, Any] = DURATION) -> dict[str, Any]:
    tree = small.read(GIVEN)
    return {**tree, "constraint": small.read(str(constraint))}


def correction(fields: str, corrects: str = "R2", rest: str = "id=C1 source=HOST seq=3", at: str = "10:00:00") -> str:
    return f"2031-05-01T{at}Z CORRECTION - {rest} corrects={corrects} fields={fields}"


def check(*lines: str, constraint: dict[str, Any] = DURATION) -> Report:
    return small.check(given(constraint), lines)


def told(report: Report) -> list[tuple[str, Any]]:
    return [(finding.verdict, finding.measured.low) for finding in report.findings]


def test_the_corrected_time_is_judged_and_both_records_are_cited() -> None:
    before = check(ON, OFF)
    assert told(before) == [("violated", 4200)]  # 08:00 to 09:10
    after = check(ON, OFF, correction("{time: '2031-05-01T08:55:00Z'}"))
    assert told(after) == [("satisfied", 3300)]  # 08:00 to 08:55
    witnesses = [(w.role, w.line, w.time) for w in after.findings[0].witnesses]
    assert witnesses == [
        ("opening", 1, "2031-05-01T08:00:00Z"),
        ("closing", 2, "2031-05-01T09:10:00Z"),  # as received
        ("correction", 3, "2031-05-01T10:00:00Z"),
    ]
    [one] = after.corrections
    assert (one.record.line, one.field, one.by.line) == (2, "time", 3)
    assert (one.from_, one.to) == ("2031-05-01T09:10:00Z", "2031-05-01T08:55:00Z")
    assert not after.notices


def test_the_place_of_a_correction_does_not_matter() -> None:
    lines = [ON, OFF, correction("{time: '2031-05-01T08:55:00Z'}")]
    straight = check(*lines)
    turned = check(*lines[::-1])
    assert [f.id for f in turned.findings] == [f.id for f in straight.findings]
    assert told(turned) == told(straight)


def test_a_time_corrected_past_another_record_changes_the_order() -> None:
    late_on = "2031-05-01T09:30:00Z ON A id=R1 source=HOST seq=1 auth=AU1"
    report = check(late_on, OFF, correction("{time: '2031-05-01T08:30:00Z'}", "R1"))
    assert told(report) == [("satisfied", 2400)]  # 08:30 to 09:10


def test_fields_type_and_subject() -> None:
    never = {"kind": "never", "event": {"type": "ON", "auth": "AU9"}}
    wrong = ON.replace("AU1", "AU9")
    assert told(check(wrong, OFF, constraint=never)) == [("violated", 1)]
    assert told(check(wrong, OFF, correction("{auth: AU1}", "R1"), constraint=never)) == [("satisfied", 0)]
    assert told(check(ON, OFF, correction("{auth: AU9}", "R1"), constraint=never)) == [("violated", 1)]
    of_other = check(ON, OFF.replace("OFF A", "OFF B"), correction("{subject: A}"))
    assert told(of_other) == [("violated", 4200)]
    typed = check(ON, OFF.replace("OFF", "REPORTED", 1) + " ref=X", correction("{type: 'OFF'}"))
    assert told(typed) == [("violated", 4200)]


def test_what_is_corrected_is_told_as_corrected() -> None:
    always = {"kind": "always", "event": "ON", "require": {"auth": "AU1"}}
    report = check(ON, OFF, correction("{auth: AU7}", "R1"), constraint=always)
    assert "`auth` is AU7" in report.findings[0].message


def test_a_field_of_the_wrong_type_stays_open() -> None:
    never = {"kind": "never", "event": {"type": "ON", "auth": "AU9"}}
    report = check(ON, OFF, correction("{auth: 5}", "R1"), constraint=never)
    assert [(f.verdict, f.reason) for f in report.findings] == [("inconclusive", "withheld field")]
    assert report.notices == ["log:1, as corrected by log:3: field 'auth' is not a text; what depends on it stays open"]
    removed = check(ON, OFF, correction("{auth: null}", "R1"), constraint=never)
    assert [(f.verdict, f.reason) for f in removed.findings] == [("inconclusive", "withheld field")]
    assert [(c.from_, c.to) for c in removed.corrections] == [("AU1", None)]


@pytest.mark.parametrize("name", ["by", "operator"])
def test_a_field_under_another_name_says_nothing_else(name: str) -> None:
    always = {"kind": "always", "event": "ON", "require": {"by": "P2"}}
    for written in ("by", "operator"):
        report = check(f"{ON} {written}=P1", OFF, correction(f"{{{name}: P2}}", "R1"), constraint=always)
        assert [f.verdict for f in report.findings] == ["satisfied"], written


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (correction("{time: '2031-05-01T08:55:00Z'}", rest="id=C1 source=HOST signature=INVALID"), "is not authentic"),
        (correction("{time: '2031-05-01T08:55:00Z'}", "R9"), "corrects 'R9', and there is no such record"),
        (correction("{time: '2031-05-01T08:55:00Z'}", rest="id=C1 source=OTHER"), "a record of another source"),
        (correction("{time: '2031-05-01T08:55:00Z'}", rest="id=C1"), "a record of another source"),
        (correction("{time: yesterday}"), "gives a 'time' that cannot be read"),
        (correction("{time: '2031-05-01T08:55:00'}"), "gives a 'time' that cannot be read"),
        (correction("{time: 5}"), "gives a 'time' that is no text"),
        (correction("{type: ''}"), "gives a 'type' that is no text"),
        (correction("{subject: 5}"), "gives a 'subject' that is no text"),
        (correction("{seq: 5}"), "would change 'seq', which stays as received"),
        (correction("{signature: ok}"), "would change 'signature', which stays as received"),
        (correction("{}"), "does not say in 'fields' what the fields are"),
        (correction("text"), "does not say in 'fields' what the fields are"),
        (correction("{auth: x}", "[R2]"), "does not say in 'corrects' which record it corrects"),
        (correction("{corrects: R1}", "C1"), "corrects 'C1', and there is no such record"),
    ],
)
def test_what_is_no_correction_changes_nothing_and_is_told(line: str, reason: str) -> None:
    report = check(ON, OFF, line)
    assert told(report) == [("violated", 4200)]
    assert report.corrections == []
    [notice] = [text for text in report.notices if "changes nothing" in text]
    assert notice.startswith("log:3: the correction ")
    assert reason in notice


def test_a_record_that_is_not_authentic_is_not_made_so() -> None:
    never = {"kind": "followed_by", "event": "ON", "by": "OFF", "within": "2 h"}
    unsigned = "2031-05-01T09:10:00Z OFF A id=R2 source=HOST signature=INVALID"
    report = check(ON, unsigned, correction("{time: '2031-05-01T09:00:00Z'}"), constraint=never)
    assert told(report) == [("violated", 57600)]  # to the end of observation


def test_two_records_of_one_id_are_not_told_apart() -> None:
    report = check(ON, OFF, OFF.replace("09:10", "09:20"), correction("{time: '2031-05-01T08:55:00Z'}"))
    assert any("corrects 'R2', which several records are" in notice for notice in report.notices)
    assert report.corrections == []


def test_an_authority_corrects_records_of_others() -> None:
    report = check(ON, OFF, correction("{time: '2031-05-01T08:55:00Z'}", rest="id=J1 source=JOINT"))
    assert told(report) == [("satisfied", 3300)]


def test_a_record_is_named_by_type_and_time_too() -> None:
    lines = [ON.replace("id=R1 ", ""), OFF.replace("id=R2 ", "")]
    report = check(*lines, correction("{time: '2031-05-01T08:55:00Z'}", "OFF@2031-05-01T09:10:00Z"))
    assert told(report) == [("satisfied", 3300)]


def test_of_two_that_differ_the_one_recorded_later_counts() -> None:
    first = correction("{time: '2031-05-01T08:55:00Z'}", at="10:00:00")
    second = correction("{time: '2031-05-01T09:05:00Z'}", rest="id=C2 source=HOST seq=4", at="11:00:00")
    report = check(ON, OFF, second, first)
    assert told(report) == [("violated", 3900)]
    assert [w.line for w in report.findings[0].witnesses] == [1, 2, 3]
    assert any("log:4 and log:3: two corrections differ in 'time'" in notice for notice in report.notices)
    earlier = second.replace("seq=4", "seq=4 recorded_at='2031-05-01T09:30:00Z'")
    assert told(check(ON, OFF, earlier, first)) == [("satisfied", 3300)]
    same = check(ON, OFF, first, first.replace("id=C1", "id=C2"))
    assert told(same) == [("satisfied", 3300)]
    assert same.notices == []


def test_two_corrections_of_different_fields_both_count() -> None:
    report = check(
        ON,
        OFF,
        correction("{time: '2031-05-01T08:55:00Z'}"),
        correction("{ref: X}", rest="id=C2 source=HOST", at="11:00:00"),
    )
    assert [w.role for w in report.findings[0].witnesses] == ["opening", "closing", "correction", "correction"]
    assert report.notices == []


def test_a_correction_of_a_correction() -> None:
    first = correction("{time: '2031-05-01T08:15:00Z'}")
    second = correction("{fields: {time: '2031-05-01T08:45:00Z'}}", "C1", "id=C2 source=HOST seq=4", "11:00:00")
    for lines in ([ON, OFF, first, second], [second, first, OFF, ON]):
        report = check(*lines)
        assert told(report) == [("satisfied", 2700)]
        assert [w.role for w in report.findings[0].witnesses].count("correction") == 2
    moved = correction("{corrects: R1}", "C1", "id=C2 source=HOST seq=4", "11:00:00")
    report = check(ON, OFF, first, moved)
    assert told(report) == [("satisfied", 900)]
    assert any("would change 'corrects'" in notice for notice in report.notices)


def test_corrections_that_correct_one_another_change_nothing() -> None:
    report = check(
        ON,
        OFF,
        correction("{fields: {}}", "C2"),
        correction("{fields: {}}", "C1", "id=C2 source=HOST seq=4", "11:00:00"),
    )
    assert [n.split(": ", 1)[1] for n in report.notices] == ["the correction corrects itself; it changes nothing"] * 2
    assert told(report) == [("violated", 4200)]


def test_a_long_chain_of_corrections_ends() -> None:
    lines = [ON, OFF, correction("{time: '2031-05-01T08:55:00Z'}", rest="id=C0 source=HOST")]
    for n in range(1, 3000):
        lines.append(correction("{reason: again}", f"C{n - 1}", f"id=C{n} source=HOST", f"10:{n // 60:02}:{n % 60:02}"))
    assert told(check(*lines)) == [("satisfied", 3300)]


def test_a_citation_of_the_record_as_it_stood_still_holds() -> None:
    answered = {"kind": "followed_by", "event": "ON", "by": "REPORTED", "same": {"ref": "reference"}, "within": "2 h"}
    reported = "2031-05-01T09:00:00Z REPORTED A source=HOST ref='ON@2031-05-01T08:00:00Z'"
    moved = correction("{time: '2031-05-01T08:05:00Z'}", "R1")
    assert told(check(ON, reported, constraint=answered)) == [("satisfied", 3600)]
    assert told(check(ON, reported, moved, constraint=answered)) == [("satisfied", 3300)]
    renewed = reported.replace("08:00:00Z'", "08:05:00Z'")
    assert told(check(ON, renewed, moved, constraint=answered)) == [("satisfied", 3300)]


def test_a_correction_made_after_the_end_of_observation_is_known() -> None:
    late = correction("{time: '2031-05-01T08:55:00Z'}").replace("2031-05-01T10", "2031-05-03T10")
    assert told(check(ON, OFF, late)) == [("satisfied", 3300)]


def test_as_of_before_a_correction_it_is_not_known() -> None:
    book = small.rulebook(given())
    logs = [small.log([ON, OFF, correction("{time: '2031-05-01T08:55:00Z'}")])]
    instants = [small.instant(f"2031-05-01T{at}:00Z") for at in ("09:59", "10:00")]
    verdicts = [telling.report(pipeline.run(logs, book, as_of=at)).verdict for at in instants]
    assert verdicts == ["violated", "satisfied"]


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("corrections: {event: CORECTION}", "unknown event type 'CORECTION'"),
        ("corrections: {event: CORRECTION, fields: corrects}", "field 'corrects' is a text; `fields` names a mapping"),
        ("corrections: {event: CORRECTION, corrects: what}", "CORRECTION has no field 'what'"),
        ("corrections: {evnt: CORRECTION}", "unknown field 'evnt'"),
        ("clock: {event: CORRECTION}", "`offset` is missing"),
        ("clock: {event: CORRECTION, offset: fields}", "field 'fields' is a mapping; `offset` names a number"),
        ("clock: {event: SET, offset: off}", "field 'off' is in min; `offset` names one in seconds"),
        ("clock: {event: SET, offset: ok, tolerance: -1}", "`tolerance` is below zero"),
        ("clock: {event: SET, offset: ok, tolerance: $none}", "unknown parameter 'none'"),
    ],
)
def test_mistakes_in_the_sections(section: str, problem: str) -> None:
    text = (
        'rulebook: {id: t, version: "1", title: T}\nevents: {CORRECTION: {corrects: text, fields: mapping}, '
        f"SET: {{off: {{type: number, unit: min}}, ok: number}}}}\n{section}\n"
    )
    with pytest.raises(RulebookError) as caught:
        small.parse_rulebook(text)
    assert any(problem in one.message for one in caught.value.problems)
    assert all(one.location is not None and one.location.line == 3 for one in caught.value.problems)
