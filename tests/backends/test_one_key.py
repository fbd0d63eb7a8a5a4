"""Short logs of one asset with records hidden: whatever is told of intervals must be true of the complete log.

Other random logs (`damage.py`) have many assets, keys and sources, so that a gap leaves something of another key open
nearly always, and a mistake about one key does not show in the verdict. Here nothing else can hide it.
"""

import random
from functools import cache
from typing import Any

import damage
import pytest

from checker import pipeline
from checker.logs import from_dicts
from checker.rulebook import Rulebook, parse_rulebook

HEAD = """
rulebook: {id: one-key, version: "1", title: One asset}
events: {"ON": {}, "OFF": {}, T: {}, B: {}}
gaps: {about: assets_shown}
intervals:
  x: {from: "ON", until: "OFF", repeat: REPEAT}
constraints:
"""
KINDS = """
{kind: duration, of: x, at_most: 3 s}
{kind: duration, of: x, at_least: 2 s}
{kind: duration, of: {not: x}, at_most: 3 s}
{kind: duration, of: {not: x}, at_least: 2 s}
{kind: total, of: x, in: 6 s, at_most: 3 s}
{kind: total, of: x, at_most: 5 s}
{kind: total, of: x, at_least: 3 s}
{kind: total, of: {not: x}, in: 5 s, at_most: 4 s}
{kind: count, of: x, in: 8 s, at_most: 1}
{kind: count, of: x, at_least: 2}
{kind: never, event: T, during: x}
{kind: during, event: T, inside: x}
{kind: spacing, of: x, at_least: 2 s}
{kind: spacing, of: x, at_most: 4 s}
{kind: total, of: x, since: {of: {not: x}, lasting: {at_least: 2 s}}, at_most: 3 s}
{kind: duration, of: {of: x, lasting: {at_least: 2 s}}, at_most: 4 s}
{kind: count, of: {of: x, lasting: {at_most: 2 s}}, at_most: 1}
{kind: count, of: {of: {not: x}, lasting: {at_least: 2 s}}, at_least: 1}
{kind: never, event: T, during: {end_of: x, lasts: 2 s}}
{kind: followed_by, of: x, by: T, within: 2 s}
{kind: preceded_by, of: x, by: T, at_most: 2 s}
{kind: concurrent, of: x, at_most: 0}
{kind: time_before, event: T, spent: x, in: 5 s, at_least: 2 s}
{kind: time_before, event: T, spent: {not: x}, in: 5 s, at_least: 2 s}
{kind: count, of: {of: {not: {of: {not: x}, lasting: {at_least: 3 s}}}, total: {of: x, more_than: 2 s}}, at_most: 1}
{kind: count, of: {of: {not: {of: {not: x}, lasting: {at_least: 3 s}}}, total: {of: x, more_than: 2 s}}, at_least: 1}
{kind: duration, of: {not: {of: {not: x}, lasting: {at_least: 2 s}}}, at_most: 5 s}
""".strip().splitlines()


@cache
def book(repeat: str) -> Rulebook:
    common = "title: A limit, text: The limit is kept., group: test, severity: major, source: made up, "
    constraints = "\n".join(f"  - {{id: C-{n}, {common}{kind[1:]}" for n, kind in enumerate(KINDS))
    return parse_rulebook(HEAD.replace("REPEAT", repeat) + constraints)


def drawn(chance: random.Random, repeat: str) -> tuple[list[dict[str, Any]], set[int]]:
    """A complete log of a dozen seconds, and which of its records are hidden: never the first or the last."""
    types, going_on = [], False
    for _ in range(chance.randint(3, 8)):
        if chance.random() < 0.25:
            types.append("T")
        elif repeat == "restarts":
            types.append("OFF" if going_on else "ON")
            going_on = not going_on
        else:
            types.append(chance.choice(["ON", "OFF"]))
    # openings are confirmed by others only in an order that times tell
    same = chance.random() < 0.2 and repeat != "continues"
    halves = sorted(chance.randint(1, 12) for _ in types) if same else sorted(chance.sample(range(1, 24), len(types)))
    seconds = [0, *(half / 2 for half in halves), 13]
    rows = [
        {
            "time": f"2031-01-01T00:00:{second:06.3f}Z",
            "type": name,
            "id": f"r{n}",
            "seq": n,
            "source": "p",
            "subject": "D",
        }
        for n, (name, second) in enumerate(zip(["B", *types, "B"], seconds, strict=True))
    ]
    many = chance.randint(1, min(3, len(types)))
    first = chance.randint(1, len(types) + 1 - many)
    alone = chance.sample(range(1, len(types) + 1), many)
    return rows, set(range(first, first + many) if chance.random() < 0.5 else alone)


