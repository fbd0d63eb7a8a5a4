"""The output formats: each renders a report, and reads nothing else. One more is one file and one line here."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple

from checker.report import Report, Timeline


class Page(NamedTuple):
    """What a format may adapt to: how wide lines may be, whether the reader sees colours, and what went on.

    `drawn`: also text shows a timeline, where there is little enough for one.
    """

    width: int = 100
    colour: bool = False
    timeline: Timeline | None = None
    drawn: bool = False


def _html(report: Report, page: Page) -> str:
    from checker.render import html  # late, as its template engine is

    return html.render(report, page.timeline)


def _text(report: Report, page: Page) -> str:
    from checker.render.text import render

    return render(report, page.width, page.colour, page.timeline, drawn=page.drawn)


def _of(module: str) -> Callable[[Report, Page], str]:
    """A format that is the same on every page, imported only when it is asked for."""

    def render(report: Report, page: Page) -> str:
        made: str = import_module(f"checker.render.{module}").render(report)
        return made

    return render


FORMATS: dict[str, Callable[[Report, Page], str]] = {
    "text": _text,
    "json": _of("json"),
    "sarif": _of("sarif"),
    "junit": _of("junit"),
    "github": _of("github"),
    "markdown": _of("markdown"),
    "csv": _of("csv"),
    "oscal": _of("oscal"),
    "html": _html,
}
"""Name on the command line -> function of a report and a page."""

DRAWN = frozenset({"html"})
"""Formats that show what went on: they take a timeline, made of the check where one of them is asked for."""


def pieces(name: str, report: Report, page: Page) -> Iterator[str]:
    """What a format prints, piece by piece where it can be long."""
    if name in ("json", "csv"):
        yield from import_module(f"checker.render.{name}").pieces(report)
    elif name == "text":
        from checker.render.text import pieces as lines

        yield from lines(report, page.width, page.colour, page.timeline, drawn=page.drawn)
    else:
        yield FORMATS[name](report, page)
