"""What a scenario says, read and checked: who does what how often, and in which ways it can go wrong."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from checker.formula import Formula, Value
from checker.location import Location
from checker.timeline import CalendarUnit, Zone

LOG = "log"
"""What is done once for the whole log, and about no asset."""

ASSET = ""
"""A step that names no subject is about its asset."""


ENDS: Mapping[str, CalendarUnit] = {
    "end_of_day": "day", "end_of_week": "week", "end_of_month": "month", "end_of_quarter": "quarter",
    "end_of_year": "year",
}  # fmt: skip
"""Names for the end of the calendar window in which an activity starts."""


class Span(NamedTuple):
    """From the least to the greatest value that chance may choose, both included."""

    low: Formula
    high: Formula


class OneOf(NamedTuple):
    """Values that chance chooses from."""

    values: tuple[Any, ...]


class Template(NamedTuple):
    """A text with formulas and names in it: `parts` are texts and what stands between braces, in turn.

    `alone`: nothing but one pair of braces, so that a number stays one where no `text` is wanted; `unit` is that of
    the field in microseconds.
    """

    parts: tuple[str | Formula, ...]
    alone: bool = False
    unit: int | None = None
    text: bool = True


class Step(NamedTuple):
    """One record of an activity, or with `every` a row of them until `until`.

    `after` names the step that `at` counts from; None: the start. `subject` is None for none, and `ASSET` if the
    record is about the asset. `when` is the alternative with which alone it is written. `skip`: how many sequence
    numbers of its source are left out before it. `gap`: the time from one record of a row, by chance, to the next.
    """

    name: str
    type: str
    at: Span
    after: str | None
    subject: Template | None
    source: Template | None
    data: Mapping[str, Any]
    when: str | None = None
    every: Span | None = None
    until: Formula | None = None
    gap: Formula | None = None
    skip: Formula | None = None
    omit: bool = False


class Activity(NamedTuple):
    """Something that is done again and again, by each asset or (`assets` is `LOG`) for the log.

    The next begins `every` so long after the one before, `within` that much later by chance, at a time of day of
    `hours` (microseconds) if there are any; the first `first` after the beginning. `maybe`: alternatives, each with
    its share in percent.
    """

    name: str
    assets: tuple[str, ...]
    first: Span
    every: Span | None
    within: Span | None
    hours: tuple[int, int] | None
    times: int | None
    names: Mapping[str, Template]
    maybe: Mapping[str, int]
    source: Template
    steps: tuple[Step, ...]


class Again(NamedTuple):
    """An activity that is done once more (or several times) because of a breach, from an instant on."""

    name: str
    activity: str
    other: bool
    start: Formula
    times: Formula | None
    apart: Formula | None
    variant: "Variant"


class Variant(NamedTuple):
    """How an occurrence of an activity differs from others."""

    steps: tuple[Step, ...]
    choices: Mapping[str, bool]


class Broken(NamedTuple):
    """What a breach amounts to: the size by which a limit is missed, and when.

    `size` is None where nothing can be measured; `at_least`: it is so much or more. `subject` None: no asset's.
    """

    constraint: str
    size: Formula | None
    at_least: bool
    subject: Template | None
    start: Formula
    until: Formula


class Breach(NamedTuple):
    """A way in which an activity breaks a constraint, by one of several sizes."""

    name: str
    activity: str
    sizes: tuple[Value, ...]
    start: Formula | None
    every: Formula | None
    room: Formula | None
    variant: Variant
    again: tuple[Again, ...]
    broken: tuple[Broken, ...]
    alone: bool
    opens: bool
    location: Location


class Contradiction(NamedTuple):
    """Records of another party that do not fit what an activity records of itself."""

    activity: str
    variant: Variant


class Scenario(NamedTuple):
    """Everything that logs are made from; instants are whole microseconds. `limits` are parameters by `$name`."""

    id: str
    title: str
    position: str | None
    parameters: Mapping[str, str]
    start: int
    until: int
    only: tuple[str, ...]
    zone: Zone
    limits: Mapping[str, Value]
    texts: Mapping[str, str]
    assets: Mapping[str, Mapping[str, str]]
    activities: tuple[Activity, ...]
    breaches: tuple[Breach, ...]
    contradictions: tuple[Contradiction, ...]
    never_missing: frozenset[str]
    as_received: frozenset[str]

    def activity(self, name: str) -> Activity:
        """The activity of that name."""
        return next(activity for activity in self.activities if activity.name == name)
