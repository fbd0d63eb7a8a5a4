"""checker: says from operational logs whether agreed limits on a sensitive system were kept.

    from checker import check

    report = check("log.jsonl", position="intermediate")
    for finding in report.findings:
        print(finding.verdict, finding.constraint, finding.message)

Everything here works without the command line, keeps no global state, and raises `CheckerError` (with every
problem found, and where) when the check cannot be made.
"""

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from checker.errors import CheckerError, LogError, OutputError, RulebookError, UsageError

if TYPE_CHECKING:
    from checker.answers import Comparison, Explanation, Sweep
    from checker.difference import Difference
    from checker.logs import Log
    from checker.logs import read_log as read_log
    from checker.mapping import Mapping as LogMapping
    from checker.pipeline import Check
    from checker.report import Finding as Finding
    from checker.report import Report as Report
    from checker.rulebook import Rulebook
    from checker.rulebook import load_rulebook as load_rulebook
    from checker.rulebook.mapping_file import load_mapping as load_mapping
    from checker.tested import Outcome
    from checker.timeline import Zone

__all__ = [
    "CheckerError",
    "Finding",
    "LogError",
    "OutputError",
    "Report",
    "RulebookError",
    "UsageError",
    "check",
    "compare",
    "diff",
    "explain",
    "load_mapping",
    "load_rulebook",
    "read_log",
    "run_examples",
    "sweep",
]

_LATE = {
    "Finding": "checker.report",
    "Report": "checker.report",
    "load_mapping": "checker.rulebook.mapping_file",
    "load_rulebook": "checker.rulebook",
    "read_log": "checker.logs",
}

LogSource = "str | PathLike[str] | Log | Iterable[Mapping[str, Any]]"


def __getattr__(name: str) -> Any:
    """Import what is asked for only then: most of it is slow to import."""
    if name in _LATE:
        from importlib import import_module

        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module 'checker' has no attribute {name!r}")


def check(
    logs: "str | PathLike[str] | Log | Sequence[str | PathLike[str] | Log] | Iterable[Mapping[str, Any]]",
    rulebook: "Rulebook | str | PathLike[str] | None" = None,
    *,
    position: str | None = None,
    parameters: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
    observed_from: str | None = None,
    observed_until: str | None = None,
    as_of: str | None = None,
    all_findings: bool = False,
    backend: str | None = None,
    waivers: "str | PathLike[str] | None" = None,
    mapping: "LogMapping | str | PathLike[str] | None" = None,
) -> "Report":
    """Check logs against a rulebook and return the report.

    `logs`: a path, a log read before, several of these, or records as mappings. `rulebook`: a path or a loaded one;
    the built-in S-400 rulebook by default. `position` and `parameters` apply where it is loaded here. `only`:
    constraints by id, exception or group. `observed_from` and `observed_until`: RFC 3339 instants, both included; a
    date is a whole day in the rulebook's zone. `as_of`: only what was known then is judged, and until then. `waivers`:
    the path of a file that waives single findings. `mapping`: how foreign logs fit, as a path, the name of a shipped
    one or what `load_mapping` gave; by default what the rulebook says. It has no bearing on logs read before.

    Raises CheckerError: RulebookError, LogError or UsageError with every problem found.
    """
    from checker import telling

    found = _judged(
        logs, rulebook, position=position, parameters=parameters, only=only, observed_from=observed_from,
        observed_until=observed_until, as_of=as_of, backend=backend, waivers=waivers, mapping=mapping,
        every=all_findings,
    )  # fmt: skip
    return telling.report(found, all_findings=all_findings)


def explain(
    logs: Any,
    target: str,
    rulebook: "Rulebook | str | PathLike[str] | None" = None,
    *,
    subjects: Sequence[str] = (),
    **asked: Any,
) -> "Explanation":
    """Why a constraint (or one finding, by its id) came out as it did on these logs; the rest as for `check`.

    `subjects`: only what is about these assets. Raises CheckerError.
    """
    from checker.explanation import explained

    return explained(_judged(logs, rulebook, every=True, **asked), target, subjects)


def compare(
    logs: Any, rulebook: "str | PathLike[str] | None" = None, *, positions: Sequence[str] = (), **asked: Any
) -> "Comparison":
    """One log under several positions (all, if none are named), constraint by constraint; the rest as for `check`.

    Raises CheckerError.
    """
    from checker.comparison import chosen, compare
    from checker.rulebook import load_rulebook
    from checker.telling import report

    path, set_ = None if rulebook is None else fspath(rulebook), asked.pop("parameters", None)
    names = chosen(positions, load_rulebook(path, parameters=set_))
    books = [load_rulebook(path, position=name, parameters=set_) for name in names]
    read = _read(logs, books[0], asked.pop("mapping", None))
    checks = [_judged(read, book, every=True, **asked) for book in books]
    return compare([check.rulebook for check in checks], [report(check, all_findings=True) for check in checks])


