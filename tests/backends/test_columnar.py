"""The columnar backend tells what the reference backend tells, on every conformance case and on random logs.

`python tests/backends/twice.py SEED` tells of a log on which they differ; the faults that the logs must find are in
`benchmarks/backends.py`.
"""

import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
import small
import twice
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cases import ALL

from checker.measure import Measure
from checker.render import FORMATS, Page

MEASURES = [measure.__name__ for measure in get_args(Measure)]


@pytest.mark.parametrize("case", ALL)
def test_both_backends_give_the_same_report(case: dict[str, Any]) -> None:
    expected, found = (
        FORMATS["json"](small.check(case, case["log"], backend=backend, all_findings=False), Page())
        for backend in ("reference", "columnar")
    )
    assert found == expected


def agree(measure: str, logs: int) -> None:
    """Both backends tell the same of so many random logs, as far as it comes to this measure; half as many are long
    ones of which a few records are missing, and of a quarter as many the times are vague.
    """
    for drawn, many in ((twice.sample, logs), (twice.lacking, logs // 2), (twice.vague, logs // 4)):
        agree_on(twice.measuring(measure), drawn, many)


def agree_on(names: tuple[str, ...], drawn: Callable[[int], Any], logs: int) -> None:
    """The same, on so many logs drawn in one way."""

    @settings(max_examples=logs, derandomize=True, database=None)
    @given(st.integers(0, 1 << 48))
    def same(seed: int) -> None:
        assert twice.differing(seed, names, drawn) == []

    same()


@pytest.mark.parametrize(
    ("drawn", "seed", "measure"),
    [
        (twice.lacking, 224, "Before"),
        (twice.sample, 384, "Lag"),
        (twice.sample, 406, "Lead"),
        (twice.sample, 1236, "Standing"),
        (twice.lacking, 147, "Lag"),
        (twice.lacking, 438, "Clashes"),
        (twice.lacking, 2105, "Total"),
        (twice.lacking, 7020, "Length"),
        (twice.lacking, 7454, "Portion"),
        (twice.lacking, 7457, "Portion"),
        (twice.lacking, 7496, "Portion"),
        (twice.lacking, 10001, "Before"),
        (twice.lacking, 5041, "Spacing"),
        (twice.lacking, 10005, "Spacing"),
        (twice.lacking, 10186, "Spacing"),
        (twice.lacking, 30412, "Spacing"),  # an interval that ends as the rule comes into force
    ],
)
def test_logs_on_which_they_once_differed(drawn: Callable[[int], Any], seed: int, measure: str) -> None:
    assert twice.differing(seed, twice.measuring(measure), drawn) == []


def test_holds_is_the_same_in_columns() -> None:
    agree("Holds", 60)


def test_within_is_the_same_in_columns() -> None:
    agree("Within", 80)


def test_value_is_the_same_in_columns() -> None:
    agree("Value", 80)


def test_length_is_the_same_in_columns() -> None:
    agree("Length", 40)


def test_portion_is_the_same_in_columns() -> None:
    agree("Portion", 60)


def test_lead_is_the_same_in_columns() -> None:
    agree("Lead", 60)


def test_lag_is_the_same_in_columns() -> None:
    agree("Lag", 40)


def test_spacing_is_the_same_in_columns() -> None:
    agree("Spacing", 60)


def test_total_is_the_same_in_columns() -> None:
    agree("Total", 25)


def test_level_is_the_same_in_columns() -> None:
    agree("Level", 60)


def test_step_is_the_same_in_columns() -> None:
    agree("Step", 80)


def test_clashes_are_the_same_in_columns() -> None:
    agree("Clashes", 80)


def test_deviation_is_the_same_in_columns() -> None:
    agree("Deviation", 60)


def test_standing_is_the_same_in_columns() -> None:
    agree("Standing", 60)


def test_distance_is_the_same_in_columns() -> None:
    agree("Distance", 60)


def test_before_is_the_same_in_columns() -> None:
    agree("Before", 20)


def test_every_measure_has_its_property() -> None:
    here = {name.split("_")[1] for name in globals() if name.endswith("the_same_in_columns")}
    assert here == {name.lower() for name in MEASURES}


def test_columns_tell_much_of_every_measure_and_seldom_leave_all() -> None:
    with twice.counted() as counts:
        for seed in range(30):
            rows, rulebook, span = twice.sample(seed)
            twice.told(rows, rulebook, span, "columnar")
    for measure in MEASURES:
        told = counts[measure]
        assert told.columns > 20, measure
        assert told.whole < told.rules / 2, measure


FEW = {"Level": 2, "Standing": 4}
"""Of these there are few occasions: one for each key."""


@pytest.mark.parametrize("measure", sorted({*MEASURES} - {"Clashes"}))
def test_what_no_gap_can_touch_is_told_by_columns(measure: str) -> None:
    for seed in range(2):
        rows, rulebook, span = twice.sparing(seed)
        missing = len({row["seq"] for row in rows}) < rows[-1]["seq"] + 1
        assert missing
        few = rulebook.only(twice.measuring(measure))
        with twice.counted() as counts:
            found = twice.told(rows, few, span, "columnar")
        assert found == twice.told(rows, few, span, "reference")
        kept = sum(row["satisfied"] for row in json.loads(found)["constraints"])
        assert counts[measure].columns >= max(FEW.get(measure, 6), kept / 4)


def test_of_what_is_not_seen_to_last_the_record_that_shows_it_is_asked_about() -> None:
    rows = [
        {"time": f"2031-01-01T00:00:0{second}Z", "type": name, "subject": "A", "data": {"w": 1, "k": "x"}}
        for second, name in ((1, "Y_ON"), (1, "X_ON"), (2, "Y_OFF"), (4, "X_OFF"))
    ]
    at = twice.damage.BASE + 14 * twice.damage.S
    during = tuple(f"C-{n}" for n, kind in enumerate(twice.KINDS) if kind == "{kind: during, of: x, inside: y}")
    expected, found = (
        twice.told(rows, twice.book(0, "").only(during), (at, at), backend) for backend in ("reference", "columnar")
    )
    assert found == expected
