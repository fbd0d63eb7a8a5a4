"""XES (IEEE 1849): event logs in XML, one record for each event; read with expat, piece by piece.

An event's attributes are its members, by their keys (`concept:name`); those of its trace are too, with `case:` before
the key, those of the log are not. Attributes within an attribute are members `key.inner`; a list is a list of values,
a container an object. What global attributes declare is not filled in. The line is the one on which the event begins.

A document type declaration is refused, and with it every entity but the five of XML; nothing is ever fetched.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from checker.errors import LogError, Problem
from checker.event import Record, Rejected
from checker.legible import legible, shown
from checker.limits import limit
from checker.location import Location
from checker.logs.envelope import MAX_NESTING, acceptance
from checker.logs.opening import Lines

if TYPE_CHECKING:  # pydantic is slow to import and not needed to read a log
    from checker.mapping import Mapping

ENDINGS: tuple[str, ...] = (".xes", ".xml")
"""How the names of such files end, compression aside."""

MAGIC = b""
"""No bytes tell: XML may begin in many ways."""

CASE = "case:"
"""Stands before the keys of a trace's attributes."""

_PIECE = 64 * 1024
_ENCODINGS = ("utf-8", "utf-16", "us-ascii", "iso-8859-1")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_DECIMAL = frozenset("+-.0123456789eE")


def begins(line: bytes) -> bool:
    """Whether a log whose first line is this one may be XES."""
    return line.lstrip()[:1] == b"<"


def read(lines: Lines, mapping: "Mapping") -> Iterator[Record | Rejected]:
    """Every event of the log and every one that is no record, in the order of the document.

    Raises LogError where it is no event log, or declares a document type.
    """
    take = acceptance(mapping)
    for at, members in events(lines):
        yield Rejected(at, members) if isinstance(members, str) else take(at, members)


def events(lines: Lines) -> Iterator[tuple[Location, dict[str, Any] | str]]:
    """Where each event stands, and its members, or why it has none. Raises LogError as `read`."""
    reading = _Reading(lines.name)
    held: list[bytes] = []
    size = 0
    for number, line in lines:
        if line is not None:
            if not reading.began:
                reading.begin(number)
            held.append(line)
            size += len(line) + 1
            if size < _PIECE:
                continue
        trouble = reading.feed(b"\n".join((*held, b""))) if held else ""
        if line is None and not trouble:
            reading.line, trouble = (
                number,
                f"a line longer than {limit('line_bytes')} bytes; put each event on its own lines",
            )
        held, size = [], 0
        yield from reading.found()
        if trouble:
            _break_off(lines, reading.line, trouble)
            return
    trouble = reading.feed(b"\n".join((*held, b""))) if held else ""
    at = reading.line
    if not trouble and reading.began and not lines.trouble:
        trouble, at = reading.end(), lines.count + 1
    yield from reading.found()
    if trouble:
        _break_off(lines, at, trouble)


def _break_off(lines: Lines, at: int, trouble: str) -> None:
    """Note that nothing is known from a line on. What is left is used up: the digest is that of the whole."""
    for _ in lines:
        pass
    lines.trouble, lines.count = trouble, at - 1


class _Bad(Exception):
    """What an event cannot be, and why: it costs that event only."""


class _Stop(Exception):
    """Why the document cannot be read further."""


