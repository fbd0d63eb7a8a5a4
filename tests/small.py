"""Small rulebooks and logs as tests write them: one line for a record, a few lines of YAML for a constraint."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checker import pipeline, telling
from checker.logs import Log, from_dicts
from checker.report import Report
from checker.rulebook import Rulebook, parse_rulebook
from checker.rulebook.reading import SECTIONS
from checker.timeline import parse_instant
from checker.yamltree import Items, Table, Text, core_value, load

ENVELOPE = ("id", "source", "seq", "recorded_at", "received_at")
HEAD = {
    "id": "C-1", "title": "A limit", "text": "The limit is kept.", "group": "test", "severity": "major",
    "source": "illustrative",
}  # fmt: skip

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def read(text: str) -> Any:
    """A YAML text as rulebooks are read: a tree of texts."""
    problems: list[Any] = []
    document = load(text, "small.yaml", problems)
    assert document is not None, problems
    assert not problems, problems
    return document.root


def values(node: Any) -> Any:
    """Plain Python values of a tree: numbers, flags and null by the core schema, texts otherwise."""
    if isinstance(node, dict):
        return {str(name): values(value) for name, value in node.items()}
    if isinstance(node, list):
        return [values(item) for item in node]
    return core_value(node) if isinstance(node, Text) else node


def record(line: str) -> dict[str, Any]:
    """`2031-05-01T08:00:00Z TYPE SUBJECT key=value key=[A, B] key={yaml: flow}` as a record; subject `-` is none.

    `id`, `source`, `seq`, `recorded_at` and `received_at` are members of the envelope, all else of `data`.
    """
    time, name, subject, *rest = line.split(None, 3)
    made: dict[str, Any] = {"time": time, "type": name}
    if subject != "-":
        made["subject"] = subject
    data: dict[str, Any] = {}
    for key, written in _fields(rest[0] if rest else ""):
        (made if key in ENVELOPE else data)[key] = values(read(written)) if written else None
    if data:
        made["data"] = data
    return made


def _fields(text: str) -> Iterable[tuple[str, str]]:
    """The parts `key=value`; a blank inside brackets or quotes does not end a value."""
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        match = _NAME.match(text, at)
        assert match is not None, text[at:]
        assert text[match.end() : match.end() + 1] == "=", text[at:]
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


def log(lines: Iterable[str], name: str = "log") -> Log:
    """A log of such lines."""
    return from_dicts([record(str(line)) for line in lines], name=name)


def rulebook(given: Mapping[str, Any], position: str | None = None) -> Rulebook:
    """A rulebook of the sections given and one `constraint`; `zone` and `history` go to its head.

    What every constraint says of itself (id, title, text and so on) is filled in.
    """
    head: dict[str, Any] = {"id": "small", "version": "1", "title": "Small"}
    head |= {name: given[name] for name in ("zone", "history") if name in given}
    sections: dict[str, Any] = {"rulebook": head}
    sections |= {name: given[name] for name in SECTIONS if name in given and name not in ("rulebook", "constraints")}
    sections["constraints"] = [{**HEAD, **given["constraint"]}]
    return parse_rulebook("\n".join(f"{name}: {_written(node)}" for name, node in sections.items()), position=position)


def _written(node: Any) -> str:
    """A tree as YAML in one line: what is plain and no text stays plain, everything else is quoted."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{json.dumps(str(name))}: {_written(value)}" for name, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(_written(item) for item in node) + "]"
    if isinstance(node, Text) and node.plain and (node == "none" or not isinstance(core_value(node), str)):
        return str(node)
    return json.dumps(str(node), ensure_ascii=False)


def instant(text: str | None) -> int | None:
    """An instant of a test in whole microseconds."""
    return None if text is None else parse_instant(str(text))[0]


def check(
    given: Mapping[str, Any],
    lines: Sequence[str],
    *,
    backend: str | None = None,
    all_findings: bool = True,
) -> Report:
    """The report on one log; `observed` says from when until when, `position` under which position."""
    return check_logs(given, [log(lines)], backend=backend, all_findings=all_findings)


def check_logs(
    given: Mapping[str, Any], logs: Sequence[Log], *, backend: str | None = None, all_findings: bool = True
) -> Report:
    """The same on logs read before."""
    observed = given.get("observed") or {}
    found = pipeline.run(
        logs,
        rulebook(given, given.get("position")),
        observed_from=instant(observed.get("from")),
        observed_until=instant(observed.get("until")),
        backend=backend,
        every=all_findings,
    )
    return telling.report(found, all_findings=all_findings)


def without_engine_notice(text: str) -> str:
    """A page without what is noted where the rule engine cannot be had: that alone differs there."""
    text = re.sub(r"(?m)^- *durable-rules cannot(.*\n)(    .*\n)*", "", text.replace("\n  - durable", "\n- durable"))
    return text.replace("To be noted\n\n", "")


__all__ = [
    "Items", "Table", "check", "check_logs", "instant", "log", "read", "record", "rulebook", "values",
    "without_engine_notice",
]  # fmt: skip
