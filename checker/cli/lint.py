"""`checker lint`: what is wrong with a rulebook as an agreement, without any log."""

from pathlib import Path

import click

from checker.cli.answering import answer, answering, wanted
from checker.cli.options import LOCAL, assignments, limiting

ALL = "all"


@click.command("lint")
@limiting
@click.option(
    "-r", "--rulebook", metavar="PATH",
    help=f"Rulebook file, folder or name; ./{LOCAL} if there is one, else the built-in S-400 rulebook.",
)  # fmt: skip
@click.option(
    "--position", metavar="NAME", default=ALL, show_default=True, help="The position under which it is looked at."
)
@click.option(
    "--set", "parameters", metavar="NAME=VALUE", multiple=True, help="Set one parameter otherwise (repeatable)."
)
@click.option(
    "--only", metavar="ID_OR_GROUP", multiple=True,
    help="Only what is said of these constraints, exceptions or groups (repeatable; * stands for anything).",
)  # fmt: skip
@click.option(
    "--fail-on", type=click.Choice(("note", "warning", "error")), default="warning", show_default=True,
    help="From which level on a remark that is not meant fails.",
)  # fmt: skip
@answering("text, json, github or sarif")
def command(
    rulebook: str | None, position: str, parameters: tuple[str, ...], only: tuple[str, ...], fail_on: str, format_: str,
    outputs: tuple[str, ...],
) -> int:  # fmt: skip
    """Look for what is wrong with a rulebook as an agreement, without any log: what no log can show to be wrong.

    Ends with 0 if there is nothing but what is meant, else with 2 (1 is kept for violations found in logs).
    """
    from checker.lint import lint
    from checker.render.answers import LINTS
    from checker.rulebook import load_positions

    files = wanted(LINTS, format_, outputs)
    path = LOCAL if rulebook is None and Path(LOCAL).is_dir() else rulebook
    books, read = load_positions(path, parameters=assignments(parameters))
    made = lint(books, read, position=None if position == ALL else position, only=only, fail_on=fail_on)
    answer(made, LINTS, format_, files)
    return 2 if made.failed else 0
