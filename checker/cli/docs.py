"""`checker docs`: a rulebook as pages to read."""

from pathlib import Path

import click

from checker.cli.check import write
from checker.cli.init import make_folder
from checker.cli.options import LOCAL, echo, limiting
from checker.errors import UsageError, nearest


@click.command("docs")
@limiting
@click.argument("only", nargs=-1, metavar="[ID_OR_GROUP]...")
@click.option(
    "-r", "--rulebook", metavar="PATH",
    help=f"Rulebook file, folder or name; ./{LOCAL} if there is one, else the built-in S-400 rulebook.",
)  # fmt: skip
@click.option("--position", metavar="NAME", help="The position whose sentences stand in the index.")
@click.option("--format", "format_", default="markdown", show_default=True, metavar="FORMAT", help="markdown or html.")
@click.option("--output", metavar="FOLDER", help="Write every page to a file there; else they are printed.")
def command(only: tuple[str, ...], rulebook: str | None, position: str | None, format_: str, output: str | None) -> int:
    """Write a page for each constraint and kind of a rulebook, and an index; or print those of some constraints."""
    from checker.documenting import pages
    from checker.render.documents import FORMATS
    from checker.rulebook import builtin, load_rulebook
    from checker.rulebook.examples import load_examples

    if format_ not in FORMATS:
        raise UsageError(f"unknown format {format_!r}", nearest(format_, FORMATS))
    ending, render = FORMATS[format_]
    path = Path(rulebook or (LOCAL if Path(LOCAL).is_dir() else builtin()))
    book = load_rulebook(path, position=position)
    made = pages(book, lambda name: load_rulebook(path, position=name), load_examples(path), only)
    if output is None:
        for number, page in enumerate(made):
            echo(("\n" if number else "") + render(page))
        return 0
    count = 0
    for page in made:
        target = Path(output, *page.name.split("/")).with_name(page.name.rpartition("/")[2] + ending)
        make_folder(target.parent)
        write(str(target), [render(page)])
        count += 1
    click.echo(f"{count} pages written; begin with {Path(output, 'index' + ending).as_posix()}", err=True)
    return 0
