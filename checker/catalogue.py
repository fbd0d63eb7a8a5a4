"""The event catalogue: which types of event there are, and which fields each carries; where records become events."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from checker.event import UNKNOWN, Event, Record, Unknown
from checker.pattern import Pattern
from checker.quick import dataclass
from checker.register import Register
from checker.timeline import Zone, parse_instant

ENVELOPE = ("time", "type", "id", "source", "seq", "subject", "recorded_at", "received_at")
"""Fields that every event has by its place in the log."""

COMMON = ("signature",)
"""Fields that any record may carry without its type declaring them."""

DERIVED = ("reference", "missing_before")
"""Fields that the program adds: `reference` is TYPE@time as other records cite it, `missing_before` how many
sequence numbers of the same source are missing just before the record."""


class Lookup(NamedTuple):
    """A field that is not in the record but beside a member of a register that the record names."""

    register: str
    by: str
    take: str


class Field(NamedTuple):
    """What is known of a field: its type, its unit, whether it may be missing, and the values it may take."""

    type: str = "text"
    unit: str = ""
    optional: bool = False
    values: tuple[str, ...] = ()
    lookup: Lookup | None = None
    also: str | None = None
    """Another name under which records may carry it."""


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event and its fields by name."""

    name: str
    fields: Mapping[str, Field] = field(default_factory=dict)


class Remark(NamedTuple):
    """Something about a record that its reader should know, though it is judged: a field that is not readable."""

    record: Record
    text: str


@dataclass(frozen=True)
class Catalogue:
    """The event types of a rulebook, and how a record shows that it is not authentic."""

    types: Mapping[str, EventType] = field(default_factory=dict)
    unauthenticated: Pattern | None = None
    zone: Zone | None = None

    def fields_of(self, type_name: str) -> Mapping[str, Field]:
        """The declared fields of a type; empty for a type that is not declared."""
        known = self.types.get(type_name)
        return known.fields if known else {}

    def events(self, records: Iterable[Record], registers: Mapping[str, Register]) -> tuple[list[Event], list[Remark]]:
        """Turn records into typed events; what a field does not fit is remarked and then `UNKNOWN`."""
        remarks: list[Remark] = []
        events = [self._event(record, registers, remarks) for record in records]
        return events, remarks

    def _event(self, record: Record, registers: Mapping[str, Register], remarks: list[Remark]) -> Event:
        values: dict[str, Any] = {**record.extra, **record.data} if record.extra else dict(record.data)
        declared = self.fields_of(record.type)
        lookups: list[tuple[str, Lookup]] = []
        for name, kind in declared.items():
            if kind.also is not None and values.get(name) is None and values.get(kind.also) is not None:
                values[name] = values[kind.also]
            if kind.lookup is not None:
                lookups.append((name, kind.lookup))
            elif (value := values.get(name)) is None:
                if not kind.optional and name not in ENVELOPE:
                    values[name] = UNKNOWN
            elif kind.type != "text" or not isinstance(value, str) or kind.values:
                values[name] = self._typed(record, name, kind, value, remarks)
        values["type"] = record.type
        values["time"] = record.earliest if record.earliest == record.latest else UNKNOWN
        for name in ("id", "source", "seq", "subject", "recorded_at", "received_at"):
            given = getattr(record, name)
            if given is not None:
                values[name] = given
        for name, lookup in lookups:
            if values.get(name) is None and lookup.register in registers:
                member = values.get(lookup.by)
                values[name] = registers[lookup.register].attribute(member, lookup.take, record.earliest)
        event = Event(record, record.earliest, record.latest, record.type, record.subject, values)
        if self.unauthenticated is not None and self.unauthenticated.test(event, registers):
            return Event(record, record.earliest, record.latest, record.type, record.subject, values, authentic=False)
        return event

    def _typed(self, record: Record, name: str, kind: Field, value: Any, remarks: list[Remark]) -> Any:
        typed = convert(value, kind.type, self.zone)
        if isinstance(typed, Unknown):
            remarks.append(Remark(record, f"field {name!r} is not {_AN[kind.type]}; what depends on it stays open"))
        elif kind.values and typed not in kind.values:
            remarks.append(Remark(record, f"field {name!r} has a value that the event catalogue does not list"))
        return typed


_AN = {
    "text": "a text",
    "number": "a number",
    "instant": "an instant with an offset",
    "flag": "true or false",
    "list": "a list",
    "mapping": "an object",
}


def convert(value: Any, kind: str, zone: Zone | None = None) -> Any:
    """The value as the declared type has it, or `UNKNOWN`; texts are read as numbers, instants and flags.

    An instant becomes whole microseconds UTC; one written with reduced precision is `UNKNOWN`.
    """
    if kind == "text":
        return value if isinstance(value, str) else UNKNOWN
    if kind == "number":
        return _number(value)
    if kind == "instant":
        return _instant(value, zone)
    if kind == "flag":
        if isinstance(value, bool):
            return value
        return {"true": True, "false": False}.get(value, UNKNOWN) if isinstance(value, str) else UNKNOWN
    if kind == "list":
        return value if isinstance(value, list) else UNKNOWN
    return value if isinstance(value, dict) else UNKNOWN


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return UNKNOWN
    if isinstance(value, (int, Decimal)):
        return value
    if isinstance(value, str) and value.isascii() and len(value) <= 40 and not set(value) - set("+-.0123456789eE"):
        try:
            number = Decimal(value)
        except InvalidOperation:
            return UNKNOWN
        if number.adjusted() > 400 or number.adjusted() < -400:
            return UNKNOWN
        return int(number) if number == number.to_integral_value() and number.adjusted() <= 40 else number
    return UNKNOWN


def _instant(value: Any, zone: Zone | None) -> Any:
    if not isinstance(value, str):
        return UNKNOWN
    try:
        earliest, latest = parse_instant(value, zone)
    except ValueError:
        return UNKNOWN
    return earliest if earliest == latest else UNKNOWN
