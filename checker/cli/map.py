"""`checker map`: propose how a foreign log fits."""

import click

from checker.cli.answering import answer, answering, wanted
from checker.cli.options import limiting
from checker.legible import legible


@click.command("map")
@limiting
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option("--zone", metavar="ZONE", help="The zone of times without an offset, as Europe/Berlin.")
@click.option(
    "--time-format", metavar="FORMAT", help="How times are written: a strptime format, or epoch_s, _ms, _us, _ns."
)
@answering("text or json")
def command(
    logs: tuple[str, ...], zone: str | None, time_format: str | None, format_: str, outputs: tuple[str, ...]
) -> int:
    """Propose a mapping from the first 10,000 records of LOG, as YAML for `--mapping`, with the reason of each choice.

    Ends with 0 if the mapping reads every record of the sample, else with 2: something is left for you to say.
    """
    from checker.proposing import propose
    from checker.render.answers import PROPOSALS

    files = wanted(PROPOSALS, format_, outputs)
    made = propose(logs, zone=zone, time_format=time_format)
    answer(made, PROPOSALS, format_, files)
    for told in made.open:
        click.echo(f"open: {legible(told)}", err=True)
    if not made.complete and not made.open:
        click.echo(f"not read: {made.records - made.accepted:,} of {made.records:,} records", err=True)
    return 0 if made.complete else 2
