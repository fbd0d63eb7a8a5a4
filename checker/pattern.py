"""Patterns: what an event must look like, as tests of its fields that are true, false or, for want of a field, open.

A test of a field that a record ought to carry but does not is neither passed nor failed: it is `None`, and
whatever depends on it stays within bounds instead of being guessed.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from checker.event import Event, Scalar, Unknown
from checker.geodesy import distance_to, position_of
from checker.quick import dataclass
from checker.register import Register

Truth = bool | None
"""True, False, or None where a withheld field keeps it open."""

Registers = Mapping[str, Register]


class Pattern(Protocol):
    """Anything that can be asked of an event."""

    def test(self, event: Event, registers: Registers) -> Truth:
        """Whether the event is meant."""

    @property
    def types(self) -> frozenset[str] | None:
        """The event types that can match at all; None if any can."""

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields that are looked at."""


def equal(value: Any, wanted: Scalar) -> bool:
    """Equality without conversions: texts with texts, numbers with numbers, flags with flags."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, (int, Decimal)):
        return isinstance(wanted, (int, Decimal)) and value == wanted
    return type(value) is type(wanted) and bool(value == wanted)


class IsType(NamedTuple):
    """The event is of one of these types."""

    names: frozenset[str]

    def test(self, event: Event, registers: Registers) -> Truth:
        """True exactly for events of the types named; open for what a gap may hide."""
        return event.is_of(self.names)

    @property
    def types(self) -> frozenset[str] | None:
        """The types named."""
        return self.names

    @property
    def fields(self) -> frozenset[str]:
        """None but the type."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A test of one field; subclasses say of what. An absent optional field fails every test but absence."""

    field: str

    def test(self, event: Event, registers: Registers) -> Truth:
        """Look the field up, leave a withheld one open, and ask `holds` of the rest."""
        value = event.get(self.field)
        if isinstance(value, Unknown):
            return None
        return value is not None and self.holds(value, event, registers)

    def holds(self, value: Any, event: Event, registers: Registers) -> Truth:
        """Whether a value that is there passes."""
        raise NotImplementedError

    @property
    def types(self) -> frozenset[str] | None:
        """Any type may carry the field."""
        return None

    @property
    def fields(self) -> frozenset[str]:
        """The field tested."""
        return frozenset((self.field,))


@dataclass(frozen=True, slots=True)
class Is(FieldTest):
    """The field equals one of the values; a field that is a list passes if any member does."""

    values: tuple[Scalar, ...]

    def holds(self, value: Any, event: Event, registers: Registers) -> Truth:
        """Equality with any."""
        given = value if isinstance(value, list) else (value,)
        return any(equal(one, wanted) for one in given for wanted in self.values)


@dataclass(frozen=True, slots=True)
class Compare(FieldTest):
    """The field is a number (or an instant) on the right side of a value: `<`, `<=`, `>=` or `>`."""

    sign: str
    value: int | Decimal

    def holds(self, value: Any, event: Event, registers: Registers) -> Truth:
        """Exact comparison; something that is no number passes none."""
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            return False
        if self.sign == "<":
            return value < self.value
        if self.sign == "<=":
            return value <= self.value
        if self.sign == ">":
            return value > self.value
        return value >= self.value


@dataclass(frozen=True, slots=True)
class Listed(FieldTest):
    """The field names a member of a register as of the event's own time; of a list, every member is listed."""

    register: str

    def holds(self, value: Any, event: Event, registers: Registers) -> Truth:
        """Membership as of the event."""
        members = value if isinstance(value, list) else [value]
        found = [registers[self.register].has(member, event.earliest, event.latest) for member in members]
        return False if False in found else None if None in found else True


@dataclass(frozen=True, slots=True)
class Inside(FieldTest):
    """The field is a position (a GeoJSON point) in an area of a register as of the event; the border belongs to it."""

    register: str

    def holds(self, value: Any, event: Event, registers: Registers) -> Truth:
        """What is no position may be anywhere."""
        if position_of(value) is None:
            return None
        listings = registers[self.register].listings(event.earliest, event.latest)
        found = {distance_to(value, places, None)[0].high == 0 for places in listings}
        if registers[self.register].is_open(event.earliest, event.latest):
            found.add(False)
        return found.pop() if len(found) == 1 else None


