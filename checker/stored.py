"""A report read again from the JSON it was written as: every mistake in its shape told, each with its place."""

from collections.abc import Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from checker.errors import Problem, ReportError
from checker.legible import shown
from checker.limits import limit
from checker.location import Location
from checker.report import Finding, MissingOf, Range, Report, WitnessOf
from checker.timeline import parse_instant

MAX_PROBLEMS = limit("report_problems")


def read_report(content: bytes | str, name: str) -> Report:
    """The report that a JSON text holds; `name` is what messages call it. Raises ReportError."""
    import json

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is no number of a report")

    try:
        data = json.loads(content, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise ReportError([Problem(Location(name, error.lineno, error.colno), f"not JSON: {error.msg}")]) from None
    except RecursionError:
        raise ReportError([Problem(Location(name), "not a report: nested too deep")]) from None
    except ValueError as error:  # not UTF-8, or a number that is none
        raise ReportError([Problem(Location(name), f"not a report: {str(error)[:200]}")]) from None
    return report_of(data, name)


def report_of(data: Any, name: str = "report") -> Report:
    """The report that plain data holds, as `Report.to_dict` gives it. Raises ReportError.

    What a later version added is passed over; what has a default may be missing.
    """
    version = data.get("report_version") if isinstance(data, dict) else None
    if version != 1 or isinstance(version, bool):
        found = f"version {shown(str(version))[:60]}" if version is not None else "no `report_version`"
        hint = "`checker check LOG --output json:FILE` writes one"
        raise ReportError([Problem(Location(name), f"not a report of version 1: {found}", hint)])
    problems: list[Problem] = []
    made = _read(Report, data, "", name, problems)
    if problems:
        raise ReportError(problems)
    report: Report = made
    for at, finding in enumerate(report.findings):
        for member, text in (("from", finding.from_), ("until", finding.until)):
            try:
                parse_instant(text)
            except ValueError as error:
                problems.append(Problem(Location(name), f"`findings[{at}].{member}`: {error}"))
    if problems:
        raise ReportError(problems[:MAX_PROBLEMS])
    return report


def finding_of(text: str) -> Finding:
    """One finding that this program wrote as JSON: nothing of its shape is looked at, for there may be millions."""
    import json

    data = json.loads(text)
    for name in ("measured", "margin"):
        data[name] = Range(**data[name])
    data["missing"] = [MissingOf(**_named(one)) for one in data["missing"]]
    data["witnesses"] = [WitnessOf(**one) for one in data["witnesses"]]
    return Finding(**_named(data))


def _named(data: dict[str, Any]) -> dict[str, Any]:
    """The members under the names that they have here."""
    data["from_"] = data.pop("from")
    return data


def _read(kind: Any, value: Any, path: str, name: str, problems: list[Problem]) -> Any:
    if is_dataclass(kind):
        return _object(kind, value, path, name, problems)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (list, Sequence) and isinstance(value, list):
        return [_read(arguments[0], item, f"{path}[{at}]", name, problems) for at, item in enumerate(value)]
    if origin is dict and isinstance(value, dict):
        return {key: _read(arguments[1], item, f"{path}.{key}", name, problems) for key, item in value.items()}
    if origin in (Union, UnionType):
        if value is None and NoneType in arguments:
            return None
        for one in arguments:
            if is_dataclass(one) or get_origin(one) is not None or _fits(one, value):
                return _read(one, value, path, name, problems)
    elif origin is None and _fits(kind, value):
        return value
    if len(problems) < MAX_PROBLEMS:
        problems.append(Problem(Location(name), f"`{path}` is {_found(value)}; expected {_wanted(kind)}"))
    return None


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _object(kind: Any, value: Any, path: str, name: str, problems: list[Problem]) -> Any:
    if not isinstance(value, dict):
        if len(problems) < MAX_PROBLEMS:
            problems.append(Problem(Location(name), f"`{path}` is {_found(value)}; expected an object"))
        return None
    hints = _hints(kind)
    made = {}
    for field in fields(kind):
        member = field.name.rstrip("_")
        place = f"{path}.{member}".lstrip(".")
        if member in value:
            made[field.name] = _read(hints[field.name], value[member], place, name, problems)
        elif field.default is MISSING and field.default_factory is MISSING:
            if len(problems) < MAX_PROBLEMS:
                problems.append(Problem(Location(name), f"`{place}` is missing"))
            made[field.name] = None
    return kind(**made)


_NAMES: dict[Any, str] = {
    str: "a text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null",
    list: "a list", Sequence: "a list", dict: "an object",
}  # fmt: skip


def _fits(kind: Any, value: Any) -> bool:
    if kind is Any:
        return True
    if kind is NoneType:
        return value is None
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, float) and not isfinite(value):
        return False
    return isinstance(value, (int, float) if kind is float else kind)


def _found(value: Any) -> str:
    return shown(value) if isinstance(value, str) and len(value) < 60 else _NAMES.get(type(value), "something else")


def _wanted(kind: Any) -> str:
    arguments = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    names = [_NAMES.get(get_origin(one) or one, "an object") for one in arguments]
    return " or ".join(dict.fromkeys(names))
