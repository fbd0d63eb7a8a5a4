"""duration: each interval lasts no longer than a limit, or at least so long.

The breach is what follows after the limit. An interval that still goes on at the end of observation is pending
until it has exceeded the limit.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import Length, Limit, OnIntervals, Rule
from checker.terms import Duration as Span
from checker.terms import Flag, IntervalExpression, Reader


class Duration(Kind):
    """How long one interval lasts."""

    kind: Literal["duration"] = "duration"
    of: IntervalExpression = Field(description="The intervals measured")
    at_most: Span | None = Field(None, description="The longest they may last")
    at_least: Span | None = Field(None, description="The shortest they may last")
    exclusive: Flag = Field(False, description="The limit itself is not allowed")

    example: ClassVar[str] = """
    events: {RADAR_ON: {}, RADAR_OFF: {}}
    intervals: {emission: {from: RADAR_ON, until: RADAR_OFF}}
    constraint: {kind: duration, of: emission, at_most: 60 min}
    holds: [2031-05-01T08:00:00Z RADAR_ON A, 2031-05-01T09:00:00Z RADAR_OFF A]
    breaks: [2031-05-01T08:00:00Z RADAR_ON A, 2031-05-01T09:15:00Z RADAR_OFF A]
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The length is compared with the limit."""
        self.require_limit(reader, ("at_most", "at_least"))
        reader.limits(self.at_least, self.at_most)
        limit = Limit(self.at_least, self.at_most, self.exclusive)
        return [Rule(OnIntervals(self.of), Length(), limit, reader.definitions.history_complete)]
