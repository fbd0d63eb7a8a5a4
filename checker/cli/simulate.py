"""`checker simulate`: hypothetical logs from a scenario, with what was put into them; or many of them, checked."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from checker.cli.answering import answer, wanted
from checker.cli.check import write
from checker.cli.options import LOCAL, echo, limiting
from checker.errors import UsageError


@click.command("simulate")
@limiting
@click.option(
    "--scenario", required=True, metavar="FILE", help="YAML file that says what happens, and what can go wrong."
)
@click.option(
    "-r", "--rulebook", metavar="PATH",
    help=f"Rulebook file or folder; ./{LOCAL} if there is one, else the built-in S-400 rulebook.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed, the same bytes.")
@click.option(
    "--breach", "breaches", multiple=True, metavar="CONSTRAINT[=SIZE]",
    help="Put in this breach, by its name or constraint (repeatable); by chance, if none is told.",
)  # fmt: skip
@click.option("--none", "none", is_flag=True, help="Put in no breach.")
@click.option("--gaps", type=click.IntRange(min=0), default=0, metavar="N", help="Take out records at N places.")
@click.option(
    "--contradictions", type=click.IntRange(min=0), default=0, metavar="N",
    help="Let another party record what does not fit, at N places.",
)  # fmt: skip
@click.option("--shuffle", is_flag=True, help="Write the records in any order.")
@click.option("--output", metavar="FILE", help="Write the log to a file instead of printing it.")
@click.option("--labels", metavar="FILE", help="Write what was put in: a line for each breach, gap and contradiction.")
@click.option("--count", type=click.IntRange(min=1), default=1, metavar="N", help="With --check: so many logs.")
@click.option("--check", "check_", is_flag=True, help="Check the logs, and compare what is found with what was put in.")
@click.option(
    "--format", "format_", default="text", show_default=True, metavar="FORMAT", help="With --check: text or json."
)
def command(
    scenario: str, rulebook: str | None, seed: int, breaches: tuple[str, ...], none: bool, gaps: int,
    contradictions: int, shuffle: bool, output: str | None, labels: str | None, count: int, check_: bool, format_: str,
) -> int:  # fmt: skip
    """Make a hypothetical log from a rulebook and a scenario: printed as JSON Lines, or to a file with --output.

    Labels are the truth: what was put in, by how much and when, reckoned from the parameters.

    With --check, make --count logs (seeds from --seed on), check each, and print how what was found compares with what
    was put in. Ends with 0 if nothing differs, else with 2 (1 is kept for violations found in logs).
    """
    from checker.rulebook import builtin, load_rulebook
    from checker.rulebook.scenarios import load_scenario
    from checker.simulation import asked_of, simulate

    if none and breaches:
        raise UsageError("--none and --breach do not go together", "leave out one of them")
    if count > 1 and not check_:
        raise UsageError("several logs are made to be checked", "add --check, or call it for each seed")
    if check_ and (labels or output):
        raise UsageError("--output and --labels are of one log that is not checked here", "leave out --check")
    path = Path(rulebook or (LOCAL if Path(LOCAL).is_dir() else builtin()))
    made_of, book = load_scenario(
        scenario, lambda position, parameters: load_rulebook(path, position=position, parameters=parameters)
    )
    asked = [] if none else [asked_of(text) for text in breaches] or None
    logs = (
        simulate(made_of, one, asked=asked, gaps=gaps, contradictions=contradictions, shuffle=shuffle)
        for one in range(seed, seed + count)
    )
    if not check_:
        made = next(logs)
        if labels:
            write(labels, [made.told()])
        if output:
            write(output, [made.lines()])
        else:
            echo(made.lines())
        from checker.timeline import format_instant

        span = f"--from {format_instant(made_of.start)} --until {format_instant(made_of.until)}"
        under = f" --position {made_of.position}" if made_of.position else ""
        scope = "".join(f" --only '{name}'" for name in made_of.only)
        click.echo(
            f"{len(made.records)} records, {len(made.labels)} labels; complete for{under} {span}{scope}", err=True
        )
        return 0
    from checker.render.answers import SIMULATIONS
    from checker.simulating import checked

    wanted(SIMULATIONS, format_, ())
    found = checked(made_of, book, scenario, logs, _told(count) if sys.stderr.isatty() else lambda done: None)
    answer(found, SIMULATIONS, format_, ())
    return 0 if found.perfect else 2


def _told(count: int) -> Callable[[int], None]:
    def told(done: int) -> None:
        end = "\r" if done < count else "\r\033[K"
        click.echo(f"  log {done:,} of {count:,}{end}", err=True, nl=False)

    return told
