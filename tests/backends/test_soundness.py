"""What is told of a log from which records are missing is true of the complete one, or open: for every kind.

`damage` draws complete logs and hides records of them, `truth` says what they come to.
The faults that it must find are in `benchmarks/soundness.py`.
"""

from typing import get_args

import damage
import pytest

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
