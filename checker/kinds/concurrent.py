"""concurrent: at every instant, no more than so many go on at once, or a field of theirs sums to no more than a limit.

One finding for each stretch above the limit. Something that ends at the instant at which another begins does not
count beside it.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import Level, Limit, OnIntervals, Rule
from checker.terms import Amount, FieldNames, Flag, IntervalExpression, Reader, Words, types_of


class Concurrent(Kind):
    """At most so many at once."""

    kind: Literal["concurrent"] = "concurrent"
    of: IntervalExpression = Field(description="The intervals counted")
    per: FieldNames | None = Field(None, description="Which fields keep counts apart; all are counted together if none")
    sum: Words | None = Field(None, description="The number field that is summed instead of counting")
    at_most: Amount | None = Field(None, description="The greatest number or sum allowed")
    at_least: Amount | None = Field(None, description="The least number or sum allowed")
    exclusive: Flag = Field(False, description="The limit itself is not allowed")

    example: ClassVar[str] = """
    events: {RADAR_ON: {}, RADAR_OFF: {}}
    intervals: {emission: {from: RADAR_ON, until: RADAR_OFF}}
    constraint: {kind: concurrent, of: emission, at_most: 1}
    holds:
      - 2031-05-01T08:00:00Z RADAR_ON A
      - 2031-05-01T09:00:00Z RADAR_OFF A
      - 2031-05-01T09:00:00Z RADAR_ON B
      - 2031-05-01T10:00:00Z RADAR_OFF B
    breaks:
      - 2031-05-01T08:00:00Z RADAR_ON A
      - 2031-05-01T08:55:00Z RADAR_ON B
      - 2031-05-01T09:00:00Z RADAR_OFF A
      - 2031-05-01T10:00:00Z RADAR_OFF B
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The number is followed through time and compared with the limit."""
        self.require_limit(reader, ("at_most", "at_least"))
        types = types_of(self.of)
        per = () if self.per is None else reader.names(self.per, types)
        unit = "count"
        if self.sum is not None:
            reader.number_field(self.sum, types)
            unit = reader.definitions.unit(types, self.sum)
        reader.limits(self.at_least, self.at_most)
        limit = Limit(self.at_least, self.at_most, self.exclusive)
        return [Rule(OnIntervals(self.of), Level(per, self.sum, unit), limit)]
