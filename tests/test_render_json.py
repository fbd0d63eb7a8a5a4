"""JSON is written as the standard library writes it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.quick import dataclass
from checker.report import as_json, plain


@dataclass
class Pair:
    """Something with members, one of which is a word of Python."""

    from_: Any
    until: Any


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
THINGS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner) | st.builds(Pair, inner, inner)
    ),
)


@given(THINGS)
def test_any_part_of_a_report_is_written_as_the_standard_library_writes_it(thing: Any) -> None:
    expected = json.dumps(plain(thing), indent=2, ensure_ascii=True, allow_nan=False)
    assert as_json(thing) == expected


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        as_json([number])
