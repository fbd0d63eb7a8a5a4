"""`checker check`: judge logs and print the report."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from checker.cli.options import echo, run_check, selecting
from checker.cli.progress import Progress
from checker.errors import OutputError, Problem, UsageError, nearest
from checker.location import Location
from checker.profile import NoProfile, Profile

if TYPE_CHECKING:
    from checker.pipeline import Check
    from checker.report import Report, Timeline


@click.command("check")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@selecting
@click.option(
    "--format",
    "format_",
    default="text",
    show_default=True,
    metavar="FORMAT",
    help="What is printed: text, html, json, sarif, junit, github, markdown, csv or oscal.",
)
@click.option(
    "--output", "outputs", multiple=True, metavar="FORMAT:FILE", help="Write the report to a file too (repeatable)."
)
@click.option(
    "--timeline", "drawn", is_flag=True, help="Text: show a timeline of what went on, too (html always does)."
)
@click.option("--all", "all_", is_flag=True, help="List satisfied findings too, with their margins.")
@click.option(
    "--fail-on", type=click.Choice(("minor", "major", "critical")), help="Ignore less severe constraints in the status."
)
@click.option("--profile", "profiled", is_flag=True, help="Print on standard error where the time went.")
def command(
    logs: tuple[str, ...],
    format_: str,
    outputs: tuple[str, ...],
    drawn: bool,
    all_: bool,
    fail_on: str | None,
    profiled: bool,
    **options: Any,
) -> int:
    """Check LOG files or patterns of them (JSON Lines, CSV, .gz or .zst, Parquet, - for input) and report."""
    profile = Profile() if profiled else Progress(sys.stderr) if sys.stderr.isatty() else NoProfile()
    from checker.render import DRAWN, FORMATS, Page, pieces
    from checker.telling import report

    wanted = [_parted(text) for text in outputs]
    for name in (format_, *(name for name, _ in wanted)):
        if name not in FORMATS:
            raise UsageError(f"unknown format {name!r}", nearest(name, FORMATS))
    asked = {format_, *(name for name, _ in wanted)}
    if drawn and "text" not in asked:
        raise UsageError("--timeline is for text", "html shows a timeline in any case, other formats have none")
    found = run_check(logs, options, profile, every=all_)
    made = report(found, all_findings=all_, profile=profile)
    with profile.stage("rendering"):
        timeline = _timeline(found, made) if drawn or DRAWN & asked else None
        del found  # it may hold much that no page needs
        for name, path in wanted:
            write(path, pieces(name, made, Page(timeline=timeline, drawn=drawn)))
        status = made.exit_status(fail_on)
        terminal = sys.stdout.isatty()
        page = Page(_width(terminal), terminal and "NO_COLOR" not in os.environ, timeline, drawn)
        for piece in pieces(format_, made, page):
            echo(piece, shown=format_ == "text")
        if format_ == "text":
            echo(_status_line(made, status, fail_on, page.width))
    if isinstance(profile, Profile):
        click.echo(profile.table(), err=True, nl=False)
    return status


def _timeline(found: "Check", made: "Report") -> "Timeline":
    from checker.charting import chart

    return chart(found, made)


def _status_line(report: "Report", status: int, fail_on: str | None, width: int) -> str:
    from checker.render.layout import NARROWEST, wrapped
    from checker.render.text import STATUS

    higher = "" if fail_on == "critical" else " or above"
    floor = f" among {fail_on} constraints{higher}" if fail_on else ""
    return "\n".join(wrapped(f"Exit status {status}: {STATUS[status]}{floor}.", max(NARROWEST, width), 0, 2)) + "\n"


def _width(terminal: bool) -> int:
    from checker.render.layout import FIXED, WIDEST

    if not terminal:
        return FIXED
    import shutil

    return min(shutil.get_terminal_size().columns, WIDEST)


def _parted(text: str) -> tuple[str, str]:
    name, colon, path = text.partition(":")
    if not colon or not path:
        raise UsageError(f"--output {text!r}: expected FORMAT:FILE", "for example --output json:report.json")
    return name, path


def write(path: str, content: Iterable[str]) -> None:
    """Write under another name first: no half report is ever left under the final one."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            for piece in content:
                file.write(piece.encode())
        temporary.replace(target)
    except BaseException as error:  # an interrupt, too, leaves nothing half
        with suppress(OSError):  # where it could not be made it need not go
            temporary.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise OutputError([Problem(Location(path), f"cannot be written: {error.strerror}")]) from None
