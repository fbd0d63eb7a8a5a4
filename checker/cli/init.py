"""`checker init`: a small rulebook with a log and examples, to begin with."""

from pathlib import Path

import click

from checker.cli.check import write
from checker.errors import OutputError, Problem
from checker.location import Location


@click.command("init")
@click.argument("folder", default=".", metavar="[FOLDER]")
def command(folder: str) -> int:
    """Write a small rulebook with examples, a log, and the schema that editors complete by, into FOLDER (here).

    Nothing that is there is written over.
    """
    from checker.starter import LOG, contents

    files = [(Path(folder, place), text) for place, text in contents()]
    there = [
        Problem(Location(path.as_posix()), "is there already", "name another folder, or move it away")
        for path, _ in files
        if path.exists()
    ]
    if there:
        raise OutputError(there)
    for path, text in files:
        make_folder(path.parent)
        write(str(path), [text])
        click.echo(f"wrote {path.as_posix()}")
    inside = f"cd {folder} && " if folder != "." else ""
    click.echo(
        f"\nNext:\n  {inside}checker check {LOG}      what the log shows\n"
        f"  {inside}checker test                     whether the examples come out\n"
        f"  {inside}checker docs --output pages      the rules as pages to read"
    )
    return 0


def make_folder(path: Path) -> None:
    """Make a folder and those above it. Raises OutputError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError([Problem(Location(path.as_posix()), f"cannot be made: {error.strerror}")]) from None
