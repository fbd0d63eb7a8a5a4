"""`checker sweep`: how what comes of constraints depends on a parameter."""

from typing import Any

import click

from checker.cli.answering import answer, answering, wanted
from checker.cli.options import Loading, selecting


@click.command("sweep")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option("--parameter", required=True, metavar="NAME", help="The parameter whose value is varied.")
@click.option(
    "--values", metavar="V,V...", help="Judge again at these values only: for what changes more than a limit."
)
@selecting
@answering("text, json or html")
def command(
    logs: tuple[str, ...], parameter: str, values: str | None, format_: str, outputs: tuple[str, ...], **options: Any
) -> int:
    """Tell how the verdicts on LOG files depend on a parameter: exact breakpoints, from one measurement.

    Ends with 0 whenever it could be answered.
    """
    from checker.pipeline import run
    from checker.render.answers import SWEEPS
    from checker.sweeping import sweep

    files = wanted(SWEEPS, format_, outputs)
    loaded = Loading(options)
    book = loaded.load()
    given = [value.strip() for value in values.split(",") if value.strip()] if values else []
    made = sweep(
        loaded.read(logs, book), book, loaded.load, parameter, values=given,
        judging=lambda read, changed: run(read, changed, **loaded.asked(book)),
    )  # fmt: skip
    return answer(made, SWEEPS, format_, files)
