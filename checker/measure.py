"""The core language that every kind of constraint is lowered to: what is looked at, what is measured, the limit.

A rule reads: *on* each of these occasions, *measure* this, and compare it with that *limit*. The measures are
few; a new one touches every backend.
"""

from typing import NamedTuple

from checker.bounds import INFINITY, Number
from checker.interval import Spell
from checker.pattern import ANYTHING, Pattern
from checker.timeline import Calendar, CalendarUnit, Zone

Match = tuple[tuple[str, str], ...]
"""Which field of the other event (or interval) equals which field of the occasion, as pairs (theirs, ours)."""


# ---- occasions ------------------------------------------------------------------------------------------


class OnEvents(NamedTuple):
    """Each event that matches; with `during` (or `outside`), only those inside (outside) such an interval."""

    pattern: Pattern
    during: Spell | None = None
    outside: Spell | None = None


class OnIntervals(NamedTuple):
    """Each interval that the expression names."""

    spell: Spell


Occasions = OnEvents | OnIntervals


# ---- measures -------------------------------------------------------------------------------------------


class Holds(NamedTuple):
    """1 for an event that matches the pattern, 0 for one that does not (count)."""

    pattern: Pattern


class Within(NamedTuple):
    """1 for an event inside such an interval of its own key, 0 outside (count)."""

    spell: Spell
    match: Match | None = None
    inside: bool = True


class Value(NamedTuple):
    """The number in a field of the event, in the field's unit; of a list, how many members it has."""

    field: str
    unit: str = "count"


class Length(NamedTuple):
    """How long the interval lasted (µs). The breach is what follows after the limit."""


class Portion(NamedTuple):
    """How much of the interval lies inside (or outside) others of its own key (µs), stretch by stretch.

    `brief`: what one that lasted no time is asked of instead.
    """

    spell: Spell
    inside: bool
    match: Match | None = None
    brief: Spell | None = None


class Deadline(NamedTuple):
    """What the last instant for something depends on, beside how long it may take: dates rather than lengths of time.

    It is counted from the end of the calendar `unit` that the occasion falls into (from its start, of what has to come
    before), and as many `months` later. Only the times of `counting` count. If it is no time of `roll_over`, it moves
    to the end of the next day that is.
    """

    zone: Zone
    unit: CalendarUnit | None = None
    months: int = 0
    counting: Calendar | None = None
    roll_over: Calendar | None = None


class Lead(NamedTuple):
    """How long before the occasion the best matching event came (µs).

    With `once`, an event serves one occasion only.
    """

    pattern: Pattern
    match: Match
    once: bool = False
    deadline: Deadline | None = None


class Lag(NamedTuple):
    """How long after the occasion the first matching event came (µs).

    `released_by` names events that lift the duty if they come before it is due and before the response.
    `once`: a response serves one occasion only. `next_among`: none of these events may come before the response.
    """

    pattern: Pattern
    match: Match
    released_by: Pattern | None = None
    release_match: Match = ()
    once: bool = False
    next_among: Pattern | None = None
    deadline: Deadline | None = None


class Before(NamedTuple):
    """For how long intervals of its own key went on within `back` (µs) before the occasion: in all, or in one piece."""

    spell: Spell
    back: int
    unbroken: bool = False


class Spacing(NamedTuple):
    """From the end of one occasion to the start of the next of the same group (µs), or along a number field.

    `edges`: the time from the beginning of observation (or of each interval of `scope`) to the first, and from the
    last to its end, is measured too, as for a heartbeat. `only` the first of these spells, or only the later ones.
    """

    per: tuple[str, ...]
    edges: bool = False
    scope: Spell | None = None
    along: str | None = None
    only: str | None = None

    def which(self, first: bool) -> bool:
        """Whether the first spell (or a later one) is asked about."""
        return self.only is None or (self.only == "first") == first


class Window(NamedTuple):
    """Over which time a total is taken: `rolling` (length in µs), a calendar `unit`, or the whole observation.

    `periods`: so many calendar windows on end, taken together. `since`: and no further back than to when one of these
    went on last; where it is several that have to follow one another for that, the last of them.
    """

    rolling: int | None = None
    unit: CalendarUnit | None = None
    anchor: tuple[int, int] = (1, 1)
    zone: Zone | None = None
    periods: int = 1
    since: tuple[tuple[Spell, ...], ...] = ()


