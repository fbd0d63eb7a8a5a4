"""A sweep is what judging again would give: at each breakpoint, beside it, and between any two."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import HEAD, log

import checker
from checker import answers, pipeline, telling
from checker.answers import Swept
from checker.errors import UsageError
from checker.rulebook import Rulebook, parse_rulebook
from checker.sweeping import sweep
from checker.timeline import format_duration

ROOT = Path(__file__).resolve().parents[1]
S2: dict[str, Any] = {
    "observed_from": "2031-04-30T00:00:00Z", "observed_until": "2031-05-15T00:00:00Z", "position": "intermediate",
}  # fmt: skip
LOG = ROOT / "fixtures/logs/s2_violating.jsonl"
COUNTED = ("satisfied", "violated", "inconclusive", "pending", "excused")


def only(made: answers.Sweep) -> Swept:
    assert len(made.constraints) == 1
    return made.constraints[0]


def test_the_notice_period_on_s2() -> None:
    found = only(checker.sweep(LOG, "notice_period", **S2))
    assert (found.id, found.method) == ("R-02", "measured")
    assert [point.text for point in found.breakpoints] == ["48 h 10 min", "77 h 20 min", "77 h 40 min"]
    assert [point.value for point in found.breakpoints] == [173_400, 278_400, 279_600]
    assert [step.violated for step in found.steps] == [0, 1, 2, 3]
    assert [step.current for step in found.steps] == [False, True, False, False]
    turned = [(t.subject, t.at, t.below, t.above) for point in found.breakpoints for t in point.turned]
    assert turned[0] == ("BTY-A", "2031-05-03T07:10:00Z", "satisfied", "violated")


@pytest.mark.parametrize(
    ("parameter", "constraint", "points"),
    [
        ("emission_limit", "R-03", ["15 min", "30 min", "1 h 15 min"]),
        ("emission_budget", "R-04", ["30 min", "1 h 30 min"]),
        ("activations_allowed", "R-05", ["1", "2"]),
        ("cool_down", "R-06", ["6 h 15 min"]),
        ("stop_time", "C-05", ["18 min"]),
        ("storage_time", "L-01", ["35 min", "2 h 5 min", "24 h 40 min"]),
        ("access_time", "V-02", ["38 h"]),
    ],
)
def test_breakpoints_worked_out_by_hand(parameter: str, constraint: str, points: list[str]) -> None:
    made = checker.sweep(LOG, parameter, only=[constraint], **S2)
    found = only(made)
    assert [point.text for point in found.breakpoints] == points
    again = {point.text: counts(LOG, constraint, {parameter: point.text}) for point in found.breakpoints}
    assert again == {point.text: at(found, point.value) for point in found.breakpoints}


def counts(path: Path, constraint: str, parameters: Mapping[str, str]) -> tuple[int, ...]:
    row = checker.check(path, only=[constraint], parameters=parameters, **S2).constraints[0]
    return tuple(getattr(row, name) for name in COUNTED)


def at(found: Swept, value: Any) -> tuple[int, ...]:
    """What the steps say of a value."""
    fits = [
        step for step in found.steps
        if (step.from_ is None or step.from_ < value or (step.from_included and step.from_ == value))
        and (step.until is None or value < step.until or (step.until_included and step.until == value))
    ]  # fmt: skip
    assert len(fits) == 1, (value, found.steps)
    return tuple(getattr(fits[0], name) for name in COUNTED)


@pytest.mark.parametrize(
    ("parameter", "told"),
    [
        ("notice_perid", "did you mean 'notice_period'?"),
        ("emission_budget_window", "changes more than a limit"),
        ("holder", "neither a duration nor a number"),
        ("permitted_hours", "neither a duration nor a number"),
        ("clock_ahead", "changes more than a limit"),
    ],
)
def test_what_cannot_be_swept_is_told(parameter: str, told: str) -> None:
    with pytest.raises(UsageError) as wrong:
        checker.sweep(LOG, parameter, **S2)
    assert told in str(wrong.value)


def test_a_parameter_without_a_limit_here() -> None:
    with pytest.raises(UsageError, match="is `none` here"):
        checker.sweep(LOG, "notice_period", **{**S2, "position": "us-demand"})


def test_no_constraint_selected_depends_on_it() -> None:
    with pytest.raises(UsageError, match="no constraint that was selected depends on"):
        checker.sweep(LOG, "notice_period", only=["R-03"], **S2)


def test_where_records_serve_one_occasion_only_the_limit_decides_which() -> None:
    book = FORMS["lag"] + "\n    once: true"

    def load(changed: Mapping[str, str]) -> Rulebook:
        return book_of(book, next(iter(changed.values()), "5 min"))

    with pytest.raises(UsageError, match="it decides which record serves which occasion"):
        sweep([log(["2031-05-01T00:00:00Z ASK A"])], load({}), load, "p")


def test_values_given_are_judged_again() -> None:
    found = only(checker.sweep(LOG, "emission_budget_window", values=["1 d", "30 d"], **S2))
    assert (found.method, found.breakpoints) == ("points", [])
    assert [(step.text, step.satisfied, step.current) for step in found.steps] == [("1 d", 2, False), ("30 d", 2, True)]


def test_missing_records_are_judged_again() -> None:
    span = {"observed_from": "2031-06-01T00:00:00Z", "observed_until": "2031-06-15T00:00:00Z"}
    path = ROOT / "fixtures/logs/s4_incomplete_log.jsonl"
    found = only(checker.sweep(path, "emission_limit", position="intermediate", only=["R-03"], **span))
    assert found.method == "judged again"
    assert "3 h 28 min" in [point.text for point in found.breakpoints]
    for point in found.breakpoints:
        for shift in (-1, 0, 1):
            value = int(point.value or 0) + shift
            if value >= 0:
                text = format_duration(value * 1_000_000)
                row = checker.check(
                    path, position="intermediate", only=["R-03"], parameters={"emission_limit": text}, **span
                ).constraints[0]
                assert tuple(getattr(row, name) for name in COUNTED) == at(found, value)


# ---- any log ----

EVENTS = """
events:
  ON: {}
  OFF: {}
  ASK: {}
  ANSWER: {}
  READ: {value: number}
