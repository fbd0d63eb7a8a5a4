"""What an explanation says would have turned a verdict does turn it, and a little less does not."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import small
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from small import HEAD, log

import checker
from checker import pipeline
from checker.answers import Explanation, Occasion
from checker.errors import UsageError
from checker.explanation import explained
from checker.rulebook import Rulebook, parse_rulebook
from checker.timeline import format_instant, parse_instant

ROOT = Path(__file__).resolve().parents[1]
LOG = ROOT / "fixtures/logs/s2_violating.jsonl"
S2: dict[str, Any] = {
    "observed_from": "2031-04-30T00:00:00Z", "observed_until": "2031-05-15T00:00:00Z", "position": "intermediate",
}  # fmt: skip


def occasions(target: str, *subjects: str) -> list[Occasion]:
    return checker.explain(LOG, target, subjects=subjects, **S2).occasions


@pytest.mark.parametrize(
    ("constraint", "at", "told", "moved"),
    [
        ("R-02", "2031-05-03T07:10:00Z", "an ACTIVATION_NOTIFIED at or before 2031-04-30T07:10:00Z (23 h 50 min sooner)", 14),
        ("R-03", "2031-05-03T07:10:00Z", "a RADAR_OFF at or before 2031-05-03T08:10:00Z (15 min sooner)", 23),
        ("R-06", "2031-05-03T14:40:00Z", "a RADAR_ON at or after 2031-05-03T20:25:00Z (5 h 45 min later)", 31),
        ("C-05", "2031-05-03T15:02:00Z", "a RADAR_OFF at or before 2031-05-03T15:12:00Z (8 min sooner)", 36),
        ("L-01", "2031-05-03T14:50:00Z", "a STATE_CHANGED at or before 2031-05-04T15:20:00Z (40 min sooner)", 44),
        ("V-02", "2031-05-11T08:00:00Z", "at or before 2031-05-12T20:00:00Z (2 h sooner)", None),
    ],
)  # fmt: skip
def test_what_would_have_kept_the_limits_of_s2(constraint: str, at: str, told: str, moved: int | None) -> None:
    one = next(o for o in occasions(constraint) if o.verdict == "violated")
    assert one.flip is not None
    assert told in one.flip.text
    assert one.flip.to == "satisfied"
    if moved is not None:
        assert one.at == at
        assert one.flip.moved is not None
        assert one.flip.moved.line == moved


def test_a_satisfied_occasion_is_explained_too() -> None:
    one = next(o for o in occasions("R-03", "BTY-B"))
    assert (one.verdict, one.subject) == ("satisfied", "BTY-B")
    assert one.activation is not None
    assert (one.activation.type, one.activation.line) == ("RADAR_ON", 32)
    assert "RADAR_ON at 2031-05-03T14:50:00Z" in one.steps[0]
    assert one.steps[0].endswith("30 min")
    assert (one.measured_text, one.limit_text, one.margin_text) == ("30 min", "at most 1 h", "30 min")
    assert one.flip is not None
    assert "after 2031-05-03T15:50:00Z (more than 30 min later)" in one.flip.text


def test_every_occasion_of_every_constraint_agrees_with_the_report() -> None:
    """Whatever the report lists is explained with the same numbers, for every constraint."""
    report = checker.check(LOG, all_findings=True, **S2)
    found = {finding.id: finding for finding in report.findings}
    check = checker._judged(LOG, None, every=True, **S2)
    seen = set()
    for constraint in check.rulebook.constraints:
        for one in explained(check, constraint.id).occasions:
            finding = found[one.id]
            seen.add(one.id)
            assert (one.verdict, one.measured, one.limit, one.margin, one.witnesses) == (
                finding.verdict, finding.measured, finding.limit, finding.margin, finding.witnesses,
            )  # fmt: skip
    assert seen == set(found)


def test_assets_and_ids_that_there_are_not() -> None:
    with pytest.raises(UsageError, match="did you mean 'BTY-B'"):
        occasions("R-03", "BTY-X")
    with pytest.raises(UsageError, match="did you mean 'R-03'"):
        occasions("R-033")


def test_an_explanation_fits_its_schema() -> None:
    import jsonschema

    made = checker.explain(LOG, "R-04", **S2).to_dict()
    jsonschema.validate(json.loads(json.dumps(made)), Explanation.schema())


# ---- any log: the change is made to the log ----

FORMS = {
    "duration": "kind: duration\n    of: {from: ON, until: OFF}\n    at_most: 40 min",
    "shortest": "kind: duration\n    of: {from: ON, until: OFF}\n    at_least: 40 min",
    "short of": "kind: duration\n    of: {from: ON, until: OFF}\n    at_most: 40 min\n    exclusive: true",
    "lead": "kind: preceded_by\n    event: ON\n    by: ASK\n    at_least: 40 min",
    "lag": "kind: followed_by\n    event: ASK\n    by: ANSWER\n    within: 40 min",
    "spacing": "kind: spacing\n    of: {from: ON, until: OFF}\n    at_least: 40 min",
}
START = datetime(2031, 5, 1, tzinfo=UTC)
SPAN = (parse_instant("2031-04-30T00:00:00Z")[0], parse_instant("2031-05-03T00:00:00Z")[0])


def book_of(form: str) -> Rulebook:
    head = "".join(f"    {name}: {text}\n" for name, text in HEAD.items())
    return parse_rulebook(
        "rulebook: {id: small, version: '1', title: Small, history: complete}\nevents: {ON: {}, OFF: {}, ASK: {}, ANSWER: {}}\n"
        f"constraints:\n  -\n{head}    {FORMS[form]}\n"
    )


BOOKS = {form: book_of(form) for form in FORMS}


def explained_on(form: str, lines: list[str]) -> list[Occasion]:
    return explained(
        pipeline.run([log(lines)], BOOKS[form], observed_from=SPAN[0], observed_until=SPAN[1]), "C-1"
    ).occasions


def verdict_of(form: str, lines: list[str], cause: tuple[str, str] | None) -> str | None:
    """What comes of the occasion that this record raised; None if no such occasion is there now."""
    for one in explained_on(form, lines):
        if one.activation is not None and (one.activation.type, one.activation.time) == cause:
            return one.verdict
    return None


@pytest.mark.parametrize("form", FORMS)
@example([(0, "ON"), (1, "OFF"), (40, "ON")], 0)  # what would close it later comes after the next opening
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    drawn=st.lists(
        st.tuples(st.integers(0, 200), st.sampled_from(("ON", "OFF", "ASK", "ANSWER"))), min_size=2, max_size=6,
        unique_by=lambda one: one[0],
    ),
    pick=st.integers(0, 5),
)  # fmt: skip
def test_the_smallest_change_turns_the_verdict(form: str, drawn: list[tuple[int, str]], pick: int) -> None:
    alternating = form not in ("lead", "lag")
    names = [("ON", "OFF")[at % 2] if alternating else name for at, (_, name) in enumerate(sorted(drawn))]
    lines = [
        f"{format_instant(micros(minute))} {name} A" for (minute, _), name in zip(sorted(drawn), names, strict=True)
    ]
    found = [one for one in explained_on(form, lines) if one.flip is not None and one.flip.at is not None]
    assume(found)
    one = found[pick % len(found)]
    flip = one.flip
    assert flip is not None
    assert flip.at is not None
    assert one.activation is not None
    moved = flip.moved
    cause = (one.activation.type, one.activation.time)
    at = parse_instant(flip.at)[0]
    beyond = {"at or before": 0, "at or after": 0, "before": -1, "after": 1}[flip.side or ""]
    back = 1 if flip.side in ("at or before", "before") else -1  # towards where it was

    def changed(to: int) -> list[str]:
        rest = [line for at_, line in enumerate(lines, 1) if moved is None or at_ != moved.line]
        if one.verdict == "satisfied" and moved is not None:  # no other may serve in its place
            rest = [line for line in rest if line.split()[1] != moved.type or form not in ("lead", "lag")]
        name = moved.type if moved is not None else {"lead": "ASK", "lag": "ANSWER"}.get(form, "OFF")
        return sorted([*rest, f"{format_instant(to)} {name} A"], key=lambda line: parse_instant(line.split()[0]))

    for to in (at + beyond, at + beyond + back):  # what opened and closed what stays so
        assume(not alternating or [line.split()[1] for line in changed(to)][: len(names)] == names)
    if form == "spacing":  # the record that moves is the cause
        assert moved is not None
        assert verdict_of(form, changed(at + beyond), (moved.type, format_instant(at + beyond))) == flip.to
        assert (
            verdict_of(form, changed(at + beyond + back), (moved.type, format_instant(at + beyond + back)))
            == one.verdict
        )
        return
    assert verdict_of(form, changed(at + beyond), cause) == flip.to
    if moved is not None:
        assert verdict_of(form, changed(at + beyond + back), cause) == one.verdict


def micros(minute: int) -> int:
    return round((START + timedelta(minutes=minute)).timestamp() * 1_000_000)


DAYS = (
    "03-01T00:00 OFF D",
    "03-01T12:00 ON D",
    "03-02T03:01 OFF D",
    "03-02T14:00 ON D",
    "03-02T16:00 OFF D",
    "03-02T20:00 ON D",
)


def told_of(constraint: str) -> Explanation:
    given = small.read(
        "events: {OFF: {}, ON: {}}\nintervals: {rest: {from: OFF, until: ON}}\nconstraint: " + constraint
    )
    lines = [f"2031-{line.replace(' ', ':00Z ', 1)}" for line in DAYS]
    return explained(pipeline.run([log(lines)], small.rulebook(given)), "C-1")


@pytest.mark.parametrize("spell", ["{not: rest}", "{not: {of: rest, lasting: {at_least: 3 h}}}"])
def test_what_begins_where_something_else_ends_is_told_from_there(spell: str) -> None:
    first, second, third = told_of(f"{{kind: duration, of: {spell}, at_most: 15 h}}").occasions
    begun = "from ON at 2031-03-01T12:00:00Z (log:2)"
    assert first.steps == [f"{begun} to OFF at 2031-03-02T03:01:00Z (log:3): 15 h 1 min"]
    assert second.steps[0].startswith("from ON at 2031-03-02T14:00:00Z (log:4) to OFF at 2031-03-02T16:00:00Z")
    assert third.steps == ["from ON at 2031-03-02T20:00:00Z (log:6) to its end: at least 0 s"]


def test_an_end_without_its_beginning_is_told_as_such() -> None:
    made = told_of("{kind: duration, of: {from: ON, until: OFF}, at_most: 15 h}").occasions
    assert made[0].steps[0].startswith("from a beginning that no record shows to OFF at 2031-03-01T00:00:00Z")


def test_a_total_that_starts_anew_says_since_what() -> None:
    made = told_of(
        "{kind: total, of: {from: ON, until: OFF}, since: {of: rest, lasting: {at_least: 9 h}}, at_most: 15 h}"
    )
    assert any("since the last `rest` that lasts at least 9 h" in step for one in made.occasions for step in one.steps)


def test_a_state_that_no_record_shows_says_so_and_what_would_show_it() -> None:
    given = small.read("events: {OFF: {}, ON: {}}\nconstraint: {kind: state_on, event: ON, require: {subject: D}}")
    made = explained(pipeline.run([log(["2031-03-01T00:00:00Z OFF D"])], small.rulebook(given)), "C-1")
    (one,) = made.occasions
    assert one.lines == [
        "No record shows the state as of 2031-03-01T00:00:00Z. "
        "The records leave open whether the limit was kept (no record says it)."
    ]
    assert one.evidence == "an ON at or before 2031-03-01T00:00:00Z"
