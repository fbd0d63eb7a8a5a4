"""Intervals: what went on from one instant to another, and the expressions that say which ones are meant.

Half-open `[start, end)`. Where a record that would settle an end is missing, that end is known only within
bounds; what is *surely* inside runs from the latest start to the earliest end, what is *possibly* inside from
the earliest start to the latest end.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from checker.bounds import INFINITY, Bounds, Number, minus
from checker.event import UNKNOWN, Event, Unknown
from checker.pattern import ANYTHING, Pattern
from checker.quick import dataclass
from checker.timeline import Calendar, Spans, merge

FAR = 1 << 62
"""Stands for "no end known" in lists of spans, beyond every instant a calendar can name."""


class Lack(NamedTuple):
    """What is missing, and would settle something: a record of one of these types, at some time from `start` to `end`.

    Instants are whole microseconds, both included; `source` is whose it would be, None if that is not known. `places`:
    in how many gaps from the first to the last instant it may be.
    """

    types: frozenset[str] | None
    start: int
    end: int
    source: str | None = None
    places: int = 1


MANY_LACKS = 8
"""So many missing records are named one by one."""


def gathered(lacks: Iterable[Lack]) -> tuple[Lack, ...]:
    """Each once, in order; of many those of the same types together: by source, or without it if that is too many."""
    found = tuple(dict.fromkeys(lacks))
    for sourced in (True, False) if sum(lack.places for lack in found) > MANY_LACKS else ():
        groups: dict[tuple[frozenset[str] | None, str | None], list[Lack]] = {}
        for lack in found:
            groups.setdefault((lack.types, lack.source if sourced else None), []).append(lack)
        if not sourced or len(groups) <= MANY_LACKS:
            return tuple(
                Lack(
                    types,
                    min(one.start for one in group),
                    max(one.end for one in group),
                    source,
                    sum(one.places for one in group),
                )
                for (types, source), group in groups.items()
            )
    return found


Carried = frozenset[str] | None
"""Which fields a record may carry; None: any."""
NONE: frozenset[str] = frozenset()
"""The fields of no record."""


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """Something that went on, with the records that opened and closed it.

    `going_on` marks one that had not ended when observation did. `certain` is False for one that may not
    have existed at all; `many` is then how many such there may be, of which `apart` never go on while others of them
    do. `reason` says why an end is uncertain ("" if both are known), `lack` which record would settle it. `also`: when
    the same surely went on too, in this interval or in another that may be of one piece with it. `unopened`: the record
    that opened it is missing, and what it carried with it; `hidden`: no record shows it, a gap may hide it;
    `elsewhere`: and its key is none of which any record shows something. `not_opening`, `not_closing`: what the record
    that truly opened or closed it may carry, where that may be another than the one told, or is missing.
    """

    start: Bounds
    end: Bounds
    opening: Event | None
    closing: Event | None
    key: tuple[tuple[str, Any], ...] = ()
    certain: bool = True
    going_on: bool = False
    reason: str = ""
    lack: Lack | None = None
    also: tuple[tuple[int, int], ...] = ()
    unopened: bool = False
    hidden: bool = False
    elsewhere: bool = False
    many: Number = 1
    apart: Number = 0
    not_opening: Carried = NONE
    not_closing: Carried = NONE

    def get(self, name: str) -> Any:
        """A field of the interval: of what keeps it apart from others, else of its opening record, else its closing."""
        for key, value in self.key:
            if key == name:
                return value
        if self.hidden:
            return UNKNOWN
        if self.not_opening != NONE:
            if self.not_opening is None or name in self.not_opening:
                return UNKNOWN
        elif self.opening is not None and (value := self.opening.get(name)) is not None:
            return value
        value = None
        if self.not_closing == NONE:
            value = None if self.closing is None else self.closing.get(name)
        elif self.not_closing is None or name in self.not_closing:
            value = UNKNOWN
        return UNKNOWN if value is None and self.unopened else value

    @property
    def opened(self) -> bool:
        """Whether its opening is surely the record that it began with, and none is missing."""
        return self.opening is not None and self.not_opening == NONE

    def alike(self, names: Iterable[str]) -> "Interval":
        """Without what may be of another, which carries something else, if more than its key is asked about."""
        if not self.also or {name for name, _ in self.key}.issuperset(names):
            return self
        return replace(self, also=())

    @property
    def subject(self) -> str | None:
        """The asset it is about."""
        value = self.get("subject")
        if isinstance(value, str):
            return value
        told = (event.subject for event in (self.opening, self.closing) if event is not None)
        return next((subject for subject in told if subject is not None), None)

    @property
    def length(self) -> Bounds:
        """How long it lasted, in microseconds; never below zero."""
        low = minus(self.end.low, self.start.high)
        return Bounds(max(0, low) if self.certain else 0, max(0, minus(self.end.high, self.start.low)))

    @property
    def surely(self) -> Spans:
        """The spans during which it was going on in every case."""
        if not self.certain:
            return []
        start, end = _whole(self.start.high), _whole(self.end.low)
        return merge([(start, end), *self.also])

    @property
    def possibly(self) -> tuple[int, int]:
        """The span outside which it was going on in no case."""
        return _whole(self.start.low), _whole(self.end.high)


def _whole(bound: Any) -> int:
    if bound == INFINITY:
        return FAR
    return -FAR if bound == -INFINITY else int(bound)


# ---- what keeps intervals apart ---------------------------------------------------------------------------

Lookup = Callable[[str], Any]
"""Asks an event or an interval for a field."""
Key = tuple[tuple[str, Any], ...]
"""The fields that keep groups apart, with their values."""


def key_of(get: Lookup, per: Sequence[str]) -> Key:
    """The fields that keep groups apart, with their values."""
    return tuple((name, get(name)) for name in per)


def is_known(key: Key) -> bool:
    """Whether no field of a key is withheld."""
    return not any(isinstance(value, Unknown) for _, value in key)


def may_be(key: Key, other: Key) -> bool:
    """Whether two keys can be the same: a withheld field can have any value."""
    return all(
        isinstance(one, Unknown) or isinstance(two, Unknown) or one == two
        for (_, one), (_, two) in zip(key, other, strict=True)
    )


# ---- which intervals are meant: the expressions that rulebooks are made of --------------------------------


class Between(NamedTuple):
    """From an opening to a closing event of the same key.

    `at_latest` names events that show it had ended by then, without saying when; `already` those that show it
    was going on without saying since when. `continues`: a second opening confirms the first; otherwise it shows
    that a closing is missing. `switches`: nor does a closing show that an opening is missing. `observed_by`: what
    another source says of when it went on. `opens_with`, `closes_with`: which fields its records may carry.
    """

    opens: Pattern
    closes: Pattern
    per: tuple[str, ...] = ("subject",)
    at_latest: Pattern | None = None
    already: Pattern | None = None
    continues: bool = False
    switches: bool = False
    observed_by: "Stated | None" = None
    name: str = ""
    opens_with: Carried = None
    closes_with: Carried = None


class Stated(NamedTuple):
    """As one event states it: from its own time or a field of it, to a field of it or for a duration."""

    event: Pattern
    start: str | None = None
    end: str | None = None
    lasts: int | None = None
    per: tuple[str, ...] = ("subject",)
    name: str = ""


class Recurring(NamedTuple):
    """The hours, days and seasons of a calendar."""

    calendar: Calendar
    name: str = ""
    per: tuple[str, ...] = ()


class During(NamedTuple):
    """While all parts are going on at once, for the same key."""

    parts: tuple["Spell", ...]
    name: str = ""

    @property
    def per(self) -> tuple[str, ...]:
        """What keeps its intervals apart: what keeps any part's apart."""
        return _fields_of(self.parts)


