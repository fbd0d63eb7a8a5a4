"""Records as examples write them: `2031-05-01T08:00:00Z TYPE SUBJECT field=value`, one line for each.

`id`, `source`, `seq`, `recorded_at`, `received_at` and `subject` are members of the envelope, all else of `data`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checker.errors import Problem
from checker.yamltree import Items, Text, core_value, load

ENVELOPE = ("id", "source", "seq", "recorded_at", "received_at", "subject")
NOBODY = "-"
"""Stands for a record that is about no asset."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SHORT = re.compile(r"(?:([0-9]{2}-[0-9]{2})T)?([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]+)?)?")


def full_time(text: str, day: str) -> str:
    """An instant written short, `08:00`, `08:00:30` or `05-02T08:00`, as one of that day (or year) in UTC."""
    match = _SHORT.fullmatch(text)
    if match is None:
        return text
    date, minute, second = match.groups()
    return f"{day[:5] + date if date else day}T{minute}{second or ':00'}Z"


def record(
    line: str, *, day: str = "2031-01-01", is_text: Callable[[str, str], bool] = lambda of, field: False
) -> dict[str, Any]:
    """A line as a record. `is_text` says of which fields of a type the value stays as it is written (`007`).

    Raises ValueError that says what was expected.
    """
    parts = line.split(None, 3)
    if len(parts) < 2:
        raise ValueError(f"{line!r} is not a record; expected for example `2031-05-01T08:00:00Z RADAR_ON A notice=N1`")
    time, name = parts[:2]
    made: dict[str, Any] = {"time": full_time(time, day), "type": name}
    if len(parts) > 2 and "=" in parts[2]:
        raise ValueError(f"the third part of {line!r} is the subject; expected `{NOBODY}` if there is none")
    if len(parts) > 2 and parts[2] != NOBODY:
        made["subject"] = parts[2]
    data: dict[str, Any] = {}
    for field, written in _fields(parts[3] if len(parts) > 3 else ""):
        plain = is_text(name, field) and not written.startswith(("'", '"', "["))
        value = written if plain else plain_value(_read(written)) if written else None
        if field in ENVELOPE:
            made[field] = full_time(value, day) if field.endswith("_at") and isinstance(value, str) else value
        else:
            data[field] = value
    if data:
        made["data"] = data
    return made


def plain_value(node: Any) -> Any:
    """Plain Python values of a tree: numbers, flags and null by the core schema, texts otherwise."""
    if isinstance(node, Mapping):
        return {str(name): plain_value(value) for name, value in node.items()}
    if isinstance(node, Items):
        return [plain_value(item) for item in node]
    return core_value(node) if isinstance(node, Text) else node


def _read(written: str) -> Any:
    problems: list[Problem] = []
    document = load(written, "value", problems)
    if document is None or problems:
        raise ValueError(f"{written!r} is not a value: {problems[0].message if problems else 'nothing is there'}")
    return document.root


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """The parts `key=value`; a blank inside brackets or quotes does not end a value."""
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        match = _NAME.match(text, at)
        if match is None or text[match.end() : match.end() + 1] != "=":
            raise ValueError(f"expected `field=value` at {text[at : at + 20]!r}")
        start = end = match.end() + 1
        depth, quote = 0, ""
        while end < len(text) and (depth or quote or text[end] != " "):
            mark = text[end]
            if quote:
                quote = "" if mark == quote else quote
            elif mark in "'\"":
                quote = mark
            else:
                depth += (mark in "[{") - (mark in "]}")
            end += 1
        yield match.group(), text[start:end]
        at = end
