"""`checker explain`: one constraint or finding, occasion by occasion: what was measured, and what it rests on."""

from pathlib import Path
from typing import Any

import click

from checker.cli.options import echo, run_check, selecting
from checker.errors import UsageError


@click.command("explain")
@click.argument("target", metavar="ID")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@selecting
def command(target: str, logs: tuple[str, ...], **options: Any) -> int:
    """Explain a constraint, or one finding by its ID, on LOG files: why, and what would have kept the limit."""
    from checker.explanation import explain

    if Path(target).exists() and not Path(logs[-1]).exists():
        raise UsageError(f"{target!r} is a file", "name the constraint or finding first, then the logs")
    echo(explain(run_check(logs, options), target))
    return 0
