"""The output formats: each renders a report, and reads nothing else. One more is one file and one line here."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from checker.render import json, text
from checker.report import Report


class Page(NamedTuple):
    """What a format may adapt to: how wide lines may be, and whether the reader sees colours."""

    width: int = 100
    colour: bool = False


FORMATS: dict[str, Callable[[Report, Page], str]] = {
    "text": lambda report, page: text.render(report, page.width, page.colour),
    "json": lambda report, page: json.render(report),
}
"""Name on the command line -> function of a report and a page."""


def pieces(name: str, report: Report, page: Page) -> Iterator[str]:
    """What a format prints, piece by piece where it can be long."""
    if name == "json":
        yield from json.pieces(report)
    else:
        yield FORMATS[name](report, page)