class _Reading:
    """Takes a document line by line and collects the events that have ended."""

    def __init__(self, name: str) -> None:
        from xml.parsers import expat

        self.began = False
        self.line = 0
        """The line at which something is amiss."""
        self._name = name
        self._before = 0
        self._error = expat.ExpatError
        self._parser = parser = expat.ParserCreate()
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        self._fed = 0
        self._open: list[str] = []
        self._ready: list[tuple[Location, dict[str, Any] | str]] = []
        self._trace: dict[str, Any] = {}
        self._trace_bad = ""
        self._in_trace = self._events_begun = False
        self._event: dict[str, Any] | None = None
        self._at = Location(name)
        self._begun_at = 0
        self._wrong = ""
        self._holders: list[_Attribute] = []
        self._skipping = 0

    def begin(self, number: int) -> None:
        """The document begins with this line: there may be blank ones before."""
        self.began, self._before = True, number - 1

    def feed(self, piece: bytes) -> str:
        """Take whole lines; why the document cannot be read further, or nothing."""
        trouble = self._parse(piece, False)
        self._fed += len(piece)
        if not trouble and self._fed - self._parser.CurrentByteIndex > 2 * limit("line_bytes"):
            self.line = self._number()
            return f"an element longer than {limit('line_bytes')} bytes"
        return trouble

    def end(self) -> str:
        """The document is over; why it is not whole, or nothing."""
        return self._parse(b"", True)

    def found(self) -> list[tuple[Location, dict[str, Any] | str]]:
        """The events that ended since this was asked last."""
        ready, self._ready = self._ready, []
        return ready

    def _parse(self, piece: bytes, last: bool) -> str:
        try:
            self._parser.Parse(piece, last)
        except self._error as error:
            self.line = error.lineno + self._before
            if last:
                return "the file ends before the log does"
            from xml.parsers.expat import ErrorString

            return f"not well-formed XML ({ErrorString(error.code)}, column {error.offset + 1})"
        except _Stop as stop:
            self.line = self._number()
            return str(stop)
        return ""

    def _number(self) -> int:
        return int(self._parser.CurrentLineNumber) + self._before

    def _refuse(self, message: str, hint: str = "") -> LogError:
        return LogError([Problem(Location(self._name, self._number()), message, hint)])

    # ---- what stands before the log ----

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise self._refuse(f"the encoding {shown(encoding)} is not read", "write the log in UTF-8")

    def _document_type(self, *_: Any) -> None:
        raise self._refuse("a document type declaration: it could declare entities, and is refused", "remove it")

    # ---- elements ----

    def _start(self, tag: str, given: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if not self._open:
            if tag != "log":
                hint = "an event log in XES is expected; of the formats in XML only that is read"
                raise self._refuse(f"the outermost element is {shown(legible(tag))}", hint)
        elif len(self._open) >= MAX_NESTING + 2:
            raise _Stop(f"elements nested deeper than {MAX_NESTING + 2} levels")
        self._open.append(tag)
        if self._skipping:
            self._skipping += 1
        elif tag == "trace" and self._open == ["log", "trace"]:
            self._trace, self._trace_bad = {}, ""
            self._in_trace, self._events_begun = True, False
            self._begun_at = self._parser.CurrentByteIndex
        elif tag == "event" and self._open in (["log", "trace", "event"], ["log", "event"]):
            self._event, self._wrong = {}, ""
            self._at = Location(self._name, self._number())
            self._events_begun = True
            self._begun_at = self._parser.CurrentByteIndex
        elif tag == "values" and self._holders and self._holders[-1].tag == "list":
            pass  # stands around what is in a list
        elif self._event is not None or (self._in_trace and len(self._open) > 2):
            self._attribute(tag, given)
        elif tag != "log":
            self._skipping = 1  # declarations and attributes of the log

    def _attribute(self, tag: str, given: dict[str, str]) -> None:
        if self._parser.CurrentByteIndex - self._begun_at > limit("line_bytes"):
            raise _Stop(f"attributes of more than {limit('line_bytes')} bytes")
        key, text = given.get("key", ""), given.get("value")
        attribute = _Attribute(tag, key)
        self._holders.append(attribute)
        if not key and not (len(self._holders) > 1 and self._holders[-2].tag == "list"):
            self._amiss(f"an attribute ({legible(tag)}) without a key")
            return
        try:
            attribute.value = _value(tag, text)
        except _Bad as bad:
            self._amiss(f"{shown(key)}: {bad}")

    def _end(self, tag: str) -> None:
        tag = self._open.pop()
        if self._skipping:
            self._skipping -= 1
        elif tag == "trace" and len(self._open) == 1:
            self._in_trace, self._trace, self._trace_bad = False, {}, ""
        elif tag == "event" and self._event is not None and not self._holders:
            self._ended()
        elif self._holders and not (tag == "values" and self._holders[-1].tag == "list"):
            self._attribute_ended()

    def _attribute_ended(self) -> None:
        done = self._holders.pop()
        if self._holders:
            self._holders[-1].inner.append((done.key, *done.made()))
            if done.twice:
                self._amiss(f"the member {shown(done.twice)} is given twice")
            return
        into = self._trace if self._event is None else self._event
        if self._event is None and self._events_begun:
            text = "an attribute of the trace after its events"
            self._ready.append((Location(self._name, self._number()), f"{shown(done.key)}: {text}"))
            return
        if not done.inner and done.value is not None:
            if done.key in into:
                self._amiss(f"the member {shown(done.key)} is given twice")
            into[done.key] = done.value
            return
        value, beside = done.made()
        if done.twice:
            self._amiss(f"the member {shown(done.twice)} is given twice")
        for key, one in [(done.key, value), *((f"{done.key}.{inner}", one) for inner, one in beside)]:
            if key in into:
                self._amiss(f"the member {shown(key)} is given twice")
            into[key] = one

    def _amiss(self, reason: str) -> None:
        """Note what is wrong with the event; with the trace, it is wrong with each of its events."""
        if self._event is not None:
            self._wrong = self._wrong or reason
        else:
            self._trace_bad = self._trace_bad or reason

    def _ended(self) -> None:
        members, self._event = self._event, None
        assert members is not None  # noqa: S101 - asked by the caller
        wrong = self._wrong or (self._in_trace and self._trace_bad)
        if not wrong and self._in_trace:
            for key, value in self._trace.items():
                if (name := f"{CASE}{key}") in members:
                    wrong = f"the member {shown(name)} is given twice"
                members[name] = value
        self._ready.append((self._at, wrong or members))


class _Attribute:
    """An attribute that has begun: its value, and what stands within it."""

    __slots__ = ("inner", "key", "tag", "twice", "value")

    def __init__(self, tag: str, key: str) -> None:
        self.tag, self.key, self.twice = tag, key, ""
        self.value: Any = None
        self.inner: list[tuple[str, Any, list[tuple[str, Any]]]] = []

    def made(self) -> tuple[Any, list[tuple[str, Any]]]:
        """Its value, and values beside it by dotted keys: those of attributes within one that is no collection."""
        if self.tag == "list":
            return [value for _, value, _ in self.inner], []
        flat = [
            pair for key, value, beside in self.inner
            for pair in [(key, value), *((f"{key}.{name}", one) for name, one in beside)]
        ]  # fmt: skip
        seen: dict[str, Any] = {}
        for key, value in flat:
            if key in seen:
                self.twice = key
            seen[key] = value
        return (seen, []) if self.tag == "container" else (self.value, list(seen.items()))


def _value(tag: str, text: str | None) -> Any:
    """The value of an attribute by its type. Raises _Bad."""
    if tag in ("list", "container"):
        return None
    if tag not in ("string", "date", "int", "float", "boolean", "id"):
        raise _Bad(f"{shown(legible(tag))} is no type of XES")
    if text is None:
        raise _Bad("an attribute without a value")
    if tag == "int":
        digits = text.strip().removeprefix("-").removeprefix("+")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 30:
            raise _Bad(f"a whole number is expected, found {shown(text)}")
        return int(text)
    if tag == "float":
        plain = text.strip()
        try:
            if not plain or set(plain) - _DECIMAL:
                raise InvalidOperation
            return Decimal(plain)
        except InvalidOperation:
            raise _Bad(f"a number is expected, found {shown(text)}") from None
    if tag == "boolean":
        if text.strip() not in _FLAGS:
            raise _Bad(f"true or false is expected, found {shown(text)}")
        return _FLAGS[text.strip()]
    return text
