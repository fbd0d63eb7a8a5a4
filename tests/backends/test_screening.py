"""What columns conclude is what `decide` concludes, and they conclude most of what there is to conclude."""

import json
import random
from decimal import Decimal

import damage
import numpy as np
import pytest
import small
import twice
from hypothesis import given
from hypothesis import strategies as st

from checker import pipeline, telling
from checker.backends.columnar.base import compared
from checker.backends.columnar.kept import Kept
from checker.backends.columnar.runs import Ranked, contained, expanded
from checker.backends.reference.partners import _worth
from checker.bounds import INFINITY, Bounds
from checker.logs import from_dicts
from checker.measure import Limit
from checker.obligation import Verdict, decide
from checker.render import FORMATS, Page

SIDES = st.none() | st.integers(-5, 5) | st.integers(-5, 5).map(Decimal) | st.just(INFINITY)


@given(SIDES, st.none() | st.integers(-5, 5), st.booleans(), st.lists(st.integers(-7, 7), min_size=1))
def test_a_limit_in_columns_is_the_limit_of_decide(
    at_most: int | Decimal | None, at_least: int | None, exclusive: bool, values: list[int]
) -> None:
    if at_most is None and at_least is None:
        return
    limit = Limit(at_least, at_most, exclusive)
    kept, margins = compared(limit, np.array(values))
    for at, value in enumerate(values):
        decision = decide(Bounds.exactly(value), limit)
        assert bool(kept[at]) == (decision.verdict is Verdict.SATISFIED)
        if kept[at]:
            assert (INFINITY if margins is None else int(margins[at])) == decision.margin.low


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9))), st.integers(0, 3), st.integers(-1, 10), st.booleans())
def test_the_last_before_is_found_by_key(pairs: list[tuple[int, int]], key: int, time: int, inclusive: bool) -> None:
    pairs.sort()
    keys, starts = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    fits = [at for at, (k, t) in enumerate(pairs) if k == key and (t < time or (inclusive and t == time))]
    found = Ranked.of(keys, starts).last_before(np.array([key]), np.array([time]), inclusive=inclusive)
    assert found.tolist() == [fits[-1] if fits else -1]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9))), st.integers(0, 3), st.integers(-1, 10))
def test_the_first_at_a_time_is_found_by_key(pairs: list[tuple[int, int]], key: int, time: int) -> None:
    pairs.sort()
    keys, times = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    found = Ranked.of(keys, times).first_at(np.array([key]), np.array([time]))
    assert found.tolist() == [sum(pair < (key, time) for pair in pairs)]


@given(st.sets(st.integers(0, 9)), st.lists(st.integers(-1, 10)))
def test_who_is_among_others_is_seen(ordered: set[int], rows: list[int]) -> None:
    found = contained(np.array(sorted(ordered), np.int64), np.array(rows, np.int64))
    assert found.tolist() == [row in ordered for row in rows]


@given(st.integers(0, 40), st.lists(st.integers(0, 5), min_size=1))
def test_what_is_kept_is_what_would_be_found_and_within_bounds(most: int, names: list[int]) -> None:
    kept, sought = Kept(most), list[int]()

    def find(name: int) -> np.ndarray:
        sought.append(name)
        return np.full(name, name, np.int8)

    for at, name in enumerate(names):
        assert kept.of(name, lambda name=name: find(name)).tolist() == [name] * name  # type: ignore[misc]
        held = [*dict.fromkeys(reversed(names[: at + 1]))]  # what was asked for last first
        assert len(kept) <= len(held)
        assert kept.size <= max(most, name)
        assert sum(held[: len(kept)]) == kept.size
    assert len(sought) >= len(set(names))
    assert len(sought) == len(set(names)) or sum(set(names)) > most


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_ranges_are_spelled_out(ranges: list[tuple[int, int]]) -> None:
    since, until = (np.array([one[side] for one in ranges], np.int64) for side in (0, 1))
    assert expanded(since, until).tolist() == [at for one, other in ranges for at in range(one, other)]


def test_a_log_that_lacks_nothing_is_mostly_judged_in_columns() -> None:
    counted = whole = 0
    for seed in range(12):
        rows = damage.complete(random.Random(seed), 6)
        found = pipeline.run([from_dicts(rows)], twice.book(seed % 4, ""), backend="columnar", every=False)
        report = telling.report(found)
        counted += sum(passed.times for together in found.passed.values() for _, passed in together)
        whole += sum(row.satisfied for row in report.constraints)
    assert counted > 0.6 * whole


@pytest.mark.parametrize(
    "limit", ["kind: preceded_by, event: T, by: T, at_most: 3 s", "kind: followed_by, event: T, by: T, within: 3 s"]
)
@pytest.mark.parametrize("times", [["05"], ["05", "05"], ["05", "07"], ["05", "07", "20"]])
def test_a_record_is_no_partner_of_its_own(limit: str, times: list[str]) -> None:
    given = small.read(f"{{events: {{T: {{}}, END: {{}}}}, constraint: {{{limit}}}}}")
    lines = [f"2031-05-01T08:00:{time}Z T A id=r{at}" for at, time in enumerate(times)]
    lines.append("2031-05-01T09:00:00Z END A")
    found = [
        FORMATS["json"](small.check(given, lines, backend=name, all_findings=False), Page())
        for name in ("reference", "columnar")
    ]
    assert found[0] == found[1]
    alone = len(times) - len({time for time in times if times.count(time) > 1}) * 2
    assert json.loads(found[1])["constraints"][0]["violated"] == (0 if alone == 0 else 2 if "20" in times else 1)


def test_an_asset_that_is_withheld_is_no_defect() -> None:
    told = 0
    for seed in range(400, 440):
        rows, rulebook, span = twice.sample(seed)
        told += len(twice.told(rows, rulebook, span, "reference"))
    assert told


NUMBERS = st.one_of(st.integers(-5, 5), st.sampled_from([-INFINITY, INFINITY, Decimal("1.5")]))
LEAST = st.one_of(st.none(), st.integers(-4, 4), st.just(Decimal("0.5")))
MOST = LEAST | st.just(INFINITY)


@given(st.tuples(NUMBERS, NUMBERS), LEAST, MOST, st.booleans())
def test_what_may_serve_is_weighed_as_it_would_be_decided(ends, least, most, exclusive):
    if least is most is None:
        return
    measured, limit = Bounds(*sorted(ends)), Limit(least, most, exclusive)
    decision = decide(measured, limit)
    rank = {Verdict.VIOLATED: 0, Verdict.INCONCLUSIVE: 1, Verdict.SATISFIED: 2}[decision.verdict]
    assert _worth(measured, limit) == (rank, decision.margin.low, decision.margin.high)
