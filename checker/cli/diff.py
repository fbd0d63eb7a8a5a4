"""`checker diff`: what changed from one report to another, and through what."""

import errno
import sys

import click

from checker.cli.answering import answer, answering, wanted
from checker.cli.options import limiting
from checker.errors import Problem, ReportError, UsageError
from checker.limits import limit
from checker.location import Location
from checker.whole import content


@click.command("diff")
@limiting
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@answering("text or json")
def command(old: str, new: str, format_: str, outputs: tuple[str, ...]) -> int:
    """Compare two JSON reports, OLD and NEW (- for standard input): which findings changed, and through what.

    Ends with 0 whenever they could be compared, whatever differs: only a violation ends with 1.
    """
    from checker.difference import difference
    from checker.render.answers import DIFFERENCES
    from checker.stored import read_report

    files = wanted(DIFFERENCES, format_, outputs)
    if old == new == "-":
        raise UsageError("standard input is given twice", "'-' can be read once only")
    found = difference(read_report(_content(old), old), read_report(_content(new), new))
    return answer(found, DIFFERENCES, format_, files)


def _content(path: str) -> bytes:
    try:
        most = limit("report_bytes")
        given = sys.stdin.buffer.read(most + 1) if path == "-" else content(path, "report_bytes")
    except OSError as error:
        hint = "pipe it into the program and name it '-'" if error.errno == errno.EINVAL else ""
        raise ReportError([Problem(Location(path), f"cannot be read: {error.strerror}", hint)]) from None
    if len(given) > most:
        hint = "--limit report_bytes=N reads more"
        raise ReportError([Problem(Location(path), f"more than {most} bytes, the limit", hint)])
    return given
