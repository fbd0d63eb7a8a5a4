"""What is told of a log from which records are missing is true of the complete one, or open: for every kind.

`damage` draws complete logs and hides records of them, `truth` says what they come to.
The faults that it must find are in `benchmarks/soundness.py`.
"""

import random
from typing import get_args

import damage
import pytest
import small

from checker.limits import using
from checker.logs import from_dicts
from checker.measure import Measure

LOGS = 40
"""How many seeds each of the parts below tries."""


@pytest.mark.parametrize("part", range(25))
def test_nothing_told_of_a_damaged_log_contradicts_the_complete_one(part: int) -> None:
    judged = 0
    for seed in range(part * LOGS, (part + 1) * LOGS):
        found = damage.sample(seed)
        if found is not None:
            judged += 1
            assert found.wrong == [], f"seed {seed}"
    assert judged > LOGS // 2


@pytest.mark.parametrize("part", range(3))
def test_nor_does_what_is_told_of_gaps_that_are_taken_as_one(part: int) -> None:
    judged = 0
    with using(gaps=1, hidden_records=1):
        for seed in range(part * LOGS, (part + 1) * LOGS):
            found = damage.sample(seed, 4)
            if found is not None and any(gap.places > 1 for gap in found.damaged.trace.gaps):
                judged += 1
                assert found.wrong == [], f"seed {seed}"
    assert judged > 2


def test_every_kind_is_asked_of_damaged_logs() -> None:
    from checker.kinds import KINDS

    asked = {kind.split()[1].rstrip(",") for kind in damage.KINDS}
    assert asked == set(KINDS)


def test_every_measure_is_asked_of_damaged_logs() -> None:
    rules = [r for c in damage.books()[0].constraints for clause in c.clauses for r in clause.rules]
    assert {type(rule.measure) for rule in rules} == set(get_args(Measure))


def test_damage_is_noticed_and_leads_to_all_verdicts() -> None:
    seen: dict[str, set[str]] = {}
    for seed in range(60):
        found = damage.sample(seed)
        if found is not None:
            whole, left = damage.verdicts(found.whole), damage.verdicts(found.damaged)
            for name, verdict in left.items():
                seen.setdefault(str(whole[name]), set()).add(str(verdict))
    assert {"violated", "inconclusive"} <= seen["violated"]
    assert {"satisfied", "inconclusive"} <= seen["satisfied"]


COMPOSED = """
{kind: total, of: x, since: {of: {not: x}, lasting: {at_least: 2 s}}, at_most: $c}
{kind: total, of: x, since: y, at_most: $c}
{kind: total, of: x, in: $d, since: y, at_most: $b}
{kind: count, event: T, since: x, at_most: $a}
{kind: count, event: T, during: x, at_most: $a}
{kind: count, event: T, during: y, in: $d, at_most: 1}
{kind: total, of: x, each: day, periods: 2, at_most: $c}
{kind: never, event: T, during: {of: x, lasting: {more_than: 2 s}}}
{kind: during, event: T, inside: {of: x, lasting: {at_least: 2 s}}}
{kind: duration, of: {of: x, total: {of: y, at_least: 1 s}}, at_most: $c}
{kind: count, of: {of: x, lasting: {at_most: 2 s}}, at_most: 1}
{kind: never, event: T, during: {end_of: x, lasts: 2 s}}
{kind: during, event: T, inside: {start_of: x, lasts: 3 s}}
{kind: duration, of: {of: x, begun_in: y}, at_most: $b}
{kind: never, event: T, during: {of: x, begun_in: y}}
{kind: duration, of: {from: X_ON, until: Y_ON, repeat: switches}, at_most: $c}
{kind: during, event: X_ON, inside: {from: {type: T, n: {at_least: 2}}, until: T, repeat: switches}}
{kind: during, of: x, inside: {from: {type: T, n: {at_least: 2}}, until: T, repeat: switches}}
{kind: never, event: N, during: {from: {type: T, n: {at_least: 2}}, until: T, repeat: switches}}
{kind: never, event: T, during: {from: X_ON, until: none}}
{kind: during, event: T, inside: {from: X_ON, until: none}}
{kind: followed_by, event: T, by: N, within: 1 d, from_end_of: day}
{kind: preceded_by, event: T, by: N, at_least: 0 s, from_start_of: day}
{kind: time_before, event: T, spent: {of: x, lasting: {at_least: 1 s}}, in: $d, at_least: $b}
""".strip().splitlines()
"""What is made of intervals and of windows that start anew: too much for the naive judge, so that what the program says
of the complete log counts as true."""