"""
FORMS = {
    "duration": "kind: duration\n    of: {from: ON, until: OFF}\n    at_most: $p",
    "shortest": "kind: duration\n    of: {from: ON, until: OFF}\n    at_least: $p",
    "lead": "kind: preceded_by\n    event: ON\n    by: ASK\n    at_least: $p",
    "lag": "kind: followed_by\n    event: ASK\n    by: ANSWER\n    within: $p",
    "spacing": "kind: spacing\n    of: {from: ON, until: OFF}\n    at_least: $p",
    "rolling": "kind: total\n    of: {from: ON, until: OFF}\n    in: 3 h\n    at_most: $p",
    "count": "kind: count\n    event: ASK\n    in: 2 h\n    at_most: $n",
    "concurrent": "kind: concurrent\n    of: {from: ON, until: OFF}\n    at_most: $n",
}


def book_of(form: str, value: str) -> Rulebook:
    head = "".join(f"    {name}: {text}\n" for name, text in HEAD.items())
    form = FORMS.get(form, form)
    name = "n" if "$n" in form else "p"
    text = (
        "rulebook: {id: small, version: '1', title: Small}\n" + EVENTS
        + f"parameters:\n  {name}: {{title: P, source: illustrative, value: {value}}}\n"
        + f"constraints:\n  -\n{head}    {form}\n"
    )  # fmt: skip
    return parse_rulebook(text)


LINES = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from(("ON", "OFF", "ASK", "ANSWER")), st.sampled_from(("A", "B"))),
    min_size=1, max_size=14,
)  # fmt: skip


def lines_of(drawn: Sequence[tuple[int, str, str]]) -> list[str]:
    stamped = [f"2031-05-01T{minute // 60:02}:{minute % 60:02}:00Z {name} {who}" for minute, name, who in drawn]
    return list(dict.fromkeys(sorted(stamped)))


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=LINES, minutes=st.integers(0, 120), more=st.lists(st.integers(0, 310), max_size=3))
def test_a_sweep_is_what_judging_again_gives(
    form: str, drawn: Sequence[tuple[int, str, str]], minutes: int, more: Sequence[int]
) -> None:
    count = "$n" in FORMS[form]
    logs = [log(lines_of(drawn))]

    def text(value: int) -> str:
        return str(value) if count else format_duration(value)

    def load(changed: Mapping[str, str]) -> Rulebook:
        return book_of(form, next(iter(changed.values()), "2" if count else f"{minutes} min"))

    made = sweep(logs, load({}), load, "n" if count else "p")
    found = only(made)
    scale = 1 if count else 1_000_000
    values = {round((point.value or 0) * scale) for point in found.breakpoints}
    values = {value + shift for value in values for shift in (-1, 0, 1)} | {
        m if count else m * 60_000_000 for m in more
    }
    for value in sorted(value for value in values if value >= 0):
        row = telling.report(pipeline.run(logs, load({"x": text(value)}))).constraints[0]
        assert tuple(getattr(row, name) for name in COUNTED) == at(found, value / scale), text(value)
