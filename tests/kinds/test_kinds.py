"""Every kind is listed, documented, and shows by its own example what it means."""

import importlib
from pathlib import Path
from textwrap import dedent

import pytest
import small

import checker.kinds
from checker.errors import RulebookError
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


GIVEN = """
events: {RADAR_ON: {kw: number, site: text}, RADAR_OFF: {}, STOP_ASKED: {ref: text}}
intervals: {emission: {from: RADAR_ON, until: RADAR_OFF}}
constraint: """


@pytest.mark.parametrize(
    ("constraint", "mistake"),
    [
        ("{kind: always, event: RADAR_ON, require: {site: N}, at_most: 2}", "`at_most` goes with `field`"),
        ("{kind: always, event: RADAR_ON, field: kw, exactly: 2, at_most: 0}", "`at_most` does not go with `exactly`"),
        ("{kind: always, event: RADAR_ON, field: kw, exactly: 2, exclusive: true}", "`exclusive` does not go with"),
        ("{kind: count, event: RADAR_ON, exactly: 2, at_least: 0}", "`at_least` does not go with `exactly`"),
        ("{kind: state_on, event: RADAR_ON, field: kw, exactly: 2, at_least: 1}", "`at_least` does not go with"),
        ("{kind: state_on, event: RADAR_ON, require: {site: N}, exactly: 0}", "`exactly` goes with `field`"),
        ("{kind: never, event: RADAR_ON, same: site}", "`same` goes with `during` or `outside`"),
        ("{kind: followed_by, event: STOP_ASKED, by: RADAR_OFF, unless_same: ref}", "`unless_same` goes with `unless`"),
        ("{kind: spacing, of: emission, along: kw, at_most: 2}", "`along` goes with `event`"),
        ("{kind: spacing, of: emission, at_most: 2 h, first: 3 h}", "`first` goes with a heartbeat"),
        ("{kind: spacing, event: RADAR_ON, at_most: 2 h, between_only: true, while: emission}", "`while` goes with a"),
        (
            "{kind: spacing, event: RADAR_ON, at_least: 1 h, at_most: 2 h, while: emission}",
            "`while` goes with `at_most`",
        ),
        ("{kind: spacing, event: RADAR_ON, at_most: 2}", "`at_most` must be a duration"),
        ("{kind: total, of: emission, at_most: 2}", "`at_most` must be a duration"),
        ("{kind: total, event: RADAR_ON, field: kw, at_most: 2 h}", "`at_most` must be a number"),
    ],
)
def test_what_would_have_no_effect_is_a_mistake(constraint: str, mistake: str) -> None:
    with pytest.raises(RulebookError) as caught:
        small.rulebook(small.read(GIVEN + constraint))
    assert mistake in str(caught.value)
