"""A constraint: a declared norm with its text and source, and the rules it is checked by; and what a kind is."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict

from checker.location import Location
from checker.measure import Match, Occasions, OnEvents, OnIntervals, Rule
from checker.pattern import ANYTHING
from checker.terms import Reader, types_of


class Kind(BaseModel):
    """A form that a constraint can take: its fields as a rulebook writes them, lowered to rules of the core language.

    `example` is a small YAML text with `events`, a `constraint`, and two logs: one that `holds`, one that does not
    (`breaks`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, arbitrary_types_allowed=True)

    example: ClassVar[str]

    @abstractmethod
    def rules(self, reader: Reader) -> list[Rule]:
        """The rules the constraint is checked by; mistakes that only show now are noted with the reader."""

    def occasions(self, reader: Reader) -> tuple[Occasions, frozenset[str] | None]:
        """The events (`event`) or intervals (`of`) that it is about, one of which must be given, and their types."""
        which = self.require_one(reader, ("event", "of"))
        given, during = getattr(self, which), getattr(self, "during", None)
        if which == "event":
            event = ANYTHING if given is None else given
            return OnEvents(event, during=during), event.types
        if during is not None:
            reader.wrong(None, "`during` goes with `event`")
        return OnIntervals(given), types_of(given)

    def matched(self, reader: Reader, same: Any, theirs: frozenset[str] | None, ours: frozenset[str] | None) -> Match:
        """Which fields must be equal; of the same subject, if nothing else is said."""
        return (("subject", "subject"),) if same is None else reader.match(same, theirs, ours)

    def require_one(self, reader: Reader, names: Sequence[str]) -> str:
        """The one of these fields that is given; a mistake if none is or several are."""
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            listed = " or ".join(f"`{name.rstrip('_')}`" for name in names)
            found = " and ".join(f"`{name.rstrip('_')}`" for name in given) or "neither"
            reader.wrong(None, f"expected exactly one of {listed}, found {found}")
        return given[0] if given else names[0]

    def require_limit(self, reader: Reader, names: Sequence[str]) -> None:
        """A mistake unless at least one of these limits is given."""
        if all(getattr(self, name) is None for name in names):
            reader.wrong(None, "expected a limit: " + " or ".join(f"`{name}`" for name in names))

    def out_of_place(self, reader: Reader, names: Sequence[str], why: str) -> None:
        """A mistake for each of these fields that is given: it would have no effect."""
        for name in names:
            given = getattr(self, name)
            if given is not None and given is not False:
                reader.wrong(None, f"`{type(self).model_fields[name].alias or name}` {why}")


class Clause(NamedTuple):
    """One part of a constraint, of one kind, with its rules."""

    kind: str
    rules: tuple[Rule, ...]


class Constraint(NamedTuple):
    """A declared norm. Not `in_force` under the position chosen: it is listed, and never activated.

    `needs` are constraints without which it cannot be met; `meant` are remarks of lint that are meant, with the reason.
    """

    id: str
    title: str
    text: str
    group: str
    severity: str
    source: str
    clauses: tuple[Clause, ...]
    location: Location
    note: str = ""
    in_force: bool = True
    never_waivable: bool = False
    exception: str | None = None
    parameters: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    meant: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> str:
        """The kinds of its clauses, each once."""
        return " + ".join(dict.fromkeys(clause.kind for clause in self.clauses)) or "not in force"