class Total(NamedTuple):
    """The sum over a window, for each group: of durations (µs), of a field, or of occurrences (count)."""

    of: str
    """`duration`, `count`, or the name of a field."""
    window: Window
    per: tuple[str, ...]
    unit: str = "count"


class Level(NamedTuple):
    """How many are going on at an instant, or the sum of a field of theirs, for each group (count or unit)."""

    per: tuple[str, ...]
    weight: str | None = None
    unit: str = "count"


class Move(NamedTuple):
    """How an event moves a state on: to a state it names in a field, or to a fixed one, claiming to come from one."""

    pattern: Pattern
    to_state: str | None = None
    to_field: str | None = None
    from_field: str | None = None
    from_state: str | None = None
    declares: bool = False


class Step(NamedTuple):
    """1 for a change of state that is not allowed, or that does not start from where the last one ended (count)."""

    moves: tuple[Move, ...]
    allowed: tuple[tuple[str, str], ...]
    per: tuple[str, ...]
    initial: str | None = None


def is_plain(measure: object) -> bool:
    """Whether a measure is of plain windows and lengths: none starts anew, is of several periods or of dates."""
    if isinstance(measure, Total):
        return not measure.window.since and measure.window.periods == 1
    return not isinstance(measure, (Lag, Lead)) or measure.deadline is None


class Role(NamedTuple):
    """A named part in a comparison: which event plays it, and which of its fields counts."""

    name: str
    pattern: Pattern
    field: str


class Clashes(NamedTuple):
    """How many pairs of roles, among events of one key, carry equal values (count)."""

    roles: tuple[Role, ...]
    per: tuple[str, ...]


class Deviation(NamedTuple):
    """By how much a field differs from a field of the matching event (µs for instants, else the field's unit).

    Texts differ by 0 or 1. `signed`: the occasion's value minus the other's; otherwise the distance. `scale`: how many
    units of the occasion's value one unit of the other's is.
    """

    field: str
    pattern: Pattern
    match: Match
    other: str
    signed: bool = False
    unit: str = "count"
    scale: int = 1


class Standing(NamedTuple):
    """The number in a field of the last matching event as of an instant (`on`: µs, or None for the end).

    With `accept`, 1 if that event does not match it, else 0 (count).
    """

    pattern: Pattern
    field: str
    per: tuple[str, ...]
    on: int | None = None
    unit: str = "count"
    accept: Pattern | None = None


class Distance(NamedTuple):
    """How far the event's position is from the nearest place of a register, as of the event (m); inside it is 0."""

    field: str
    register: str
    accuracy: str | None = None


Measure = (
    Holds | Within | Value | Length | Portion | Lead | Lag | Spacing | Total | Level | Step
    | Clashes | Deviation | Standing | Distance | Before
)  # fmt: skip


# ---- limits and rules -----------------------------------------------------------------------------------


class Limit(NamedTuple):
    """What the measured quantity may be: both ends included unless `exclusive`."""

    at_least: Number | None = None
    at_most: Number | None = None
    exclusive: bool = False


class Rule(NamedTuple):
    """On each occasion, the measure keeps the limit.

    `history_complete` says that nothing lies before the log. The rule is in force in [start, end), whole µs.
    `as_received`: it is about the records as they are; one that is missing neither keeps nor breaks it.
    """

    on: Occasions
    measure: Measure
    limit: Limit
    history_complete: bool = True
    start: Number = -INFINITY
    end: Number = INFINITY
    as_received: bool = False

    @property
    def unit(self) -> str:
        """The unit that its limit is in."""
        measure = self.measure
        if isinstance(measure, Total) and measure.of == "duration":
            return DURATION
        if isinstance(measure, (Total, Level, Value, Deviation, Standing)):
            return measure.unit
        if isinstance(measure, (Holds, Within, Step, Clashes)) or getattr(measure, "along", None) is not None:
            return "count"
        return "m" if isinstance(measure, Distance) else DURATION


DURATION = "µs"
"""The unit of lengths of time, held in whole microseconds; a report tells them in seconds, as a field in `s` is."""
NONE_ALLOWED = Limit(at_most=0)
EVERY_EVENT = OnEvents(ANYTHING)
