"""during: an interval, or an event, lies inside intervals of another sort: an authorisation, permitted hours.

Every stretch that lies outside is a breach of its own. What ends is over at its last instant: an authorisation
that ends at 08:00 does not cover 08:00.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import NONE_ALLOWED, Portion, Rule, Within
from checker.terms import EventPattern, IntervalExpression, MatchFields, Reader, types_of


class During(Kind):
    """Coverage: something goes on (or happens) only while something else does."""

    kind: Literal["during"] = "during"
    of: IntervalExpression | None = Field(None, description="The interval that must be covered")
    event: EventPattern | None = Field(None, description="The event that must be covered")
    inside: IntervalExpression = Field(description="The intervals that cover it")
    same: MatchFields | None = Field(None, description="Which fields tie them; all that keep those intervals apart")

    example: ClassVar[str] = """
    events: {RADAR_ON: {}, RADAR_OFF: {}, LIAISON_ON: {}, LIAISON_OFF: {}}
    intervals:
      emission: {from: RADAR_ON, until: RADAR_OFF}
      liaison: {from: LIAISON_ON, until: LIAISON_OFF}
    constraint: {kind: during, of: emission, inside: liaison}
    holds:
      - 2031-05-01T08:00:00Z LIAISON_ON A
      - 2031-05-01T08:00:00Z RADAR_ON A
      - 2031-05-01T09:00:00Z RADAR_OFF A
      - 2031-05-01T09:00:00Z LIAISON_OFF A
    breaks:
      - 2031-05-01T08:00:00Z LIAISON_ON A
      - 2031-05-01T08:00:00Z RADAR_ON A
      - 2031-05-01T08:40:00Z LIAISON_OFF A
      - 2031-05-01T09:00:00Z RADAR_OFF A
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """What lies outside is measured (of an event: counted); none is allowed."""
        on, ours = self.occasions(reader)
        match = None if self.same is None else reader.match(self.same, types_of(self.inside), ours)
        if self.event is not None:
            return [Rule(on, Within(self.inside, match, False), NONE_ALLOWED, reader.definitions.history_complete)]
        return [Rule(on, Portion(self.inside, False, match), NONE_ALLOWED, reader.definitions.history_complete)]
