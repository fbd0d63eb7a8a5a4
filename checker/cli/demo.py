"""`checker demo`: one limit kept, one not, and what to type next."""

import sys
import tempfile
from pathlib import Path

import click

from checker.cli.options import echo

INTRODUCTION = """A log of six records, and two agreed limits: an emission lasts at most an hour, and is notified a day
before. This is what `checker check` says of it:

"""
NEXT = """
A check that finds this ends with status 1. Next:
  checker init first          the rulebook and the log of this demonstration, in the folder `first`, to change
  cd first                    a folder `constraints` here is the rulebook
  checker check logs/log.jsonl
  checker explain X-1 logs/log.jsonl
  checker check logs/log.jsonl --output html:report.html
"""


@click.command("demo")
def command() -> int:
    """Show what a check says: a hypothetical log of which one limit is not kept, and the next commands."""
    from checker import check
    from checker.cli.check import _width
    from checker.render import Page, pieces
    from checker.starter import contents

    files = dict(contents())
    with tempfile.TemporaryDirectory() as folder:
        for place, text in files.items():
            path = Path(folder, place)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        from checker.logs import read_log
        from checker.starter import LOG, RULES

        made = check(read_log(Path(folder, LOG), name=LOG), Path(folder, RULES))
    terminal = sys.stdout.isatty()
    echo(INTRODUCTION, shown=True)
    for piece in pieces("text", made, Page(_width(terminal), terminal)):
        echo(piece, shown=True)
    echo(NEXT, shown=True)
    return 0
