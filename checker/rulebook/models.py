"""The sections of a rulebook other than its constraints, as models: what each may hold, with a word on every field."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from checker.terms import Amount, Duration, Flag, Moment, Several, Words


class Section(BaseModel):
    """What all models of a rulebook have in common: nothing unknown is accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, arbitrary_types_allowed=True)


def no_items() -> list[Any]:
    """A default. That of `list` itself would be slow: pydantic looks for its signature, which Python has to parse."""
    return []


def no_entries() -> dict[Any, Any]:
    """A default, likewise instead of `dict`."""
    return {}


class Head(Section):
    """What rulebook this is."""

    id: Words = Field(description="A short name without blanks")
    version: Words = Field(description="The version of the rulebook, as its parties count it")
    title: Words = Field(description="What it is about, in a line")
    text: Words = Field("", description="What a reader should know of it")
    zone: Words = Field("UTC", description="The zone of its calendars, days and months: `UTC+3`, `Europe/Istanbul`")
    history: Literal["complete", "unknown"] = Field(
        "complete", description="Whether nothing relevant lies before the log, or that is not known"
    )
    default_position: Words | None = Field(None, description="The position that holds if none is named")


class Parameter(Section):
    """A named limit: its value, or one for each position."""

    title: Words = Field(description="What it limits")
    source: Words = Field("", description="Where its values are from; `illustrative` if they are made up")
    value: Any = Field(None, description="The value under every position that names no other")
    values: dict[str, Any] = Field(
        default_factory=no_entries, description="The value under each position; `none`: no limit"
    )


class Position(Section):
    """A named set of parameter values."""

    title: Words = Field(description="Whose position it is")
    text: Words = Field("", description="What it stands for")
    source: Words = Field("", description="Where it is from")
    values: dict[str, Any] = Field(default_factory=no_entries, description="Values of parameters under this position")


class Dated(Section):
    """One of several values of a parameter, and when it holds."""

    start: Moment | None = Field(None, alias="from", description="From when on")
    until: Moment | None = Field(None, description="Until when")
    value: Any = Field(description="The value in that time")


FIELD_TYPES = ("text", "number", "instant", "flag", "list", "mapping")


class LookupOf(Section):
    """A field that stands in a register instead of in the record."""

    register_name: Words = Field(alias="register", description="The register")
    by: Words = Field(description="The field of the record that names the member")
    take: Words = Field(description="The attribute of the member")


class FieldOf(Section):
    """What an event type's field holds."""

    type: Literal["text", "number", "instant", "flag", "list", "mapping"] = Field("text", description="Its type")
    unit: Words = Field("", description="The unit of a number")
    optional: Flag = Field(False, description="Whether a record may do without it")
    values: Several = Field(default_factory=no_items, description="The values it may take")
    lookup: LookupOf | None = Field(None, description="Where to find it if the record does not carry it")
    also: Words | None = Field(None, description="Another name under which records may carry it")
    text: Words = Field("", description="What it means")


