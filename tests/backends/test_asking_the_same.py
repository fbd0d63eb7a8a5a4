"""Constraints that ask the very same are judged once and told each under its own name; those that do not, are not."""

from dataclasses import replace

import pytest
import twice
from hypothesis import given
from hypothesis import strategies as st

from checker import needed, pipeline
from checker.backends.screening import Screening, of_trace
from checker.bounds import INFINITY, Bounds, Number, minus
from checker.constraint import Constraint
from checker.logs import from_dicts
from checker.measure import Limit, Rule
from checker.obligation import Verdict, decide


def _again(constraint: Constraint, at: int) -> Constraint:
    """The same under another name, or (every other one) with another limit, as rules of its own."""

    def made(rule: Rule) -> Rule:
        limit = rule.limit
        if at % 2 and limit.at_most is not None and limit.at_most != INFINITY:
            limit = limit._replace(at_most=limit.at_most + 1)
        return rule._replace(limit=limit)

    clauses = tuple(clause._replace(rules=tuple(map(made, clause.rules))) for clause in constraint.clauses)
    return constraint._replace(id=f"{constraint.id}-{at}", clauses=clauses)


@pytest.mark.parametrize("seed", range(4))
def test_what_many_constraints_ask_is_told_as_the_reference_backend_tells_it(seed: int) -> None:
    rows, rulebook, span = (twice.sample, twice.lacking)[seed % 2](seed)
    again = (_again(one, at) for at in range(2) for one in rulebook.constraints)
    many = replace(rulebook, constraints=(*rulebook.constraints, *again), waivers=())
    expected, found = (twice.told(rows, many, span, name) for name in ("reference", "columnar"))
    assert found == expected


def test_the_same_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[Rule] = []
    parts = Screening._parts
    monkeypatch.setattr(Screening, "_parts", lambda self, rule, made: judged.append(rule) or parts(self, rule, made))
    rows, rulebook, _ = twice.sparing(1)
    once = rulebook.constraints
    more = tuple(_again(one, at) for at in (0, 2) for one in once)
    for constraints in (once, once + more):
        pipeline.run([from_dicts(rows)], replace(rulebook, constraints=constraints), backend="columnar", every=False)
    assert len(judged) == 2 * len({repr(rule) for rule in judged})


def test_the_same_is_told_part_by_part_too() -> None:
    rows, rulebook, _ = twice.sparing(1)
    again = tuple(_again(one, 0) for one in rulebook.constraints)
    rules = [needed.rules_of(replace(rulebook, constraints=some)) for some in (rulebook.constraints, again)]
    backend = of_trace(rules[0])(pipeline.run([from_dicts(rows)], rulebook).trace)
    counted = 0
    for one, other in zip(*rules, strict=True):
        told = [
            ([(o.occasion, o.at, o.verdict, o.measured) for found, _ in parts for o in found], parts[-1][1])
            for parts in (list(backend.parts(one)), list(backend.parts(other)))
        ]
        assert one is not other
        assert told[0] == told[1]
        counted += len(told[0][0]) + (told[0][1] is not None)
    assert counted


NUMBERS = st.integers(-4, 4) | st.integers(-4, 4).map(lambda n: INFINITY.__class__(n) / 2) | st.sampled_from(
    [INFINITY, -INFINITY]
)  # fmt: skip


@given(
    st.tuples(NUMBERS, NUMBERS), st.none() | NUMBERS, st.none() | NUMBERS, st.booleans(), st.booleans(), st.booleans()
)
def test_a_limit_is_kept_where_all_that_may_be_keeps_it(
    ends: tuple[Number, Number], at_least: Number | None, at_most: Number | None, exclusive: bool, open_until: bool,
    certain: bool,
) -> None:  # fmt: skip
    if (at_least is None and at_most is None) or at_most == -INFINITY or at_least in (INFINITY, -INFINITY):
        return
    measured = Bounds(min(ends), max(ends))
    margins = []  # of each side the least and the greatest
    if at_most is not None:
        endless = at_most == INFINITY
        margins.append([
            (-INFINITY if one == INFINITY else INFINITY) if endless else minus(at_most, one)
            for one in (measured.high, measured.low)
        ])  # fmt: skip
    if at_least is not None:
        margins.append([minus(one, at_least) for one in (measured.low, measured.high)])
    broken = [[side < 0 or (exclusive and side == 0) for side in both] for both in margins]
    decision = decide(measured, Limit(at_least, at_most, exclusive), open_until, certain)
    if certain and any(greatest for _, greatest in broken):
        assert decision.verdict is Verdict.VIOLATED
        assert decision.margin.high == min(greatest for _, greatest in margins)
    elif not any(least for least, _ in broken):
        assert decision.verdict is Verdict.SATISFIED
        assert decision.margin.low == min(least for least, _ in margins)
    else:
        assert decision.verdict is (Verdict.PENDING if open_until and certain else Verdict.INCONCLUSIVE)
        assert decision.margin.low == min(least for least, _ in margins)
    assert decision.limit in (at_least, at_most)