class Present(NamedTuple):
    """The field is there (readable or not, something was written)."""

    field: str

    def test(self, event: Event, registers: Registers) -> Truth:
        """A withheld field leaves it open."""
        value = event.get(self.field)
        return None if isinstance(value, Unknown) else value is not None and value != ""

    @property
    def types(self) -> frozenset[str] | None:
        """Any type may carry the field."""
        return None

    @property
    def fields(self) -> frozenset[str]:
        """The field tested."""
        return frozenset((self.field,))


@dataclass(frozen=True, slots=True)
class HasText(FieldTest):
    """The field is a text that starts with, ends with or contains another."""

    how: str
    text: str

    def holds(self, value: Any, event: Event, registers: Registers) -> Truth:
        """Plain text search, upper and lower case distinguished."""
        if not isinstance(value, str):
            return False
        if self.how == "starts_with":
            return value.startswith(self.text)
        if self.how == "ends_with":
            return value.endswith(self.text)
        return self.text in value


@dataclass(frozen=True, slots=True)
class Matches(FieldTest):
    """The whole field matches a regular expression, in time linear in its length (RE2)."""

    expression: str
    compiled: Any

    def holds(self, value: Any, event: Event, registers: Registers) -> Truth:
        """Full match of a text."""
        return isinstance(value, str) and self.compiled.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class SameAs(FieldTest):
    """Two fields of the same event are equal."""

    other: str

    def holds(self, value: Any, event: Event, registers: Registers) -> Truth:
        """Equality without conversions; open if the other field is withheld."""
        other = event.get(self.other)
        return None if isinstance(other, Unknown) else equal(value, other)

    @property
    def fields(self) -> frozenset[str]:
        """Both fields."""
        return frozenset((self.field, self.other))


class AllOf(NamedTuple):
    """Every part holds; with no parts, always."""

    parts: tuple[Pattern, ...]

    def test(self, event: Event, registers: Registers) -> Truth:
        """False as soon as one part is, open if none is false and one is open."""
        result: Truth = True
        for part in self.parts:
            truth = part.test(event, registers)
            if truth is False:
                return False
            if truth is None:
                result = None
        return result

    @property
    def types(self) -> frozenset[str] | None:
        """The types that every part allows."""
        result: frozenset[str] | None = None
        for part in self.parts:
            types = part.types
            if types is not None:
                result = types if result is None else result & types
        return result

    @property
    def fields(self) -> frozenset[str]:
        """The fields of all parts."""
        return frozenset().union(*(part.fields for part in self.parts))


class AnyOf(NamedTuple):
    """At least one part holds; with no parts, never."""

    parts: tuple[Pattern, ...]

    def test(self, event: Event, registers: Registers) -> Truth:
        """True as soon as one part is, open if none is true and one is open."""
        result: Truth = False
        for part in self.parts:
            truth = part.test(event, registers)
            if truth:
                return True
            if truth is None:
                result = None
        return result

    @property
    def types(self) -> frozenset[str] | None:
        """The types that some part allows."""
        result: frozenset[str] = frozenset()
        for part in self.parts:
            types = part.types
            if types is None:
                return None
            result |= types
        return result

    @property
    def fields(self) -> frozenset[str]:
        """The fields of all parts."""
        return frozenset().union(*(part.fields for part in self.parts))


class Not(NamedTuple):
    """The part does not hold."""

    part: Pattern

    def test(self, event: Event, registers: Registers) -> Truth:
        """What is open stays open."""
        truth = self.part.test(event, registers)
        return None if truth is None else not truth

    @property
    def types(self) -> frozenset[str] | None:
        """Any type may fail the part."""
        return None

    @property
    def fields(self) -> frozenset[str]:
        """The fields of the part."""
        return self.part.fields


ANYTHING: Pattern = AllOf(())
"""The pattern that every event matches."""
