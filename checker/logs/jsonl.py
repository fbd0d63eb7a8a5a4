"""JSON Lines: one JSON object on each line."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jiter import from_json

from checker.event import Record, Rejected
from checker.legible import shown
from checker.limits import limit
from checker.location import Location
from checker.logs.envelope import MAX_NESTING, MAX_WHOLE_DIGITS, acceptance, kind_of
from checker.logs.opening import Lines

if TYPE_CHECKING:  # pydantic is slow to import and not needed to read a log
    from checker.mapping import Mapping

ENDINGS: tuple[str, ...] = (".jsonl", ".ndjson", ".json", ".log")
"""How the names of such files end, compression aside."""

MAGIC = b""
"""No bytes tell."""

_HALF = "half of a surrogate pair"
_REASONS = {
    "expected value": "a value is expected",
    "expected ident": "a value is expected",
    "invalid number": "not a JSON number",
    "number out of range": f"a whole number of more than {MAX_WHOLE_DIGITS} digits",
    "recursion limit exceeded": f"nested deeper than {MAX_NESTING} levels",
    "trailing characters": "something follows the record on its line",
    "trailing comma": "nothing follows the comma",
    "key must be a string": "a member name in double quotes is expected",
    "expected `:`": "a colon is expected",
    "expected `,` or `}`": "a comma or a closing brace is expected",
    "expected `,` or `]`": "a comma or a closing bracket is expected",
    "control character (\\u0000-\\u001F) found while parsing a string": "a control character inside a text",
    "invalid escape": "an unknown escape in a text",
    "unexpected end of hex escape": _HALF,
    "lone leading surrogate in hex escape": _HALF,
}
_DUPLICATE = 'Detected duplicate key "'


def begins(line: bytes) -> bool:
    """Whether a log whose first line is this one is JSON Lines."""
    return line.lstrip()[:1] in (b"", b"{", b"[")


def read(lines: Lines, mapping: "Mapping") -> Iterator[Record | Rejected]:
    """Every record of the log and every line that is none, in the order of the lines."""
    name = lines.name
    take = acceptance(mapping)
    for number, line in lines:
        if not line:
            if line is None:
                yield Rejected(Location(name, number), f"longer than {limit('line_bytes')} bytes")
            continue
        try:
            members = from_json(line, catch_duplicate_keys=True, allow_inf_nan=False, float_mode="decimal")
        except ValueError as error:
            if line.strip():
                column, reason = _why(line, str(error), lines.unterminated)
                yield Rejected(Location(name, number, column), reason)
            continue
        if type(members) is not dict:
            yield Rejected(Location(name, number, 1), f"a JSON object is expected, found {kind_of(members)}")
        elif b"\\u0000" in line and _has_nul(members):
            yield Rejected(Location(name, number), "a NUL character inside a text")
        else:
            yield take(Location(name, number), members)


def _why(line: bytes, message: str, last: bool) -> tuple[int, str]:
    """The column (in characters) and the reason of a line that is not JSON."""
    if (nul := line.find(b"\0")) >= 0:
        return _column(line, nul), "a NUL byte inside the line"
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return _column(line, error.start), f"byte {error.start + 1} of the line is not UTF-8"
    message, _, place = message.rpartition(" at line ")
    end = int(place.rpartition(" ")[2])
    if message.startswith("EOF"):
        return _column(line.removesuffix(b"\r"), end), f"the {'file' if last else 'line'} ends inside the record"
    column = _column(line, end - 1)
    if message.startswith(_DUPLICATE):
        return column, f"the member {shown(message.removeprefix(_DUPLICATE)[:-1])} is given twice"
    if line.startswith((b"NaN", b"Infinity"), end - 1):
        return column, "NaN and Infinity are not JSON numbers"
    if message.startswith("Internal error"):  # the one known: an exponent that Decimal cannot hold
        return column, "a number beyond the largest exponent"
    return column, _REASONS.get(message, "not valid JSON")


def _column(line: bytes, index: int) -> int:
    return len(line[: max(index, 0)].decode(errors="replace")) + 1


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(item) for pair in value.items() for item in pair)
    return isinstance(value, list) and any(map(_has_nul, value))
