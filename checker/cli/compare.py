"""`checker compare`: one log under several positions."""

from typing import Any

import click

from checker.cli.answering import answer, answering, wanted
from checker.cli.options import Loading, selecting


@click.command("compare")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option("--positions", metavar="A,B...", default="", help="The positions to compare; all, if not told.")
@selecting
@answering("text, json or html")
def command(logs: tuple[str, ...], positions: str, format_: str, outputs: tuple[str, ...], **options: Any) -> int:
    """Judge LOG files under several positions: constraint by constraint stricter, looser, equal or incomparable.

    Ends with 0 whenever it could be answered.
    """
    from checker.comparison import chosen, compare
    from checker.errors import UsageError
    from checker.pipeline import run
    from checker.render.answers import COMPARISONS
    from checker.telling import report

    files = wanted(COMPARISONS, format_, outputs)
    if options["position"] is not None:
        raise UsageError("compare takes several positions", "name them with --positions A,B")
    loading = Loading(options)
    names = chosen(positions.split(","), loading.load())
    books = [loading.load(position=name) for name in names]
    read = loading.read(logs, books[0])
    reports = [report(run(read, book, **loading.asked(book)), all_findings=True) for book in books]
    return answer(compare(books, reports), COMPARISONS, format_, files)
