"""`checker schema`: the JSON Schemas of what goes in and what comes out."""

import click

from checker.cli.options import echo

WHAT = (
    "rulebook", "scenario", "report", "diff", "explain", "compare", "sweep", "test", "lint", "map", "simulate",
)  # fmt: skip


@click.command("schema")
@click.argument("what", type=click.Choice(WHAT), default="rulebook")
def command(what: str) -> int:
    """Print the JSON Schema of rulebooks or scenarios (for editors), of reports, or of what other commands answer."""
    import json

    if what == "report":
        from checker.report import Report

        schema = Report.schema()
    elif what == "diff":
        from checker.difference import Difference

        schema = Difference.schema()
    elif what == "scenario":
        from checker.rulebook.scenarios import scenario_schema

        schema = scenario_schema()
    elif what != "rulebook":
        from checker import answers, proposed, simulated, tested

        named: dict[str, type[answers.Answer]] = {
            "explain": answers.Explanation, "compare": answers.Comparison, "sweep": answers.Sweep,
            "test": tested.Outcome, "lint": answers.Lint, "map": proposed.Proposal,
            "simulate": simulated.Checked,
        }  # fmt: skip
        schema = named[what].schema()
    else:
        from checker.rulebook.schema import rulebook_schema

        schema = rulebook_schema()
    echo(json.dumps(schema, indent=2, sort_keys=True) + "\n")
    return 0
