"""Which rules can be judged on the records of one asset at a time, and in what batches."""

from collections.abc import Callable

import pytest

from checker.backends.batches import batches, is_by_asset
from checker.columns import BUCKETS, WITHHELD_BUCKET, Selection
from checker.interval import Between, Either, Where
from checker.measure import (
    Clashes,
    Deviation,
    Holds,
    Lag,
    Lead,
    Length,
    Level,
    Limit,
    Measure,
    OnEvents,
    OnIntervals,
    Portion,
    Rule,
    Spacing,
    Standing,
    Step,
    Total,
    Window,
    Within,
)
from checker.parts import types_of
from checker.pattern import ANYTHING, IsType, Pattern

A, B = IsType(frozenset("A")), IsType(frozenset("B"))
OWN = Between(A, B)
SITE = Between(A, B, ("site",))
SAME, OTHER = (("subject", "subject"), ("act", "act")), (("act", "act"),)


def on(measure: Measure, where: OnEvents | OnIntervals | None = None) -> Rule:
    return Rule(where or OnEvents(A), measure, Limit(at_most=0))


@pytest.mark.parametrize(
    ("rule", "apart"),
    [
        (on(Holds(B)), True),
        (on(Holds(B), OnEvents(A, during=OWN)), True),
        (on(Holds(B), OnEvents(A, outside=SITE)), False),
        (on(Length(), OnIntervals(OWN)), True),
        (on(Length(), OnIntervals(SITE)), False),
        (on(Length(), OnIntervals(Where(SITE))), False),
        (on(Length(), OnIntervals(Either((OWN, SITE)))), False),
        (on(Length(), OnIntervals(Between(A, B, ("site", "subject")))), True),
        (on(Within(OWN)), True),
        (on(Within(SITE)), False),
        (on(Within(OWN, OTHER)), False),
        (on(Within(OWN, SAME)), True),
        (on(Portion(OWN, True, brief=SITE), OnIntervals(OWN)), False),
        (on(Lead(B, SAME)), True),
        (on(Lead(B, OTHER)), False),
        (on(Lag(B, SAME)), True),
        (on(Lag(B, SAME, released_by=A, release_match=OTHER)), False),
        (on(Deviation("act", B, OTHER, "act")), False),
        (on(Spacing(("subject",))), True),
        (on(Spacing(())), False),
        (on(Spacing(("subject",), scope=SITE)), False),
        (on(Total("count", Window(), ())), False),
        (on(Total("count", Window(), ("subject",))), True),
        (on(Level(())), False),
        (on(Step((), (), ("subject",))), True),
        (on(Step((), (), ("site",))), False),
        (on(Clashes((), ("act",))), False),
        (on(Standing(A, "act", ("subject", "act"))), True),
    ],
)
def test_a_rule_is_by_asset_if_nothing_ties_it_to_another(rule: Rule, apart: bool) -> None:
    assert is_by_asset(rule) is apart


def counting(rows: dict[tuple[int, str], int]) -> Callable[[Selection], int]:
    def count(selection: Selection) -> int:
        buckets, types = selection
        return sum(
            many
            for (bucket, name), many in rows.items()
            if (buckets is None or bucket in buckets) and (types is None or name in types)
        )

    return count


def one(pattern: Pattern, where: OnEvents | OnIntervals | None = None) -> Rule:
    return Rule(where or OnEvents(pattern), Length(), Limit(at_most=0))


def test_a_small_log_is_one_batch() -> None:
    rules = [one(A), one(B)]
    assert batches(rules, counting({(0, "A"): 5, (9, "B"): 5}), 10) == [(rules, Selection())]
    assert batches([], counting({}), 10) == []


def test_every_rule_sees_each_of_its_rows_once_and_never_more_than_it_must() -> None:
    rows = {(bucket, name): 3 for bucket in range(BUCKETS) for name in "ABC"}
    rules = [one(A), one(B), one(A, OnIntervals(SITE)), one(IsType(frozenset("C")))]
    found = batches(rules, counting(rows), 20)
    for rule in rules:
        mine = [selection for given, selection in found if any(rule is each for each in given)]
        assert all(selection.types is not None and (types_of(rule) or set()) <= selection.types for selection in mine)
        if is_by_asset(rule):
            assert sorted(bucket for each in mine for bucket in each.buckets or ()) == list(range(BUCKETS))
        else:
            assert [each.buckets for each in mine] == [None]
    assert all(counting(rows)(each) <= 20 for _, each in found if each.buckets is not None)


def test_where_it_is_withheld_whom_a_record_is_about_assets_are_not_kept_apart() -> None:
    rows = {(bucket, name): 3 for bucket in range(BUCKETS) for name in "AB"} | {(WITHHELD_BUCKET, "A"): 1}
    rules = [one(A), one(B)]
    found = batches(rules, counting(rows), 20)
    assert [each.buckets for given, each in found if given[0] is rules[0]] == [None]
    assert len([1 for given, _ in found if given[0] is rules[1]]) > 1


def test_a_rule_about_records_of_every_type_takes_all_of_them() -> None:
    rows = {(bucket, "A"): 3 for bucket in range(BUCKETS)}
    [(_, selection)] = batches([one(ANYTHING, OnIntervals(Between(ANYTHING, B, ())))], counting(rows), 20)
    assert selection == Selection(None, None)
