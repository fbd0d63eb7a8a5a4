"""`checker schema`: the JSON Schemas of what goes in and what comes out."""

import click

from checker.cli.options import echo

WHAT = ("rulebook", "report", "diff", "explain", "compare", "sweep", "test", "lint", "map")


@click.command("schema")
@click.argument("what", type=click.Choice(WHAT), default="rulebook")
def command(what: str) -> int:
    """Print the JSON Schema of rulebooks (for editors), of reports, or of what other commands answer."""
    import json

    if what == "report":
        from checker.report import Report

        schema = Report.schema()
    elif what == "diff":
        from checker.difference import Difference

        schema = Difference.schema()
    elif what != "rulebook":
        from checker import answers, proposed, tested

        named: dict[str, type[answers.Answer]] = {
            "explain": answers.Explanation, "compare": answers.Comparison, "sweep": answers.Sweep,
            "test": tested.Outcome, "lint": answers.Lint, "map": proposed.Proposal,
        }  # fmt: skip
        schema = named[what].schema()
    else:
        from checker.rulebook.schema import rulebook_schema

        schema = rulebook_schema()
    echo(json.dumps(schema, indent=2, sort_keys=True) + "\n")
    return 0
