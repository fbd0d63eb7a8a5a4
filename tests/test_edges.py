"""Logs of which the first or the last record has no exact time: what rests on how long they were observed."""

from functools import cache
from typing import Any

import pytest
import small
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checker.backends import BACKENDS

HEAD = """
events: {T: {}, N: {}, X_ON: {}, X_OFF: {}, STATUS: {}}
intervals: {x: {from: X_ON, until: X_OFF}, long: {of: x, lasting: {at_least: 6 h}}}
history: %s
constraint: %s
"""
RULES = {
    "silence": "{kind: spacing, event: T, at_most: 6 h}",
    "too few": "{kind: count, event: T, in: 6 h, at_least: 1, per: subject}",
    "too many": "{kind: count, event: T, in: 12 h, at_most: 1, per: subject}",
    "lasts": "{kind: duration, of: x, at_most: 6 h}",
    "lasts not": "{kind: duration, of: {not: x}, at_most: 6 h}",
    "lasts enough": "{kind: duration, of: x, at_least: 6 h}",
    "answered": "{kind: followed_by, event: T, by: N, same: subject, within: 6 h}",
    "announced": "{kind: preceded_by, event: N, by: T, same: subject, at_most: 6 h}",
    "never": "{kind: never, event: N}",
    "in all": "{kind: total, of: x, in: 24 h, at_most: 6 h, per: subject}",
    "enough": "{kind: total, of: x, in: 12 h, at_least: 2 h, per: subject}",
    "one": "{kind: concurrent, of: x, at_least: 1, per: subject}",
    "outside": "{kind: never, event: T, during: {not: x}}",
    "after long": "{kind: never, event: T, during: long}",
}
DAY = 1440
AT = (0, 359, 720, 1199, 1439)
"""Minutes of a day at which a record of that day may have been made."""


@cache
def case(rule: str, history: str) -> Any:
    return small.read(HEAD % (history, RULES[rule]))


def verdict(rule: str, history: str, lines: list[str], backend: str = "reference") -> str:
    """What becomes of one rule on a log."""
    return str(small.check(case(rule, history), lines, backend=backend).constraints[0].verdict)


def line(kind: str, minute: int) -> str:
    """A record of a minute after 1 May."""
    day, rest = divmod(minute, DAY)
    return f"05-{1 + day:02}T{rest // 60:02}:{rest % 60:02} {kind} A"


KINDS = st.sampled_from(["T", "N", "X_ON", "X_OFF", "STATUS"])
EXACT = st.lists(
    st.tuples(KINDS, st.sampled_from(range(7, 3 * DAY, 97))), min_size=1, max_size=6, unique_by=lambda r: r[1]
)


@pytest.mark.parametrize("history", ["complete", "unknown"])
@pytest.mark.parametrize("rule", RULES)
@given(EXACT, KINDS, KINDS, st.sampled_from(["first", "last", "both"]))
@settings(max_examples=8, deadline=None)
@example([("T", 1200), ("T", 1380), ("T", 1620)], "STATUS", "STATUS", "first")
@example([("X_ON", 600), ("X_OFF", 700), ("T", 800)], "STATUS", "X_ON", "last")
@example([("T", 2900)], "STATUS", "N", "both")
@example([("X_ON", 7), ("T", 395)], "X_ON", "T", "first")
@example([("X_OFF", 7), ("T", 395)], "X_ON", "T", "first")
def test_what_is_certain_is_so_whenever_they_were(
    rule: str, history: str, exact: list[tuple[str, int]], first: str, last: str, which: str
) -> None:
    ends = [(first, 0)] * (which != "last") + [(last, 2)] * (which != "first")
    exact_lines = [line(*one) for one in exact]
    told = [
        verdict(rule, history, [*exact_lines, *(f"2031-05-{1 + day:02} {kind} A" for kind, day in ends)], b)
        for b in BACKENDS
    ]
    assert len(set(told)) == 1
    if told[0] not in ("violated", "satisfied"):
        return
    for minutes in ((AT[a], AT[b]) for a in range(len(AT)) for b in range(0, len(AT), 2) if len(ends) > 1 or b == 0):
        made = [line(kind, day * DAY + minute) for (kind, day), minute in zip(ends, minutes, strict=False)]
        world = verdict(rule, history, [*exact_lines, *made])
        allowed = ("inconclusive", told[0], *(["not_applicable"] if told[0] == "satisfied" else []))
        assert world in allowed, made  # even of exact times the records may leave open what is so
