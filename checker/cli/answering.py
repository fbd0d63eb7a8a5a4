"""What `explain`, `compare`, `sweep` and `diff` have in common: how an answer is printed and written to files."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from checker.cli.check import _parted, _width, write
from checker.cli.options import echo
from checker.errors import UsageError, nearest
from checker.render.layout import FIXED

F = TypeVar("F", bound=Callable[..., Any])


def answering(formats: str) -> Callable[[F], F]:
    """Add the options that say how an answer is given; `formats` says in which ways."""

    def added(function: F) -> F:
        function = _OUTPUT(function)
        option = click.option(
            "--format", "format_", default="text", show_default=True, metavar="FORMAT",
            help=f"What is printed: {formats}.",
        )  # fmt: skip
        return option(function)

    return added


_OUTPUT = click.option(
    "--output", "outputs", multiple=True, metavar="FORMAT:FILE", help="Write the answer to a file too (repeatable)."
)

Formats = Mapping[str, Callable[[Any, int], str]]


def wanted(formats: Formats, format_: str, outputs: Sequence[str]) -> list[tuple[str, str]]:
    """The files to write, by format; UsageError for a format that there is not, before anything is judged."""
    asked = [_parted(text) for text in outputs]
    for name in (format_, *(name for name, _ in asked)):
        if name not in formats:
            raise UsageError(f"unknown format {name!r}", nearest(name, formats))
    return asked


def answer(made: Any, formats: Formats, format_: str, files: Sequence[tuple[str, str]]) -> int:
    """Write and print an answer, and give the exit status of one."""
    for name, path in files:
        write(path, [formats[name](made, FIXED)])
    echo(formats[format_](made, _width(sys.stdout.isatty())), shown=format_ == "text")
    return 0
