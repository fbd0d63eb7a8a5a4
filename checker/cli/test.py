"""`checker test`: run the examples of a rulebook."""

import sys
from pathlib import Path

import click

from checker.cli.answering import answer, answering, wanted
from checker.cli.options import LOCAL, limiting


@click.command("test")
@limiting
@click.option(
    "-r", "--rulebook", metavar="PATH",
    help=f"Rulebook file, folder or name; ./{LOCAL} if there is one, else the built-in S-400 rulebook.",
)  # fmt: skip
@click.option(
    "--only", metavar="ID_OR_GROUP", multiple=True,
    help="Only examples of these constraints, exceptions or groups (repeatable; * stands for anything).",
)  # fmt: skip
@click.option("--mutate", is_flag=True, help="Change the rules one thing at a time: does any example notice?")
@click.option("--strict", is_flag=True, help="Fail too if coverage is not complete, or 5 % of the mutants survive.")
@answering("text, json or junit")
def command(
    rulebook: str | None, only: tuple[str, ...], mutate: bool, strict: bool, format_: str, outputs: tuple[str, ...]
) -> int:
    """Run the examples of a rulebook, like unit tests: which come out otherwise, and what they do not cover.

    Ends with 0 if all come out as they are to, else with 2 (1 is kept for violations found in logs).
    """
    from checker.render.answers import TESTS
    from checker.rulebook import builtin, load_rulebook
    from checker.rulebook.examples import load_examples
    from checker.testing import run

    files = wanted(TESTS, format_, outputs)
    path = Path(rulebook or (LOCAL if Path(LOCAL).is_dir() else builtin()))
    examples = load_examples(path)
    made = run(
        examples,
        lambda position, parameters: load_rulebook(path, position=position, parameters=parameters),
        only=only, mutate=mutate, progress=_told if sys.stderr.isatty() else lambda done, of: None,
    )  # fmt: skip
    answer(made, TESTS, format_, files)
    return 0 if made.good and not (strict and made.lacking) else 2


def _told(done: int, of: int) -> None:
    end = "\r" if done + 1 < of else "\r\033[K"
    click.echo(f"  mutant {done + 1:,} of {of:,}{end}", err=True, nl=False)
