"""The program and an independent, naive judge agree on logs that lack nothing: on every constraint of `damage`."""

import random

import damage
import pytest

LOGS = 13
"""How many logs each of the parts below tries."""


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("part", range(12))
def test_the_program_agrees_with_the_truth_on_complete_logs(part: int, size: int) -> None:
    for seed in range(part * LOGS, (part + 1) * LOGS):
        chance = random.Random(f"{size} {seed}")
        book = chance.choice(damage.books())
        rows = damage.complete(chance, size)
        told = {name: {str(verdict)} for name, verdict in damage.verdicts(damage.judge(rows, book)).items()}
        assert told == damage.true_of(rows, book), f"seed {seed}"


@pytest.mark.parametrize("part", range(4))
def test_what_is_told_of_records_that_are_not_genuine_holds_with_or_without_them(part: int) -> None:
    for seed in range(part * LOGS, (part + 1) * LOGS):
        chance = random.Random(f"doubtful {seed}")
        book = chance.choice(damage.books())
        rows = damage.doubt(chance, damage.complete(chance))
        assert damage.untrue(damage.true_of(rows, book), damage.judge(rows, book)) == [], f"seed {seed}"


def test_the_logs_lead_to_more_than_one_verdict_on_every_constraint() -> None:
    seen: dict[str, set[str]] = {f"C-{n}": set() for n in range(len(damage.KINDS))}
    for seed in range(150):
        chance = random.Random(seed)
        book = chance.choice(damage.books())
        for name, verdicts in damage.true_of(damage.complete(chance), book).items():
            seen[name] |= verdicts
    alike = {damage.KINDS[int(name[2:])]: verdicts for name, verdicts in seen.items() if len(verdicts) < 2}
    assert alike == {}
