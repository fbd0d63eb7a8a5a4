"""A record that many findings rest on is written the same in each of them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker import report
from checker.report import Range, WitnessOf, as_json, plain

FEW = st.sampled_from(["a", "b\n", "é"])
WITNESSES = st.builds(WitnessOf, FEW, FEW, st.integers(0, 2), st.none() | FEW, FEW, FEW)
RANGES = st.builds(Range, *[st.none() | st.integers(0, 1) | st.sampled_from([0.0, 1.0, 0.5, 1e-06])] * 2)
LISTS = st.lists(WITNESSES | RANGES | st.lists(WITNESSES) | st.just({}) | st.just(()))


@given(st.lists(LISTS), st.sampled_from(["\n", "\n    "]))
def test_what_is_written_again_is_written_as_before(things: list[Any], line: str) -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(report, "_TEXTS_KEPT", 3)
    try:
        for thing in things:
            expected = json.dumps(plain(thing), indent=2).replace("\n", line)
            assert as_json(thing, line) == expected
    finally:
        patch.undo()
    assert len(report._WRITER._witnesses) <= 10_000
