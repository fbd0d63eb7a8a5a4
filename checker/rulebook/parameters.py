"""Parameters and positions: which value each `$name` in a rulebook stands for."""

import re
from collections.abc import Iterable
from dataclasses import field
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from checker.bounds import Number
from checker.definitions import Definitions
from checker.errors import nearest
from checker.quick import dataclass
from checker.rulebook.models import Dated, Parameter
from checker.rulebook.reading import Files
from checker.yamltree import Items, Node, Table, Text

_REFERENCE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_.-]*)")

NONE = "none"
"""The value of a parameter that sets no limit: what refers to it is not in force."""


@dataclass
class Parameters:
    """The values under one position. A value may be `dated`: then it is a list of values, each with its time."""

    values: dict[str, Node] = field(default_factory=dict)
    dated: dict[str, list[tuple[int | None, int | None, Node]]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def cuts(self, names: Iterable[str]) -> list[int]:
        """The instants at which a value of one of these parameters changes."""
        cuts = set()
        for name in names if self.dated else ():
            for start, until, _ in self.dated.get(name, ()):
                cuts |= {at for at in (start, until) if at is not None}
        return sorted(cuts)

    def value(self, name: str, at: Number) -> Node | None:
        """The value, as of an instant if it is dated; None if there is none."""
        if name in self.dated:
            for start, until, node in self.dated[name]:
                if (start is None or start <= at) and (until is None or at < until):
                    return node
            return None
        return self.values.get(name)

    def unset(self, name: str, at: Number) -> bool:
        """Whether the parameter sets no limit as of an instant: it is `none`, or none of its dated values holds."""
        value = self.value(name, at)
        if value is None:
            return name in self.dated
        return isinstance(value, Text) and value == NONE and value.plain

    def shown(self) -> dict[str, str]:
        """Every parameter and its value as a text, for the report."""
        shown = {name: _text(node) for name, node in self.values.items()}
        for name, versions in self.dated.items():
            shown[name] = "; ".join(_text(node) for _, _, node in versions)
        return shown


def references(node: Any) -> list[str]:
    """The parameters that a node refers to, each once."""
    found: dict[str, None] = {}
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)
        elif isinstance(current, str) and current.startswith("$") and (m := _REFERENCE.fullmatch(current)):
            found[m.group(1)] = None
    return list(found)


def substitute(node: Any, parameters: Parameters, files: Files, at: Number = 0) -> Any:
    """The node with every reference replaced by its value; the rest is shared, not copied."""
    if isinstance(node, Table):
        changed = {key: substitute(value, parameters, files, at) for key, value in node.items()}
        if all(changed[key] is node[key] for key in node):
            return node
        made: Any = Table(changed)
    elif isinstance(node, Items):
        items = [substitute(value, parameters, files, at) for value in node]
        if all(new is old for new, old in zip(items, node, strict=True)):
            return node
        made = Items(items)
    elif isinstance(node, str) and node.startswith("$") and (reference := _REFERENCE.fullmatch(node)):
        name = reference.group(1)
        parameters.used.add(name)
        value = parameters.value(name, at)
        if value is None:
            known = {*parameters.values, *parameters.dated}
            if name not in known:
                files.problem(node, f"unknown parameter {name!r}", nearest(name, known) or "define it in `parameters`")
                files.spoiled.add(id(node))
            return node
        if not isinstance(value, Text):
            return value
        made = Text(str(value), getattr(node, "line", 0), getattr(node, "column", 0), value.plain)
        files.adopt(made, node)
        return made
    else:
        return node
    made.line, made.column = node.line, node.column
    files.adopt(made, node)
    return made


def choose(files: Files, position: str | None, overrides: dict[str, str], definitions: Definitions) -> Parameters:
    """The values under a position (None if the rulebook has none), with single ones set otherwise.

    Every parameter must have a value under every position, whichever is chosen.
    """
    parameters = Parameters()
    positions: Table = files.sections["positions"]
    for name, node in files.sections["parameters"].items():
        try:
            model = Parameter.model_validate(node)
        except ValidationError as error:
            files.invalid(error, node, Parameter)
            continue
        listed = node.get("values") if isinstance(node, dict) else None
        for unknown in [p for p in listed or () if p not in positions]:
            files.problem(unknown, f"unknown position {str(unknown)!r}", nearest(unknown, positions))
        for other in positions:
            if _found(node, other, name, positions) is None and model.value is None:
                files.problem(name, f"parameter {str(name)!r} has no value under {str(other)!r}")
        value = _found(node, position, name, positions)
        value = node.get("value") if value is None else value
        if name in overrides:
            value = Text(overrides[name], 0, 0, True)
        if value is not None:
            _store(parameters, str(name), value, files, definitions)
    for name in overrides:
        if name not in files.sections["parameters"]:
            hint = nearest(name, files.sections["parameters"])
            files.problem(None, f"--set: the rulebook has no parameter {name!r}", hint)
    return parameters


def _found(node: Any, position: str | None, name: str, positions: Table) -> Any:
    if position is None or not isinstance(node, dict):
        return None
    values = node.get("values")
    if isinstance(values, dict) and position in values:
        return values[position]
    theirs = positions.get(position)
    listed = theirs.get("values") if isinstance(theirs, dict) else None
    return listed.get(name) if isinstance(listed, dict) else None


def _store(parameters: Parameters, name: str, value: Any, files: Files, definitions: Definitions) -> None:
    if isinstance(value, Items) and value and all(isinstance(v, Table) and "value" in v for v in value):
        versions = []
        item: Any
        for item in value:
            try:
                dated = Dated.model_validate(item, context=definitions)
            except ValidationError as error:
                files.invalid(error, item, Dated)
                continue
            versions.append((dated.start, dated.until, item["value"]))
        versions.sort(key=lambda version: (version[0] is not None, version[0] or 0))
        for (_, end, _), (begin, _, node) in pairwise(versions):
            if end is None or begin is None or begin < end:
                hint = "end each with `until` where the next begins"
                files.problem(node, f"two values of {name!r} hold at the same time", hint)
        parameters.dated[name] = versions
    else:
        parameters.values[name] = value


def _text(node: Any) -> str:
    if isinstance(node, list):
        return "[" + ", ".join(_text(item) for item in node) + "]"
    if isinstance(node, dict):
        return "{" + ", ".join(f"{key}: {_text(value)}" for key, value in node.items()) + "}"
    return str(node)


__all__ = ["NONE", "Parameters", "choose", "references", "substitute"]