class Either(NamedTuple):
    """While at least one part is going on."""

    parts: tuple["Spell", ...]
    name: str = ""

    @property
    def per(self) -> tuple[str, ...]:
        """What keeps its intervals apart: what keeps any part's apart."""
        return _fields_of(self.parts)


class Outside(NamedTuple):
    """While the part is not going on."""

    part: "Spell"
    name: str = ""

    @property
    def per(self) -> tuple[str, ...]:
        """What keeps its intervals apart."""
        return self.part.per


class Widened(NamedTuple):
    """The part, begun earlier by `before` and ended later by `after` (microseconds; negative narrows)."""

    part: "Spell"
    before: int
    after: int
    name: str = ""

    @property
    def per(self) -> tuple[str, ...]:
        """What keeps its intervals apart."""
        return self.part.per


class Where(NamedTuple):
    """Those intervals of the part whose opening record also matches a pattern."""

    part: "Spell"
    pattern: Pattern = ANYTHING
    name: str = ""

    @property
    def per(self) -> tuple[str, ...]:
        """What keeps its intervals apart."""
        return self.part.per


class Lasting(NamedTuple):
    """Those intervals of the part that last from `least` to `most` (microseconds), both included.

    `above`, `below`: more than the least, less than the most. With `of`, what is asked about is how long such intervals
    go on within one of the part, in all.
    """

    part: "Spell"
    least: int = 0
    most: int | None = None
    above: bool = False
    below: bool = False
    of: "Spell | None" = None
    name: str = ""

    @property
    def per(self) -> tuple[str, ...]:
        """What keeps its intervals apart."""
        return self.part.per

    def fits(self, length: Bounds) -> bool | None:
        """Whether one is of such a length; None if that is open."""
        least, most = self.least, INFINITY if self.most is None else self.most
        if (length.low > least or (length.low == least and not self.above)) and (
            length.high < most or (length.high == most and not self.below)
        ):
            return True
        short = length.high < least or (length.high == least and self.above)
        long = length.low > most or (length.low == most and self.below)
        return False if short or long else None


