"""The command line: reads what was asked, calls the line, prints, and ends with the status; it decides nothing."""

import gc
import os
import signal
import sys
from typing import Any, NoReturn

import click

from checker.errors import CheckerError, PipeClosed, Terminated
from checker.version import __version__

COMMANDS = {
    "check": "checker.cli.check",
    "explain": "checker.cli.explain",
    "compare": "checker.cli.compare",
    "sweep": "checker.cli.sweep",
    "diff": "checker.cli.diff",
    "lint": "checker.cli.lint",
    "test": "checker.cli.test",
    "docs": "checker.cli.docs",
    "init": "checker.cli.init",
    "demo": "checker.cli.demo",
    "map": "checker.cli.map",
    "simulate": "checker.cli.simulate",
    "schema": "checker.cli.schema",
}
"""Command -> module that holds it as `command`; imported only when it is called."""


class Commands(click.Group):
    """Knows the commands by name and imports one when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the list above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None if there is none."""
        from importlib import import_module

        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """A name that is no command is answered with the nearest one."""
        from checker.errors import nearest

        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(f"there is no command {args[0]!r}; {nearest(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 all limits kept, 1 a limit not kept, 2 the check could not be made, "
    "3 something could not be concluded or is not yet due.",
)
@click.version_option(__version__, prog_name="checker")
def root() -> None:
    """Check operational logs against agreed limits: what held, what did not, by how much, what cannot be concluded."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command and end the process with its status; nothing but a violation ends with 1."""
    # plug-ins of pydantic would cost a search through everything installed, and could change a verdict
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    signal.signal(signal.SIGTERM, _terminate)
    gc.set_threshold(200_000)  # little here is garbage, and nothing is cyclic in the long run
    status = run(arguments)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        _leave_pipe()
    os._exit(status)  # everything is written; taking the interpreter apart would only take time


def run(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    try:
        status = root.main(args=arguments, prog_name="checker", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as wrong:
        wrong.show()
        return 2
    except CheckerError as wrong:
        from checker.legible import legible

        for problem in wrong.problems:
            at = problem.location  # a pattern may have found a name that the other party chose
            named = problem._replace(location=at and at._replace(file=legible(at.file)))
            click.echo(f"error: {named}", err=True)
        if len(wrong.problems) > 1:
            click.echo(f"{len(wrong.problems)} problems; nothing was checked", err=True)
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return 130
    except Terminated:
        return 143
    except (PipeClosed, BrokenPipeError):
        _leave_pipe()
        return 141
    except OSError as wrong:
        click.echo(f"error: {wrong.strerror or wrong}", err=True)
        _leave_pipe()
        return 2
    except MemoryError:
        click.echo("error: there is not enough memory for this log; nothing was concluded", err=True)
        click.echo(
            "    check it in parts: some files, a shorter span (--until), or fewer constraints (--only)", err=True
        )
        return 2
    except Exception as defect:
        import traceback

        if os.environ.get("CHECKER_TRACEBACK"):
            traceback.print_exc()
        kind = type(defect).__name__
        click.echo(f"error: a defect of this program, nothing was concluded: {kind}: {defect!s:.300}", err=True)
        click.echo("    CHECKER_TRACEBACK=1 shows where; please report it", err=True)
        return 2


def _terminate(*_: Any) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # clearing away takes no second order
    raise Terminated


def _leave_pipe() -> None:
    """Nobody reads any more: keep the interpreter from failing again when it flushes at the end."""
    try:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
    except (OSError, ValueError):
        return


__all__ = ["main", "root", "run"]
