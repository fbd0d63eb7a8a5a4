"""`checker diff`: what changed from one report to another, and through what."""

import sys

import click

from checker.cli.options import echo
from checker.errors import Problem, ReportError, UsageError
from checker.location import Location


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", help="What is printed.")
def command(old: str, new: str, format_: str) -> int:
    """Compare two JSON reports, OLD and NEW (- for standard input): which findings changed, and through what.

    Ends with 0 whenever they could be compared, whatever differs: only a violation ends with 1.
    """
    from checker.difference import difference
    from checker.render.difference import render_json, render_text
    from checker.stored import read_report

    if old == new == "-":
        raise UsageError("standard input is given twice", "'-' can be read once only")
    found = difference(read_report(_content(old), old), read_report(_content(new), new))
    echo(render_json(found) if format_ == "json" else render_text(found))
    return 0


def _content(path: str) -> bytes:
    try:
        if path == "-":
            return sys.stdin.buffer.read()
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ReportError([Problem(Location(path), f"cannot be read: {error.strerror}")]) from None
