"""Every kind is listed, documented, and shows by its own example what it means."""

import importlib
from pathlib import Path
from textwrap import dedent

import pytest
import small

import checker.kinds
from checker.kinds import KINDS

FOLDER = Path(checker.kinds.__file__).parent
CASES = Path(__file__).resolve().parents[2] / "fixtures" / "cases"


def test_each_kind_is_one_file_and_one_entry_of_the_same_name() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert files == set(KINDS)
    for name, kind in KINDS.items():
        assert kind.__module__ == f"checker.kinds.{name}"
        assert kind.model_fields["kind"].default == name


def test_each_kind_has_one_file_of_cases() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_means(name: str) -> None:
    module = importlib.import_module(f"checker.kinds.{name}")
    assert (module.__doc__ or "").startswith(f"{name}: ")
    assert KINDS[name].__doc__
    undescribed = [f for f, known in KINDS[name].model_fields.items() if f != "kind" and not known.description]
    assert undescribed == []


@pytest.mark.parametrize(("log", "verdict"), [("holds", "satisfied"), ("breaks", "violated")])
@pytest.mark.parametrize("name", KINDS)
def test_the_example_of_a_kind_holds_and_breaks(name: str, log: str, verdict: str) -> None:
    assert "example" in vars(KINDS[name]), "a kind has an example of its own"
    example = small.read(dedent(KINDS[name].example))
    assert example["constraint"]["kind"] == name
    assert small.check(example, example[log]).verdict == verdict
