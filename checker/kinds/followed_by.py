"""followed_by: an event, or the end of an interval, is answered by another within a time.

The first answer that fits counts; none before the end of observation is a breach if it was due before, and
pending if not. `unless` names events that lift the duty when they come before it is due and before the answer. A
time may depend on dates: months, the end of a month, working days, a day that is none and moves it on; the limit
that is told is then the time that this occasion left.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.bounds import INFINITY
from checker.constraint import Kind
from checker.measure import Lag, Limit, Rule
from checker.terms import (
    Amount,
    Calendrical,
    Duration,
    EventPattern,
    Flag,
    IntervalExpression,
    MatchFields,
    Reader,
    Words,
)


class FollowedBy(Kind):
    """A deadline: a report, a reply, a return to storage."""

    kind: Literal["followed_by"] = "followed_by"
    event: EventPattern | None = Field(None, description="The event that asks for another")
    of: IntervalExpression | None = Field(None, description="The interval whose end asks for an event")
    by: EventPattern = Field(description="What has to come")
    same: MatchFields | None = Field(None, description="Which fields must be equal; the subject by default")
    within: Duration | None = Field(None, description="The longest time it may take; without it, at any time")
    within_months: Amount | None = Field(None, description="So many calendar months, and `within` beyond them")
    from_end_of: Calendrical | None = Field(
        None, description="The time counts from the end of the day, week, month, quarter or year of the occasion"
    )
    counting: Words | None = Field(None, description="The calendar whose times alone count in `within`: working days")
    roll_over: Words | None = Field(
        None, description="The calendar to the end of whose next day it moves if it is due on another"
    )
    at_least: Duration | None = Field(None, description="The shortest time it may take")
    exclusive: Flag = Field(False, description="At the limit is too late")
    unless: EventPattern | None = Field(None, description="Events that lift the duty before it is due")
    unless_same: MatchFields | None = Field(None, description="Which fields tie those; the subject by default")
    before_any: EventPattern | None = Field(None, description="The answer must come before any of these")
    once: Flag = Field(False, description="Each answer serves one occasion only")
    during: IntervalExpression | None = Field(None, description="Asked only of events inside these intervals")

    example: ClassVar[str] = """
    events: {STOP_REQUESTED: {}, RADAR_OFF: {}}
    constraint: {kind: followed_by, event: STOP_REQUESTED, by: RADAR_OFF, within: 10 min}
    holds:
      - 2031-05-01T08:00:00Z STOP_REQUESTED A
      - 2031-05-01T08:10:00Z RADAR_OFF A
    breaks:
      - 2031-05-01T08:00:00Z STOP_REQUESTED A
      - 2031-05-01T08:18:00Z RADAR_OFF A
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The time to the answer is measured, for each occasion."""
        on, ours = self.occasions(reader)
        if self.unless is None:
            self.out_of_place(reader, ("unless_same",), "goes with `unless`")
        lag = Lag(
            pattern=self.by,
            match=self.matched(reader, self.same, self.by.types, ours),
            released_by=self.unless,
            release_match=self.matched(reader, self.unless_same, self.unless.types, ours) if self.unless else (),
            once=self.once,
            next_among=self.before_any,
            deadline=reader.deadline(self.from_end_of, self.within_months, self.counting, self.roll_over),
        )
        within = self.within
        if lag.deadline is not None:
            self.out_of_place(reader, ("once",), "does not go with a time that depends on dates")
            if within is None and self.within_months is None:
                reader.wrong(None, "expected `within` or `within_months`: the time that depends on dates")
            within = within or 0
        else:
            reader.limits(self.at_least, within)
        limit = Limit(self.at_least, INFINITY if within is None else within, self.exclusive)
        return [Rule(on, lag, limit, reader.definitions.history_complete)]
