"""apart: two sorts of interval must not overlap, or not come closer in time than a distance.

Touching is allowed: one may begin at the instant at which the other ends. With `by`, the distance itself is enough.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.interval import Widened
from checker.measure import NONE_ALLOWED, Portion, Rule, Within
from checker.terms import Duration, EventPattern, IntervalExpression, MatchFields, Reader, types_of


class Apart(Kind):
    """Separation in time."""

    kind: Literal["apart"] = "apart"
    of: IntervalExpression | None = Field(None, description="The intervals that must keep away")
    event: EventPattern | None = Field(None, description="The events that must keep away")
    away_from: IntervalExpression = Field(alias="from", description="From which intervals")
    by: Duration = Field(0, description="The least distance in time, before and after")
    same: MatchFields | None = Field(None, description="Which fields tie them; all that keep those intervals apart")

    example: ClassVar[str] = """
    events: {RADAR_ON: {sector: text}, RADAR_OFF: {}, PRESENCE_OPENED: {sector: text}, PRESENCE_CLOSED: {sector: text}}
    intervals:
      emission: {from: RADAR_ON, until: RADAR_OFF}
      presence: {from: PRESENCE_OPENED, until: PRESENCE_CLOSED, per: sector}
    constraint: {kind: apart, of: emission, from: presence}
    holds:
      - 2031-05-01T08:00:00Z RADAR_ON A sector=N
      - 2031-05-01T09:00:00Z RADAR_OFF A
      - 2031-05-01T09:00:00Z PRESENCE_OPENED - sector=N
      - 2031-05-01T10:00:00Z PRESENCE_CLOSED - sector=N
    breaks:
      - 2031-05-01T08:00:00Z RADAR_ON A sector=N
      - 2031-05-01T08:50:00Z PRESENCE_OPENED - sector=N
      - 2031-05-01T09:00:00Z RADAR_OFF A
      - 2031-05-01T10:00:00Z PRESENCE_CLOSED - sector=N
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The overlap with the other, widened by the distance, is measured; none is allowed."""
        other = Widened(self.away_from, self.by, self.by) if self.by else self.away_from
        on, ours = self.occasions(reader)
        match = None if self.same is None else reader.match(self.same, types_of(other), ours)
        # at exactly that distance before is far enough; what lasts no time would be inside from the first instant on
        moment = Widened(self.away_from, self.by - 1, self.by) if self.by else other
        complete = reader.definitions.history_complete
        if self.event is not None:
            return [Rule(on, Within(moment, match), NONE_ALLOWED, complete)]
        portion = Portion(other, True, match, moment if self.by else None)
        return [Rule(on, portion, NONE_ALLOWED, complete)]
