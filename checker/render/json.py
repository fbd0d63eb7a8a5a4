"""JSON: the report itself, in the shape of the contract. Two runs on equal input give equal bytes."""

from collections.abc import Callable, Iterable
from math import isfinite
from operator import add, attrgetter
from typing import Any

from checker.report import Report


def render(report: Report) -> str:
    """One object, indented, ending with a newline; everything but ASCII is escaped, and inert on a terminal.

    As `json.dumps(report.to_dict(), indent=2)` has it, which takes several times longer for many findings.
    """
    return _Writer().text(report, "\n") + "\n"


class _Writer:
    """Writes what a report is made of; members of a class are looked up once."""

    def __init__(self) -> None:
        import json  # not needed for a page of text

        self._other, self._quoted = json.JSONEncoder(allow_nan=False).encode, json.encoder.encode_basestring_ascii
        self._plain = {None: "null", True: "true", False: "false"}
        self._members: dict[type, tuple[Callable[[Any], Any], list[str]]] = {}

    def text(self, value: Any, line: str) -> str:
        """One value; `line` is what begins the line that it stands in."""
        if type(value) is float and isfinite(value):
            return repr(value)
        inner = line + "  "
        if hasattr(value, "__dataclass_fields__"):
            get, keys = self._members.get(type(value)) or self._of(type(value))
            parts = map(add, keys, self._texts(get(value), inner))
        elif isinstance(value, dict):
            parts = map("{}: {}".format, map(self._quoted, value), self._texts(value.values(), inner))
        elif isinstance(value, (list, tuple)):
            return f"[{inner}{(',' + inner).join(self._texts(value, inner))}{line}]" if value else "[]"
        else:
            return self._other(value)
        made = f",{inner}".join(parts)
        return f"{{{inner}{made}{line}}}" if made else "{}"

    def _texts(self, values: Iterable[Any], line: str) -> list[str]:
        quoted, plain = self._quoted, self._plain
        return [
            quoted(one) if type(one) is str
            else plain[one] if one is None or one is True or one is False
            else repr(one) if type(one) is int
            else self.text(one, line)
            for one in values
        ]  # fmt: skip

    def _of(self, kind: type[Any]) -> tuple[Callable[[Any], Any], list[str]]:
        """How to get at the members of an object of a class, of which there are at least two, and their keys."""
        names = list(kind.__dataclass_fields__)
        found = self._members[kind] = attrgetter(*names), [self._quoted(name.rstrip("_")) + ": " for name in names]
        return found
