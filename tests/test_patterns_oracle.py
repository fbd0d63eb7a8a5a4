"""The patterns with scopes against a brute-force reading of them: short random logs, several records of one instant.

The reading says of a log whether the pattern holds if observation never went on, and knows nothing of intervals: it
looks at every scope and every record. Each case is an asset of one log, so that a run judges many at once.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import small
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_patterns import GIVEN, PATTERNS

from checker.backends import BACKENDS
from checker.timeline import merge

Log = list[tuple[str, int]]
FAR = 10**6


def times(log: Log, name: str) -> list[int]:
    return sorted(at for kind, at in log if kind == name)


def scopes(log: Log, scope: str) -> Iterator[tuple[int, int]]:
    """From the first instant that belongs to it to the first that no longer does."""
    qs, rs = times(log, "Q"), times(log, "R")
    if scope == "globally":
        yield 0, FAR
    elif scope == "before R":
        yield from [(0, rs[0])] if rs else []
    elif scope == "after Q":
        yield from [(qs[0], FAR)] if qs else []
    else:
        for q in qs:
            end = next((r for r in rs if r > q), None)
            if end is not None or scope == "after Q until R":
                yield q, FAR if end is None else end


def absence(log: Log, scope: str) -> bool:
    return not any(low <= p < high for low, high in scopes(log, scope) for p in times(log, "P"))


def universality(log: Log, scope: str) -> bool:
    return not any(low <= p < high for low, high in scopes(log, scope) for p in times(log, "P!"))


def existence(log: Log, scope: str) -> bool:
    """A P at the instant of the R still counts, as an answer does; of the Q, too."""
    ps = times(log, "P")
    if scope in ("between Q and R", "after Q until R"):
        return all(_answered(low, ps, times(log, "R"), scope) for low, _ in scopes(log, scope))
    return all(any(low <= p <= high for p in ps) for low, high in scopes(log, scope))


def bounded(log: Log, scope: str) -> bool:
    spans = merge(scopes(log, scope))  # two that touch are one: nothing lies between them
    return all(sum(low <= p < high for p in times(log, "P")) <= 2 for low, high in spans)


def precedence(log: Log, scope: str) -> bool:
    strict = scope in ("between Q and R", "after Q until R")  # a cause at the instant of the Q itself does not count
    for low, high in scopes(log, scope):
        causes = [s for s in times(log, "S") if (low < s if strict else low <= s)]
        if any(low <= p < high and not any(s <= p for s in causes) for p in times(log, "P")):
            return False
    return True


def response(log: Log, scope: str) -> bool:
    answers, ends = times(log, "S"), times(log, "R") if "R" in scope else []
    if scope == "before R" and not ends:
        return True
    asked = [p for low, high in scopes(log, scope) for p in times(log, "P") if low <= p < high]
    return all(_answered(p, answers, ends, "after Q until R") for p in asked)


def _answered(at: int, answers: list[int], ends: list[int], scope: str) -> bool:
    """Whether something comes from an instant on, and no later than the first end, which may be of that instant."""
    end = next((r for r in ends if r >= at), None)
    if end is None and scope == "between Q and R":
        return True
    return any(at <= s and (end is None or s <= end) for s in answers)


READINGS: dict[str, Callable[[Log, str], bool]] = {
    "Absence": absence, "Universality": universality, "Existence": existence, "Bounded existence": bounded,
    "Precedence": precedence, "Response": response,
}  # fmt: skip
SHOWN = [
    one for one in PATTERNS
    if one["family"] == "Dwyer" and str(one["name"]) in READINGS
    and (one["name"], one["scope"]) != ("Existence", "globally")  # that is asked of a log, and not of each asset
]  # fmt: skip
CASES = 60


def drawn(seed: int) -> dict[str, Log]:
    """Some cases of few records within few minutes, so that records of one instant are common."""
    chance = random.Random(seed)
    kinds = ["P", "P", "P!", "Q", "R", "S"]
    return {
        f"C{n}": sorted({(chance.choice(kinds), chance.randint(1, 7)) for _ in range(chance.randint(1, 12))})
        for n in range(CASES)
    }


def broken(one: Any, cases: dict[str, Log], backend: str) -> dict[str, set[str]]:
    lines = sorted(
        f"2031-05-01T08:{at:02d}:00Z {kind[0]} {case}"
        + (f" ok={str(kind == 'P').lower()}" if kind[0] == "P" else "")
        for case, log in cases.items() for kind, at in log
    )  # fmt: skip
    book = {**GIVEN, "constraint": one["constraint"]}
    book["observed"] = {"from": "2031-05-01T08:00:00Z", "until": "2031-05-01T08:09:00Z"}
    found: dict[str, set[str]] = {}
    for finding in small.check(book, lines, backend=backend).findings:
        if str(finding.verdict) != "satisfied":
            found.setdefault(finding.subject or "", set()).add(str(finding.verdict))
    return found


@pytest.mark.parametrize("one", SHOWN, ids=lambda one: f"{one['name']}, {one['scope']}")
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_a_pattern_means_what_it_says(one: Any, seed: int) -> None:
    cases = drawn(seed)
    name, scope = str(one["name"]), str(one["scope"])
    for backend in BACKENDS:
        told = broken(one, cases, backend)
        for case, log in cases.items():
            plain = log if name == "Universality" else [(kind[0], at) for kind, at in log]
            kept = READINGS[name](plain, scope)
            verdicts = told.get(case, set())
            assert verdicts <= {"violated", "pending"}, (case, log)
            assert kept == (not verdicts), (backend, sorted(log, key=lambda record: record[1]), verdicts)