class EntryOf(Section):
    """One member of a register."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True, arbitrary_types_allowed=True)

    member: Words = Field(description="The id of the member")
    start: Moment | None = Field(None, alias="from", description="From when on it is listed")
    until: Moment | None = Field(None, description="Until when it is listed")
    place: Any = Field(None, description="Where it is: a GeoJSON Point, Polygon or MultiPolygon")


class RegisterOf(Section):
    """A list of members, each from one date to another."""

    title: Words = Field("", description="What is listed")
    source: Words = Field("", description="Where the list is from")
    amended_by: Words | None = Field(None, description="The event type that adds and removes members in the log")
    members: list[Any] = Field(description="The members: ids, or mappings with `member`, `from`, `until`, `place`")


class CalendarOf(Section):
    """Recurring hours, days and seasons."""

    title: Words = Field("", description="What it is for")
    days: Several = Field(default_factory=no_items, description="Days of the week: `mon`, `Mon-Fri`; all if none")
    hours: Several = Field(default_factory=no_items, description="Times of day: `06:00-18:00`, also over midnight")
    seasons: Several = Field(default_factory=no_items, description="Times of year: `11-15 to 04-15`, both included")
    only: Several = Field(default_factory=no_items, description="Only on these dates")
    but: Several = Field(default_factory=no_items, alias="except", description="Not on these dates")
    zone: Words | None = Field(None, description="The zone; the rulebook's if none")


class GapHeartbeat(Section):
    """What every source writes so often that its silence shows a gap."""

    event: Any = Field(description="The records that count, as an event pattern")
    every: Duration = Field(description="The longest time between two of one source if nothing is missing")


class DeclaredGap(Section):
    """Records that say from when to when others are missing."""

    event: Any = Field(description="The records, as an event pattern")
    starts: Words = Field(description="The field that says from when on")
    ends: Words = Field(description="The field that says until when")


class GapsOf(Section):
    """What may be hidden where records are missing."""

    about: Literal["any_asset", "assets_shown"] = Field(
        "any_asset",
        description="Whether a missing record may be about any asset, or only about those that its source shows",
    )
    never_hide: Several = Field(
        default_factory=no_items,
        description="Event types of which no record is hidden by a gap, since more than one party holds each",
    )
    sources: Several = Field(
        default_factory=no_items, description="Sources that write to the log; one that shows no record is all gap"
    )
    heartbeat: GapHeartbeat | None = Field(None, description="What a silent source is known by")
    declared: DeclaredGap | None = Field(None, description="How records declare gaps themselves")


class CorrectionsOf(Section):
    """Records that say how another record ought to read; both stay."""

    event: Words = Field(description="The event type of a correction")
    corrects: Words = Field("corrects", description="Its field that names the record: its id, or TYPE@time")
    fields: Words = Field("fields", description="Its field with the fields as they ought to read (a mapping)")
    authorities: Several = Field(
        default_factory=no_items, description="Sources that may correct records of any source; others only their own"
    )


class ClockOf(Section):
    """Records that say by how much a clock was found off when it was set."""

    event: Words = Field(description="The event type of a synchronisation")
    offset: Words = Field(description="Its field with the offset that was found, in seconds")
    uncertainty: Words | None = Field(None, description="Its field with what the setting leaves open, in seconds")
    tolerance: Amount = Field(0, description="A clock counts as right while it is off by no more, in seconds")


LINT_CODES = (
    "unsatisfiable", "near-unsatisfiable", "conflicting", "dominated", "duplicate", "vacuous", "wrong-side", "dangling",
    "never-activated", "units", "unused",
)  # fmt: skip
"""What can be wrong with a rulebook as an agreement, from what permits nothing to what nobody asks for."""

LintCode = Literal[
    "unsatisfiable", "near-unsatisfiable", "conflicting", "dominated", "duplicate", "vacuous", "wrong-side", "dangling",
    "never-activated", "units", "unused",
]  # fmt: skip


class MeantOf(Section):
    """What `checker lint` says of definitions or constraints, and is meant so."""

    code: LintCode = Field(description="The code of the remark")
    about: Several = Field(description="The names that it is about; `*` stands for anything")
    reason: Words = Field(description="Why it is meant")


class Effective(Section):
    """From when to when a constraint applies."""

    start: Moment | None = Field(None, alias="from", description="The first instant at which it applies")
    until: Moment | None = Field(None, description="The first instant at which it no longer does")


class ConstraintHead(Section):
    """What a constraint says beside its formal part."""

    id: Words = Field(description="Its short name, unique in the rulebook")
    title: Words = Field(description="A few words")
    text: Words = Field(description="The norm, in a sentence of the agreement")
    group: Words = Field(description="The group it belongs to")
    severity: Literal["minor", "major", "critical"] = Field(description="How much a breach weighs")
    source: Words = Field(description="Where it is from; `illustrative` if it is made up")
    note: Words = Field("", description="How the formal part reads the norm")
    effective: Effective = Field(default_factory=Effective, description="From when to when it applies")
    never_waivable: Flag = Field(False, description="No exception may excuse a breach")
    history: Literal["complete", "unknown"] | None = Field(None, description="As of the rulebook, for it alone")
    as_received: Flag = Field(
        False, description="It is about the records as received: one that is missing neither keeps nor breaks it"
    )
    exception: Words | None = Field(None, description="The exception of which it is a condition")
    needs: Several = Field(
        default_factory=no_items,
        description="Constraints without which this one cannot be met, such as the duty to have someone there who asks",
    )
    meant: dict[LintCode, Words] = Field(
        default_factory=no_entries, description="What `checker lint` says of it and is meant so: the reason, by code"
    )
    under: dict[str, Any] = Field(
        default_factory=no_entries,
        description="How the formal part differs under a position: other fields, another kind, or `not_in_force`",
    )
    clauses: list[Any] | None = Field(None, description="Several formal parts that all must hold", min_length=1)
