"""time_before: in a window before each occasion lies so much time of something, in all or in one piece.

That somebody has rested for 30 hours without a break within the 168 hours before he begins. Measured is the longest
piece with `unbroken`, cut at both ends of the window, and otherwise all pieces together.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import Before, Limit, Rule
from checker.terms import Duration, EventPattern, Flag, IntervalExpression, Reader


class TimeBefore(Kind):
    """What has to have gone on before."""

    kind: Literal["time_before"] = "time_before"
    event: EventPattern | None = Field(None, description="The event that needs it before")
    of: IntervalExpression | None = Field(None, description="The interval whose start needs it before")
    spent: IntervalExpression = Field(description="What has to have gone on before")
    back: Duration = Field(alias="in", description="The length of the window before the occasion")
    unbroken: Flag = Field(False, description="Without a break: the longest piece counts")
    at_least: Duration | None = Field(None, description="The least time")
    at_most: Duration | None = Field(None, description="The greatest time")
    exclusive: Flag = Field(False, description="The limit itself is not allowed")
    during: IntervalExpression | None = Field(None, description="Asked only of events inside these intervals")

    example: ClassVar[str] = """
    events: {DUTY_STARTED: {}, DUTY_ENDED: {}}
    intervals: {duty: {from: DUTY_STARTED, until: DUTY_ENDED}}
    constraint:
      {kind: time_before, event: DUTY_STARTED, spent: {not: duty}, in: 24 h, unbroken: true, at_least: 10 h}
    holds:
      - 2031-05-01T08:00:00Z DUTY_STARTED A
      - 2031-05-01T18:00:00Z DUTY_ENDED A
      - 2031-05-02T04:00:00Z DUTY_STARTED A
    breaks:
      - 2031-05-01T08:00:00Z DUTY_STARTED A
      - 2031-05-01T18:00:00Z DUTY_ENDED A
      - 2031-05-02T03:00:00Z DUTY_STARTED A
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The longest piece, or their sum, is measured for each occasion."""
        self.require_limit(reader, ("at_most", "at_least"))
        on, _ = self.occasions(reader)
        reader.limits(self.at_least, self.at_most)
        if self.back <= 0:
            reader.wrong(None, "a window needs a length above zero")
        limit = Limit(self.at_least, self.at_most, self.exclusive)
        return [Rule(on, Before(self.spent, self.back, self.unbroken), limit, reader.definitions.history_complete)]
