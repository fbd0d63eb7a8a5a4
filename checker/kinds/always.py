"""always: every matching event meets a condition, or carries a number within limits.

An optional field that a record does not carry fails a condition; a number that is not there is not looked at.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import NONE_ALLOWED, Holds, Limit, OnEvents, Rule, Value
from checker.pattern import Not
from checker.terms import Amount, EventPattern, Flag, IntervalExpression, Reader, Words


class Always(Kind):
    """A condition on every event of a sort."""

    kind: Literal["always"] = "always"
    event: EventPattern = Field(description="The events looked at")
    during: IntervalExpression | None = Field(None, description="Asked only of events inside these intervals")
    require: EventPattern | None = Field(None, description="What each of them must match")
    field: Words | None = Field(None, description="The number field that has limits (of a list: how many members)")
    at_most: Amount | None = Field(None, description="The greatest value allowed")
    at_least: Amount | None = Field(None, description="The least value allowed")
    exactly: Amount | None = Field(None, description="The only value allowed")
    exclusive: Flag = Field(False, description="The limit itself is not allowed")

    example: ClassVar[str] = """
    events: {CLOCK_SYNCED: {offset_s: {type: number, unit: s}}}
    constraint: {kind: always, event: CLOCK_SYNCED, field: offset_s, at_most: 2, at_least: -2}
    holds: [2031-06-01T04:00:00Z CLOCK_SYNCED A offset_s=2]
    breaks: [2031-06-01T04:00:00Z CLOCK_SYNCED A offset_s=95]
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """A condition is a prohibition of its opposite; a number is compared as it is."""
        on = OnEvents(self.event, during=self.during)
        complete = reader.definitions.history_complete
        if self.require_one(reader, ("require", "field")) == "require" and self.require is not None:
            self.out_of_place(reader, ("at_most", "at_least", "exactly", "exclusive"), "goes with `field`")
            return [Rule(on, Holds(Not(self.require)), NONE_ALLOWED, complete)]
        self.require_limit(reader, ("at_most", "at_least", "exactly"))
        if self.exactly is not None:
            self.out_of_place(reader, ("at_most", "at_least", "exclusive"), "does not go with `exactly`")
        if self.field is not None:
            reader.number_field(self.field, self.event.types, "list")
        reader.limits(self.at_least, self.at_most)
        least, most = (self.exactly, self.exactly) if self.exactly is not None else (self.at_least, self.at_most)
        name = self.field or ""
        unit = reader.definitions.unit(self.event.types, name)
        return [Rule(on, Value(name, unit), Limit(least, most, self.exclusive), complete)]