@pytest.mark.parametrize("part", range(4))
def test_what_is_told_of_composed_intervals_holds_of_the_complete_log(part: int) -> None:
    books = [damage.rulebook(settings, COMPOSED) for settings in damage.SETTINGS]
    tried = 0
    for seed in (*range(part * 50, part * 50 + 50), *((1274, 1796) if part == 0 else ())):
        chance = random.Random(f"new {seed}")
        book, rows = chance.choice(books), damage.complete(chance)
        left = damage.hide(chance, rows)
        damaged = damage.judge(left, book)
        if not damage.shows(damaged, rows, left):
            continue
        tried += 1
        true, found = damage.verdicts(damage.judge(rows, book)), damage.verdicts(damaged)
        wrong = {name for name in true if damage.opposed({str(true[name])}, found[name])}
        assert not wrong, (seed, [COMPOSED[int(name.split("-")[1])] for name in wrong])
    assert tried > 20


ALONG = """
{kind: spacing, event: T, along: n, at_most: $a}
{kind: spacing, event: T, along: n, at_most: $a, effective: {from: 2031-01-01}}
{kind: spacing, event: {type: T, k: x}, along: n, at_most: $a}
{kind: spacing, event: {type: T, k: x}, along: n, at_least: $a}
{kind: spacing, event: {type: T, to: [p, q]}, along: n, at_most: $a}
{kind: spacing, event: T, along: n, at_most: $a, per: k}
{kind: spacing, event: T, along: n, at_least: $a, exclusive: true, effective: {until: 2031-01-01}}
""".strip().splitlines()


def test_a_number_that_is_not_shown_may_be_any() -> None:
    books = [damage.rulebook(settings, ALONG) for settings in damage.SETTINGS]
    for seed in (*range(100), 196, 473, 615, 845, 1034, 1400, 1423):
        chance = random.Random(f"along {seed}")
        book, rows = chance.choice(books), damage.complete(chance)
        left = rows if chance.random() < 0.5 else damage.hide(chance, rows)
        if left is rows or chance.random() < 0.5:
            left = damage.blur(chance, left)
        damaged = damage.judge(left, book)
        if damage.shows(damaged, rows, left):
            true, found = damage.verdicts(damage.judge(rows, book)), damage.verdicts(damaged)
            wrong = {name for name in true if damage.opposed({str(true[name])}, found[name])}
            assert not wrong, (seed, [ALONG[int(name.split("-")[1])] for name in wrong])


CHANGES = {
    "history": "complete",
    "events": {"ACTIVITY": {"activity": "text"}},
    "intervals": {
        "rest": {
            "from": {"type": "ACTIVITY", "activity": "REST"},
            "until": {"type": "ACTIVITY", "activity": {"not": "REST"}},
            "repeat": "switches",
        },
    },
    "constraint": {
        "kind": "duration",
        "of": {"not": {"of": "rest", "lasting": {"at_least": "9 h"}}},
        "at_most": "15 h",
    },
}


def test_between_two_changes_that_end_the_same_a_missing_one_may_have_begun_it() -> None:
    """Work, something that is missing, work: there may have been a rest between them."""
    rows = [
        {"source": "S", "seq": seq, "time": f"2031-02-{time}:00:00Z", "type": "ACTIVITY", "subject": "A",
         "data": {"activity": activity}}
        for seq, time, activity in [
            (1, "08T00", "REST"), (2, "10T00", "WORK"), (3, "10T12", "REST"), (4, "11T00", "WORK"), (5, "11T10", "REST"),
        ]
    ]  # fmt: skip
    found = []
    for missing in (None, 3):
        log = from_dicts([row for row in rows if row["seq"] != missing], name="changes")
        report = small.check_logs(CHANGES, [log])
        found.append(report.constraints[0].verdict)
    assert found == ["pending", "inconclusive"]  # the last rest still goes on
