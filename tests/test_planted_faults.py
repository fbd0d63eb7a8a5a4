"""The faults that the hunts in `benchmarks/` plant are still faults of the program as it stands."""

import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "benchmarks"), str(ROOT / "tests" / "backends")]

import backends  # noqa: E402
import soundness  # noqa: E402

HUNTS = {"soundness": soundness.FAULTS, "backends": backends.FAULTS}


@pytest.mark.parametrize("hunt", HUNTS)
def test_each_is_planted_in_one_place_and_changes_it(hunt: str) -> None:
    texts = {name: (ROOT / "checker" / name).read_text(encoding="utf-8") for name in {f.file for f in HUNTS[hunt]}}
    stale = [(fault.what, times) for fault in HUNTS[hunt] if (times := texts[fault.file].count(fault.old)) != 1]
    assert stale == [], "renew what no longer stands there once"
    for fault in HUNTS[hunt]:
        compile(texts[fault.file].replace(fault.old, fault.new), fault.file, "exec")
        assert fault.old != fault.new, fault.what


@pytest.mark.parametrize("hunt", HUNTS)
def test_none_is_planted_twice(hunt: str) -> None:
    assert max(Counter(fault.what for fault in HUNTS[hunt]).values()) == 1
    assert max(Counter(fault[1:] for fault in HUNTS[hunt]).values()) == 1


def test_at_least_three_are_planted_in_the_columns_of_each_measure() -> None:
    named = Counter(backends.measure_of(fault) for fault in backends.FAULTS)
    assert {name: named[name] for name in backends.NAMED if named[name] < 3} == {}