@pytest.mark.parametrize("repeat", ["restarts", "continues", "switches"])
@pytest.mark.parametrize("part", range(2))
def test_what_is_told_with_records_hidden_is_true_of_the_complete_log(repeat: str, part: int) -> None:
    for seed in range(part * 40, part * 40 + 40):
        rows, hidden = drawn(random.Random(f"{repeat} {seed}"), repeat)
        left = [row for n, row in enumerate(rows) if n not in hidden]
        true, told = (damage.verdicts(pipeline.run([from_dicts(log)], book(repeat))) for log in (rows, left))
        wrong = [KINDS[int(name[2:])] for name in true if damage.opposed({str(true[name])}, told[name])]
        assert not wrong, (repeat, seed)


CHANGES = """
rulebook: {id: changes, version: "1", title: Changes of activity}
events: {ACTIVITY: {activity: text}}
gaps: {about: assets_shown}
intervals:
  driving: {from: {type: ACTIVITY, activity: D}, until: {type: ACTIVITY, activity: {not: D}}, repeat: switches}
  rest: {from: {type: ACTIVITY, activity: R}, until: {type: ACTIVITY, activity: {not: R}}, repeat: switches}
  break: {of: rest, lasting: {at_least: 45 min}}
constraints:
  - {id: T, title: t, text: t, group: g, severity: minor, source: s, kind: total, of: driving, since: break, at_most: 5 h}
  - {id: L, title: t, text: t, group: g, severity: minor, source: s, kind: duration, of: {not: break}, at_most: 6 h}
  - id: N
    title: t
    text: t
    group: g
    severity: minor
    source: s
    kind: count
    of: {of: {not: break}, total: {of: driving, more_than: 4 h 30 min}}
    at_most: 1
"""


def changes(*rows: tuple[str, int, str]) -> pipeline.Check:
    made = [
        {"time": f"2031-03-{time}:00Z", "type": "ACTIVITY", "subject": "D", "source": "VU", "seq": seq,
         "data": {"activity": activity}} for time, seq, activity in rows
    ]  # fmt: skip
    return pipeline.run([from_dicts(made)], parse_rulebook(CHANGES))


def test_a_rest_that_a_record_confirms_after_a_gap_is_one_from_then_on() -> None:
    """Whatever is missing between 14:00 and 15:00, from 15:00 on it is a rest of eight hours."""
    check = changes(
        ("01T00:00", 1, "R"), ("01T10:00", 2, "D"), ("01T14:00", 3, "R"), ("01T15:00", 5, "R"), ("01T23:00", 6, "D"),
        ("02T03:00", 7, "R"), ("02T10:00", 8, "R"),
    )  # fmt: skip
    assert damage.verdicts(check) == {"T": "satisfied", "L": "satisfied", "N": "satisfied"}
    (counted,) = [judged.obligation.measured for judged in check.judged if judged.constraint.id == "N"]
    assert counted is not None
    assert (counted.low, counted.high) == (0, 1)  # half an hour more of driving makes one of the two long


LAST = """
rulebook: {id: last, version: "1", title: The last instant}
events: {"ON": {}, "OFF": {}, T: {}}
intervals:
  x: {from: "ON", until: "OFF"}
constraints:
  - {id: I, title: t, text: t, group: g, severity: minor, source: s, kind: during, event: T, inside: x}
  - {id: L, title: t, text: t, group: g, severity: minor, source: s, kind: duration, of: x, at_least: 1 s}
"""


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_what_begins_as_observation_ends_may_have_lasted_no_time_where_records_are_missing(gone: int) -> None:
    """It ended at once if what is missing opens nothing: nothing lies inside, and it was too short."""
    rows = [(0, "ON", "p", 1), (5, "OFF", "p", 2), (10, "ON", "p", 3), (10, "T", "q", 1), (10, "OFF", "p", 4 + gone)]
    made = [
        {"time": f"2031-03-01T00:00:{at:02}Z", "type": name, "subject": "A", "source": source, "seq": seq}
        for at, name, source, seq in rows
    ]
    check = pipeline.run([from_dicts(made)], parse_rulebook(LAST))
    shown = [
        judged
        for judged in check.judged
        if not judged.obligation.hidden and judged.obligation.at == check.trace.observed_until
    ]
    told = {(judged.constraint.id, str(judged.obligation.verdict)) for judged in shown}
    assert told == {(name, "inconclusive" if gone else "violated") for name in "IL"}


def test_switches_at_one_instant_are_taken_by_their_numbers() -> None:
    """A rest that lasted no time interrupts nothing: the truth is 6 h, and not 4 h and a rest of two."""
    check = changes(("01T08:00", 1, "D"), ("01T12:00", 2, "R"), ("01T12:00", 3, "D"), ("01T14:00", 4, "R"))
    assert damage.verdicts(check)["T"] == "violated"
