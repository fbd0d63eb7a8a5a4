"""What the constraints of a rulebook may refer to by name: events, intervals, registers, calendars."""

from collections.abc import Mapping
from dataclasses import field

from checker.catalogue import COMMON, DERIVED, ENVELOPE, Catalogue
from checker.gaps import Missing
from checker.interval import Recurring, Spell
from checker.quick import dataclass
from checker.register import Register
from checker.timeline import UTC, Calendar, Zone


@dataclass
class Definitions:
    """The named things of one rulebook under one position, in the rulebook's zone.

    `history_complete`: nothing relevant lies before the log, unless a constraint says otherwise.
    """

    catalogue: Catalogue = field(default_factory=Catalogue)
    registers: Mapping[str, Register] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    intervals: dict[str, Spell] = field(default_factory=dict)
    zone: Zone = UTC
    history_complete: bool = True
    missing: Missing = field(default_factory=Missing)

    def spell_names(self) -> list[str]:
        """Names that stand for intervals: defined ones and calendars."""
        return [*self.intervals, *self.calendars]

    def spell(self, name: str) -> Spell | None:
        """The intervals of that name, made from a calendar if that is what it names; None if nothing is."""
        known = self.intervals.get(name)
        if known is None and name in self.calendars:
            known = self.intervals[name] = Recurring(self.calendars[name], name=name)
        return known

    def fields(self, types: frozenset[str] | None) -> set[str]:
        """The names of the fields that events of any of these types have (of any type at all if None)."""
        names = {*ENVELOPE, *COMMON, *DERIVED}
        for name in self.catalogue.types if types is None else types:
            names.update(self.catalogue.fields_of(name))
        return names

    def has_field(self, types: frozenset[str] | None, name: str) -> bool:
        """Whether events of any of these types (of any type at all if None) have a field of that name."""
        if name in ENVELOPE or name in COMMON or name in DERIVED:
            return True
        return any(
            name in self.catalogue.fields_of(known) for known in (self.catalogue.types if types is None else types)
        )

    def field_type(self, types: frozenset[str] | None, name: str) -> str:
        """The declared type of a field among these event types; empty if none declares it, or they disagree."""
        if name in ("time", "recorded_at", "received_at"):
            return "instant"
        if name in ("seq", "missing_before"):
            return "number"
        if name in ENVELOPE or name in COMMON or name in DERIVED:
            return "text"
        found = set()
        for type_name in self.catalogue.types if types is None else types:
            declared = self.catalogue.fields_of(type_name).get(name)
            if declared is not None:
                found.add(declared.type)
        return found.pop() if len(found) == 1 else ""

    def field_values(self, types: frozenset[str] | None, name: str) -> set[str]:
        """The values that a field may take among these event types; empty if any of them leaves it open."""
        found: set[str] = set()
        for type_name in self.catalogue.types if types is None else types:
            declared = self.catalogue.fields_of(type_name).get(name)
            if declared is not None:
                if not declared.values:
                    return set()
                found.update(declared.values)
        return found

    def unit(self, types: frozenset[str] | None, name: str) -> str:
        """The declared unit of a field among these event types; `count` if it has none."""
        for type_name in sorted(self.catalogue.types if types is None else types):
            declared = self.catalogue.fields_of(type_name).get(name)
            if declared is not None and declared.unit:
                return declared.unit
        return "count"
