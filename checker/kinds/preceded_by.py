"""preceded_by: an event needs another before it, by a least lead, by no more than a greatest one, or both.

Of several that fit, the one that serves best counts. With `once`, each serves one occasion only. Where no earlier
one is found at all, there is no lead to report: its bounds are empty on both sides.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import Lead, Limit, Rule
from checker.terms import Calendrical, Duration, EventPattern, Flag, IntervalExpression, MatchFields, Reader


class PrecededBy(Kind):
    """Prior notice, prior consent, an acknowledgement in time."""

    kind: Literal["preceded_by"] = "preceded_by"
    event: EventPattern | None = Field(None, description="The event that needs another before it")
    of: IntervalExpression | None = Field(None, description="The interval whose start needs an event before it")
    by: EventPattern = Field(description="What has to come before")
    same: MatchFields | None = Field(None, description="Which fields must be equal; the subject by default")
    at_least: Duration = Field(0, description="The least lead; at the same instant counts as before")
    at_most: Duration | None = Field(None, description="The greatest lead")
    from_start_of: Calendrical | None = Field(
        None, description="Leads count from the start of the day, week, month, quarter or year of the occasion"
    )
    exclusive: Flag = Field(False, description="The limits themselves are not enough")
    once: Flag = Field(False, description="Each earlier event serves one occasion only")
    during: IntervalExpression | None = Field(None, description="Asked only of events inside these intervals")

    example: ClassVar[str] = """
    events: {RADAR_ON: {notice: text}, ACTIVATION_NOTIFIED: {notice: text}}
    constraint:
      {kind: preceded_by, event: RADAR_ON, by: ACTIVATION_NOTIFIED, same: [subject, notice], at_least: 72 h}
    holds:
      - 2031-05-01T07:00:00Z ACTIVATION_NOTIFIED A notice=N1
      - 2031-05-04T07:00:00Z RADAR_ON A notice=N1
    breaks:
      - 2031-05-01T07:00:00Z ACTIVATION_NOTIFIED A notice=N1
      - 2031-05-03T07:10:00Z RADAR_ON A notice=N1
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The lead is measured, for each occasion."""
        on, ours = self.occasions(reader)
        reader.limits(self.at_least, self.at_most)
        least = self.at_least
        if self.exclusive and self.at_most is not None and "at_least" not in self.model_fields_set:
            least = -1  # "before" is no limit that was given: the same instant is enough still, to the microsecond
        limit = Limit(least, self.at_most, self.exclusive)
        match = self.matched(reader, self.same, self.by.types, ours)
        lead = Lead(self.by, match, self.once, reader.deadline(self.from_start_of))
        if lead.deadline is not None:
            self.out_of_place(reader, ("once",), "does not go with `from_start_of`")
        return [Rule(on, lead, limit, reader.definitions.history_complete)]
