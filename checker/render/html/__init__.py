"""HTML: one file that opens offline and asks for nothing. A statement first, then timelines, findings, the method.

Everything is drawn when the page is made: script only filters, zooms and shows what is already there. Every text of a
log or rulebook is made legible and escaped by the template; the policy names script and style by their digests.
"""

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.legible import inert, legible
from checker.render.html.drawing import Drawing
from checker.render.html.telling import Told
from checker.report import Report, Timeline

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent


def render(report: Report, timeline: Timeline | None = None) -> str:
    """The page. Without a timeline it shows what the findings and their witnesses show, and says so."""
    anchors = Anchors()
    for finding in report.findings:
        anchors.name(finding.id)
    script = (_HERE / "page.js").read_text("utf-8")
    made = environment()
    marked = made.filters["marked"]
    page = made.get_template("page.html.j2").render(
        report=report,
        told=Told(report, timeline),
        drawing=Drawing(report, timeline, anchors.of),
        anchor=anchors.of,
        place=anchors.next,
        style=marked(style()),
        script=marked(script),
        policy=policy(style(), script),
    )
    return "\n".join(map(inert, page.split("\n")))


def style() -> str:
    """The style of all pages."""
    return (_HERE / "page.css").read_text("utf-8")


def policy(style: str, script: str | None = None) -> str:
    """What a browser may do with the page: run this script (if any), apply this style, and nothing else."""
    running = "" if script is None else f"script-src '{_digest(script)}'; "
    return (
        f"default-src 'none'; {running}style-src '{_digest(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def environment() -> "Environment":
    """What templates are filled in by."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def clean(value: Any) -> Any:
        """Nothing of a log steers the page: controls and marks of direction are spelt out before all is escaped."""
        return legible(value) if type(value) is str else value

    environment = Environment(
        autoescape=True,  # by name it would not be: `select_autoescape` knows no .html.j2
        undefined=StrictUndefined, finalize=clean, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        loader=FileSystemLoader(_HERE),
    )  # fmt: skip
    environment.filters["marked"] = Markup
    return environment


class Anchors:
    """Names of places on the page: those of findings as they are, but for signs that a name cannot have."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}
        self._taken: set[str] = set()
        self._given: dict[str, int] = {}

    def name(self, one: str) -> None:
        """Give a place to one more finding of that id."""
        base = "f-" + re.sub(r"[^A-Za-z0-9._-]", "_", one)
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}.{number}"
        self._taken.add(name)
        self._names.setdefault(one, []).append(name)

    def of(self, one: str) -> str | None:
        """The place of a finding; None if it is not on the page."""
        return self._names[one][0] if one in self._names else None

    def next(self, one: str) -> str:
        """The place of a finding, where it is put: of those of one id the next."""
        at = self._given[one] = self._given.get(one, -1) + 1
        return self._names[one][at]