class Anchored(NamedTuple):
    """From the end (or the start) of each interval of the part, for so long (microseconds)."""

    part: "Spell"
    lasts: int
    at_end: bool = True
    name: str = ""

    @property
    def per(self) -> tuple[str, ...]:
        """What keeps its intervals apart."""
        return self.part.per


class Begun(NamedTuple):
    """Those intervals of the part that began while the other ones went on."""

    part: "Spell"
    inside: "Spell"
    name: str = ""

    @property
    def per(self) -> tuple[str, ...]:
        """What keeps its intervals apart."""
        return self.part.per


Spell = Between | Stated | Recurring | During | Either | Outside | Widened | Where | Lasting | Anchored | Begun
"""An expression that names intervals."""


def _fields_of(parts: tuple["Spell", ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part.per))


def primitives(spell: Spell) -> list[Between | Stated]:
    """The event-made intervals an expression is built from, each once, in order."""
    found: list[Between | Stated] = []

    def visit(part: Spell) -> None:
        if isinstance(part, (Between, Stated)):
            if part not in found:
                found.append(part)
        elif isinstance(part, (During, Either)):
            for inner in part.parts:
                visit(inner)
        elif not isinstance(part, Recurring):
            visit(part.part)
            if isinstance(part, Lasting) and part.of is not None:
                visit(part.of)
            elif isinstance(part, Begun):
                visit(part.inside)

    visit(spell)
    return found


SPELLS = (Between, Stated, Recurring, During, Either, Outside, Widened, Where, Lasting, Anchored, Begun)
"""The classes of `Spell`."""


def named_spells(part: Any) -> Iterator[Spell]:
    """Every named interval in something that rules are made of, outer ones first."""
    if isinstance(part, SPELLS) and part.name:
        yield part
    if isinstance(part, tuple):
        for inner in part:
            yield from named_spells(inner)


class Cover(NamedTuple):
    """Two lists of spans: where something surely was going on, and where it possibly was."""

    surely: Spans
    possibly: Spans
