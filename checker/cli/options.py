"""What the commands have in common: which logs, which rulebook, which part of them, and how that is loaded."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from checker.errors import PipeClosed, UsageError
from checker.profile import NO_PROFILE, NoProfile

if TYPE_CHECKING:
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


_SELECTING: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "-r", "--rulebook", metavar="PATH",
        help=f"Rulebook file or folder; ./{LOCAL} if there is one, else the built-in S-400 rulebook.",
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
    click.option("--mapping", metavar="FILE", help="YAML file that says how a foreign log fits."),
    click.option("--backend", metavar="NAME", help="How the rules are evaluated; the report is the same in any case."),
)  # fmt: skip


def run_check(
    logs: tuple[str, ...], options: dict[str, Any], profile: NoProfile = NO_PROFILE, *, every: bool = True
) -> "Check":
    """Load the rulebook and the logs, and judge; `every`: each occasion on its own, even where the limit was kept."""
    from checker import instant
    from checker.route import judged_files
    from checker.rulebook import load_rulebook

    with profile.stage("rulebook"):
        path = options["rulebook"]
        if path is None and Path(LOCAL).is_dir():
            path = LOCAL
        rulebook = load_rulebook(path, position=options["position"], parameters=_assignments(options["parameters"]))
        mapping = _mapping(options["mapping"]) if options["mapping"] else rulebook.mapping
    return judged_files(
        logs,
        mapping,
        rulebook.only(options["only"]),
        observed_from=instant(options["observed_from"], "--from", rulebook.zone)[0],
        observed_until=instant(options["observed_until"], "--until", rulebook.zone)[1],
        as_of=instant(options["as_of"], "--as-of", rulebook.zone)[1],
        backend=options["backend"],
        waivers=_waivers(options["waivers"], rulebook) if options["waivers"] else (),
        every=every,
        profile=profile,
    )


def echo(text: str) -> None:
    """Print a result: the same bytes whatever the locale, and nothing added."""
    try:
        sys.stdout.flush()
        rest = memoryview(text.encode())
        while rest:  # an unbuffered stream (PYTHONUNBUFFERED) may take only a part at a time
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise PipeClosed from None  # click would end with 1, which here means a violation


def _assignments(given: tuple[str, ...]) -> dict[str, str]:
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
