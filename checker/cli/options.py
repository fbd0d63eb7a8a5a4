"""What the commands have in common: which logs, which rulebook, which part of them, and how that is loaded."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from checker.errors import PipeClosed, UsageError
from checker.profile import NO_PROFILE, NoProfile

if TYPE_CHECKING:
    from checker.logs import Log
    from checker.pipeline import Check
    from checker.rulebook import Rulebook

F = TypeVar("F", bound=Callable[..., Any])

LOCAL = "constraints"
"""The folder that is taken as the rulebook where there is one and none is named."""


def selecting(function: F) -> F:
    """Add the options that say what is checked against what."""
    for option in reversed(_SELECTING):
        function = option(function)
    return function


def _use(context: click.Context, _: click.Parameter, given: tuple[str, ...]) -> None:
    """Let the limits hold until the command has ended."""
    if not given:
        return
    from checker.limits import using

    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        number = value.strip().replace("_", "")
        if not equals or not name.strip() or not (number.isascii() and number.isdigit() and len(number) < 20):
            raise UsageError(f"--limit {text!r}: expected NAME=VALUE", "for example --limit line_bytes=64_000_000")
        values[name.strip()] = int(number)
    context.with_resource(using(**values))


limiting = click.option(
    "--limit", metavar="NAME=VALUE", multiple=True, expose_value=False, callback=_use,
    help="Set a limit otherwise (repeatable); docs/limits.md lists them.",
)  # fmt: skip
"""Add the option that sets limits."""

_SELECTING: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "-r", "--rulebook", metavar="PATH",
        help=f"Rulebook file, folder or name; ./{LOCAL} if there is one, else the built-in S-400 rulebook.",
    ),
    click.option("--position", metavar="NAME", help="The position whose parameter values apply."),
    click.option(
        "--set", "parameters", metavar="NAME=VALUE", multiple=True, help="Set one parameter otherwise (repeatable)."
    ),
    click.option(
        "--only", metavar="ID_OR_GROUP", multiple=True,
        help="Only these constraints, exceptions or groups (repeatable; * stands for anything).",
    ),
    click.option("--from", "observed_from", metavar="INSTANT", help="Observation begins here (RFC 3339, or a date)."),
    click.option("--until", "observed_until", metavar="INSTANT", help="Observation ends here; a date is a whole day."),
    click.option("--as-of", metavar="INSTANT", help="Ask as of then: later arrivals are left out, observation ends."),
    click.option(
        "--waivers", metavar="FILE", help="YAML file that waives single findings, with reason, approver and expiry."
    ),
    click.option(
        "--mapping", metavar="FILE_OR_NAME",
        help="How a foreign log fits: a YAML file, or ecs, ocsf, timesheet or xes; see `checker map`.",
    ),
    click.option("--backend", metavar="NAME", help="How the rules are evaluated; the report is the same in any case."),
    limiting,
)  # fmt: skip


class Loading:
    """How the options say that rulebooks and logs are loaded."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        path = options["rulebook"]
        self.path = LOCAL if path is None and Path(LOCAL).is_dir() else path
        self.parameters = assignments(options["parameters"])

    def whole(self, position: str | None, parameters: Mapping[str, str] | None = None) -> "Rulebook":
        """The rulebook under a position, with these parameters set beside those of the options."""
        from checker.rulebook import load_rulebook

        return load_rulebook(self.path, position=position, parameters={**self.parameters, **(parameters or {})})

    def load(self, parameters: Mapping[str, str] | None = None, position: str | None = None) -> "Rulebook":
        """The part of the rulebook that is asked about."""
        return self.whole(position or self._options.get("position"), parameters).only(self._options["only"])

    def mapping(self, rulebook: "Rulebook") -> Any:
        """How a foreign log fits: the file named, else what the rulebook says."""
        return _mapping(self._options["mapping"]) if self._options["mapping"] else rulebook.mapping

    def read(self, logs: Sequence[str], rulebook: "Rulebook") -> "list[Log]":
        """The logs, read once."""
        from checker.logs import read_logs

        return read_logs(list(logs), self.mapping(rulebook))

    def asked(self, rulebook: "Rulebook") -> dict[str, Any]:
        """What else is asked of a check."""
        from checker import instant

        options = self._options
        return {
            "observed_from": instant(options["observed_from"], "--from", rulebook.zone)[0],
            "observed_until": instant(options["observed_until"], "--until", rulebook.zone)[1],
            "as_of": instant(options["as_of"], "--as-of", rulebook.zone)[1],
            "backend": options["backend"],
            "waivers": _waivers(options["waivers"], rulebook) if options["waivers"] else (),
        }


def run_check(
    logs: tuple[str, ...], options: dict[str, Any], profile: NoProfile = NO_PROFILE, *, every: bool = True
) -> "Check":
    """Load the rulebook and the logs, and judge; `every`: each occasion on its own, even where the limit was kept."""
    from checker.route import judged_files

    with profile.stage("rulebook"):
        loading = Loading(options)
        rulebook = loading.whole(options["position"])
        mapping = loading.mapping(rulebook)
    return judged_files(
        logs, mapping, rulebook.only(options["only"]), **loading.asked(rulebook), every=every, profile=profile
    )


def echo(text: str, *, shown: bool = False) -> None:
    """Print a result: the same bytes whatever the locale, and nothing added.

    `shown`: it is a page to be read, so that a terminal that cannot show its signs gets others.
    """
    if shown and sys.stdout.isatty() and not _shows(sys.stdout.encoding):
        from checker.render.layout import as_ascii

        text = as_ascii(text)
    try:
        sys.stdout.flush()
        rest = memoryview(text.encode())
        while rest:  # an unbuffered stream (PYTHONUNBUFFERED) may take only a part at a time
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise PipeClosed from None  # click would end with 1, which here means a violation


def _shows(encoding: str | None) -> bool:
    """Whether a terminal of that encoding can show the signs of pages."""
    from checker.render.layout import SIGNS

    try:
        SIGNS.encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def assignments(given: tuple[str, ...]) -> dict[str, str]:
    """The parameters that options set, by name."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set {text!r}: expected NAME=VALUE", "for example --set emission_limit='45 min'")
        found[name.strip()] = value.strip()
    return found


def _waivers(path: str, rulebook: "Rulebook") -> Any:
    from checker.rulebook.waivers import load_finding_waivers

    return load_finding_waivers(path, rulebook.definitions)


def _mapping(path: str) -> Any:
    from checker.rulebook.mapping_file import load_mapping

    return load_mapping(path)
