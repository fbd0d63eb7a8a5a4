"""JSON: the report itself, in the shape of the contract. Two runs on equal input give equal bytes."""

from collections.abc import Iterator, Sequence
from typing import Any

from checker.report import Report, as_json
from checker.spool import Spool


def render(report: Report) -> str:
    """One object, indented, ending with a newline; everything but ASCII is escaped, and inert on a terminal."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The same piece by piece: however long lists are, no more than one member of each is held."""
    start = "{"
    for name in Report.__dataclass_fields__:
        value = getattr(report, name)
        yield f'{start}\n  "{name.rstrip("_")}": '
        start = ","
        if isinstance(value, Sequence) and not isinstance(value, str) and len(value):
            opening = "["
            for text in _texts(value):
                yield f"{opening}\n    {text}"
                opening = ","
            yield "\n  ]"
        else:
            yield as_json(value, "\n  ")
    yield "\n}\n"


def _texts(value: Sequence[Any]) -> Iterator[str]:
    if isinstance(value, Spool):
        return (text.replace("\n", "\n    ") for text in value.texts())
    return (as_json(one, "\n    ") for one in value)
