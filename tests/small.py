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
from checker.rulebook.shorthand import plain_value as values
from checker.rulebook.shorthand import record
from checker.timeline import parse_instant
from checker.yamltree import Items, Table, Text, core_value, load

HEAD = {
    "id": "C-1", "title": "A limit", "text": "The limit is kept.", "group": "test", "severity": "major",
    "source": "illustrative",
}  # fmt: skip


def read(text: str) -> Any:
    """A YAML text as rulebooks are read: a tree of texts."""
    problems: list[Any] = []
    document = load(text, "small.yaml", problems)
    assert document is not None, problems
    assert not problems, problems
    return document.root


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
    return parse_rulebook("\n".join(f"{name}: {written(node)}" for name, node in sections.items()), position=position)


def written(node: Any) -> str:
    """A tree as YAML in one line: what is plain and no text stays plain, everything else is quoted."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{json.dumps(str(name))}: {written(value)}" for name, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(written(item) for item in node) + "]"
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