def sweep(
    logs: Any,
    parameter: str,
    rulebook: "str | PathLike[str] | None" = None,
    *,
    values: Sequence[str] = (),
    **asked: Any,
) -> "Sweep":
    """How what comes of constraints depends on a parameter, with exact breakpoints; the rest as for `check`.

    `values`: judge again at these only, for a parameter that changes more than a limit. Raises CheckerError.
    """
    from checker.rulebook import load_rulebook
    from checker.sweeping import sweep

    path, position, only = (
        None if rulebook is None else fspath(rulebook),
        asked.pop("position", None),
        asked.pop("only", ()),
    )
    set_ = dict(asked.pop("parameters", None) or {})

    def load(changed: Mapping[str, str]) -> "Rulebook":
        return load_rulebook(path, position=position, parameters={**set_, **changed}).only(only)

    book = load({})
    return sweep(
        _read(logs, book, asked.pop("mapping", None)), book, load, parameter, values=values,
        judging=lambda read, other: _judged(read, other, every=True, **asked),
    )  # fmt: skip


def diff(old: "Report", new: "Report") -> "Difference":
    """What changed from one report to another, and through what."""
    from checker.difference import difference

    return difference(old, new)


def run_examples(
    rulebook: "str | PathLike[str] | None" = None, *, only: Sequence[str] = (), mutate: bool = False
) -> "Outcome":
    """What comes of a rulebook's examples (the built-in one's by default), and with `mutate` what they do not notice.

    Raises RulebookError with everything that is wrong with the examples, or the rulebook.
    """
    from checker.rulebook import builtin, load_rulebook
    from checker.rulebook.examples import load_examples
    from checker.testing import run

    path = builtin() if rulebook is None else fspath(rulebook)

    def load(position: str | None, parameters: Mapping[str, str]) -> "Rulebook":
        return load_rulebook(path, position=position, parameters=parameters)

    return run(load_examples(path), load, only=only, mutate=mutate)


def _read(logs: Any, rulebook: "Rulebook", mapping: Any = None) -> "list[Log]":
    return _logs(_items(logs), _fitting(mapping, rulebook))


def _items(logs: Any) -> list[Any]:
    """The logs one by one, all of them paths and logs that were read, or records."""
    from checker.logs import Log

    alone = isinstance(logs, (str, PathLike, Log)) or not isinstance(logs, Iterable)
    items = [logs] if alone else list(logs)
    wrong = [item for item in items if not isinstance(item, (str, PathLike, Log, Mapping))]
    if wrong or isinstance(logs, Mapping):
        raise UsageError(f"logs: found a {type((wrong or [logs])[0]).__name__}", _EXPECTED)
    if len({isinstance(item, Mapping) for item in items}) > 1:
        raise UsageError("logs: found records beside paths or logs", _EXPECTED)
    return items


_EXPECTED = "expected a path or a log read before, several of these, or a list of records"


def _fitting(mapping: Any, rulebook: "Rulebook") -> "LogMapping | None":
    """How foreign logs fit: as told, else as the rulebook says."""
    if isinstance(mapping, (str, PathLike)):
        from checker.rulebook.mapping_file import load_mapping

        return load_mapping(fspath(mapping))
    return rulebook.mapping if mapping is None else mapping


def _judged(
    logs: Any, rulebook: Any, *, every: bool, position: str | None = None, parameters: Mapping[str, str] | None = None,
    only: Sequence[str] = (), observed_from: str | None = None, observed_until: str | None = None,
    as_of: str | None = None, backend: str | None = None, waivers: Any = None, mapping: Any = None,
) -> "Check":  # fmt: skip
    from checker import pipeline
    from checker.route import judged_files
    from checker.rulebook import Rulebook, load_rulebook

    if isinstance(rulebook, Rulebook):
        if (position is not None and position != rulebook.position) or parameters:
            raise UsageError("a loaded rulebook has its position and parameters", "give them to load_rulebook")
        loaded = rulebook
    else:
        loaded = load_rulebook(None if rulebook is None else str(rulebook), position=position, parameters=parameters)
    only = [only] if isinstance(only, str) else only
    items = _items(logs)
    asked: dict[str, Any] = {
        "observed_from": instant(observed_from, "observed_from", loaded.zone)[0],
        "observed_until": instant(observed_until, "observed_until", loaded.zone)[1],
        "as_of": instant(as_of, "as_of", loaded.zone)[1],
        "backend": backend,
        "waivers": _waivers(waivers, loaded) if waivers is not None else (),
        "every": every,
    }
    if items and all(isinstance(item, (str, PathLike)) for item in items):
        paths = [fspath(item) for item in items]
        return judged_files(paths, _fitting(mapping, loaded), loaded.only(only), **asked)
    return pipeline.run(_logs(items, _fitting(mapping, loaded)), loaded.only(only), **asked)


def _waivers(path: Any, rulebook: "Rulebook") -> Any:
    from checker.rulebook.waivers import load_finding_waivers

    return load_finding_waivers(path, rulebook.definitions)


def instant(text: str | None, name: str, zone: "Zone | None" = None) -> "tuple[int | None, int | None]":
    """The first and last microsecond of an instant given as RFC 3339 text; a date is a whole day of the zone."""
    from checker.timeline import parse_instant

    if text is None:
        return None, None
    try:
        return parse_instant(text, zone)
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None


def _logs(items: list[Any], mapping: Any) -> "list[Log]":
    from checker.logs import Log, from_dicts, read_logs

    if items and all(isinstance(item, Mapping) for item in items):
        return [from_dicts(items, mapping=mapping)]
    paths = [item for item in items if not isinstance(item, Log)]
    read = iter(read_logs(paths, mapping))
    return [item if isinstance(item, Log) else next(read) for item in items]
