"""total: what adds up over a window keeps a limit: of durations, or of a number in a field.

`in` names a rolling window `(t - W, t]`, looked at for every instant t, intervals cut at its ends; `each` a
calendar window (day, week from Monday, month, quarter, year) in the rulebook's zone, or so many `periods` of them on
end; neither: the observation. With `since`, what lies before the last of such intervals no longer counts; of a list,
before the last of any, and of a list in it (`[short_break, long_break]`) before the last that was part of such a
sequence.
One finding for each stretch of instants at which the limit is exceeded.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.bounds import Number
from checker.constraint import Kind
from checker.measure import DURATION, Limit, Rule, Total
from checker.terms import (
    Amount,
    Calendrical,
    Duration,
    EventPattern,
    FieldNames,
    Flag,
    IntervalExpression,
    Quantity,
    Reader,
    Renewals,
    Words,
)


class TotalOf(Kind):
    """A budget."""

    kind: Literal["total"] = "total"
    of: IntervalExpression | None = Field(None, description="The intervals whose durations add up")
    event: EventPattern | None = Field(None, description="The events whose field adds up")
    field: Words | None = Field(None, description="The number field that adds up")
    per: FieldNames | None = Field(None, description="Which fields keep budgets apart; the subject by default")
    rolling: Duration | None = Field(None, alias="in", description="The length of a rolling window")
    each: Calendrical | None = Field(None, description="A calendar window")
    year_from: Words | None = Field(None, description="Month and day on which a year begins, such as `02-05`")
    periods: Amount | None = Field(None, description="So many calendar windows on end, taken together")
    since: Renewals | None = Field(None, description="What went on after which it starts anew")
    at_most: Quantity | None = Field(None, description="The greatest total allowed")
    at_least: Quantity | None = Field(None, description="The least total allowed")
    exclusive: Flag = Field(False, description="The limit itself is not allowed")

    example: ClassVar[str] = """
    events: {RADAR_ON: {}, RADAR_OFF: {}}
    intervals: {emission: {from: RADAR_ON, until: RADAR_OFF}}
    constraint: {kind: total, of: emission, in: 1 d, at_most: 90 min}
    holds:
      - 2031-05-01T08:00:00Z RADAR_ON A
      - 2031-05-01T09:00:00Z RADAR_OFF A
      - 2031-05-02T08:30:00Z RADAR_ON A
      - 2031-05-02T10:00:00Z RADAR_OFF A
    breaks:
      - 2031-05-01T08:00:00Z RADAR_ON A
      - 2031-05-01T09:00:00Z RADAR_OFF A
      - 2031-05-01T20:00:00Z RADAR_ON A
      - 2031-05-01T20:40:00Z RADAR_OFF A
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The total is followed through time and compared with the limit."""
        self.require_limit(reader, ("at_most", "at_least"))
        on, types = self.occasions(reader)
        span = reader.window(self.rolling, self.each, self.year_from, self.periods, self.since)
        per = ("subject",) if self.per is None else reader.names(self.per, types)
        of, unit = "duration", DURATION
        if self.event is not None or self.field is not None:
            if self.field is None:
                reader.wrong(None, "`event` needs `field`: the number that adds up", "kind `count` counts events")
            else:
                reader.number_field(self.field, types)
            of, unit = self.field or "count", reader.definitions.unit(types, self.field or "")
        if self.since is not None:
            self.out_of_place(reader, ("at_least",), "does not go with `since`")
        for name, quantity in (("at_most", self.at_most), ("at_least", self.at_least)):
            if quantity is not None and quantity[1] != (of == "duration") and quantity[0] != 0:
                wanted = "a duration such as `180 min`" if of == "duration" else "a number"
                reader.wrong(None, f"`{name}` must be {wanted}")
        reader.limits(_of(self.at_least), _of(self.at_most))
        limit = Limit(_of(self.at_least), _of(self.at_most), self.exclusive)
        return [Rule(on, Total(of, span, per, unit), limit, reader.definitions.history_complete)]


def _of(quantity: tuple[Number, bool] | None) -> Number | None:
    return None if quantity is None else quantity[0]
