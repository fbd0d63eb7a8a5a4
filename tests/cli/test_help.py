"""The help of each command says what the command takes."""

import re

import pytest
from click.testing import CliRunner

from checker.cli import root
from checker.render import answers


@pytest.mark.parametrize(
    ("command", "formats"),
    [
        ("compare", answers.COMPARISONS),
        ("diff", answers.DIFFERENCES),
        ("explain", answers.EXPLANATIONS),
        ("lint", answers.LINTS),
        ("map", answers.PROPOSALS),
        ("sweep", answers.SWEEPS),
        ("test", answers.TESTS),
    ],
)
def test_the_help_names_the_formats_that_a_command_takes(command: str, formats: answers.Formats) -> None:
    told = " ".join(CliRunner().invoke(root, [command, "--help"]).output.split())
    found = re.search(r"What is printed: ([a-z, ]+)\.", told)
    assert found is not None, told
    assert re.split(r", | or ", found[1]) == list(formats)
