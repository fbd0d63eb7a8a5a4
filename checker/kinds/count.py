"""count: how many events (or beginnings of intervals) fall into a window keeps a limit.

`in` names a rolling window `(t - W, t]`, looked at for every instant t; `each` a calendar window (day, week from
Monday, month, quarter, year) in the rulebook's zone, or so many `periods` of them on end; neither: the whole
observation. With `since`, what lies before the last of such intervals no longer counts, as for `total`.

With `at_least`, each subject that the log shows is asked; with a condition on `subject`, only those of which the event
can be. What nobody shows is noticed with `per: []` alone.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import Limit, Rule, Total
from checker.terms import (
    Amount,
    Calendrical,
    Duration,
    EventPattern,
    FieldNames,
    IntervalExpression,
    Reader,
    Renewals,
    Words,
)


class Count(Kind):
    """A quota: at most, at least or exactly so many."""

    kind: Literal["count"] = "count"
    event: EventPattern | None = Field(None, description="The events counted")
    of: IntervalExpression | None = Field(None, description="The intervals counted, each when it begins")
    per: FieldNames | None = Field(None, description="Which fields keep counts apart; the subject by default")
    rolling: Duration | None = Field(None, alias="in", description="The length of a rolling window")
    each: Calendrical | None = Field(None, description="A calendar window")
    year_from: Words | None = Field(None, description="Month and day on which a year begins, such as `02-05`")
    periods: Amount | None = Field(None, description="So many calendar windows on end, taken together")
    since: Renewals | None = Field(None, description="What went on after which it starts anew")
    at_most: Amount | None = Field(None, description="The greatest number allowed")
    at_least: Amount | None = Field(None, description="The least number allowed")
    during: IntervalExpression | None = Field(None, description="Only events inside these intervals count")
    exactly: Amount | None = Field(None, description="The only number allowed")

    example: ClassVar[str] = """
    events: {RADAR_ON: {}}
    constraint: {kind: count, event: RADAR_ON, each: month, at_most: 2}
    holds:
      - 2031-05-01T08:00:00Z RADAR_ON A
      - 2031-05-02T08:00:00Z RADAR_ON A
      - 2031-06-01T08:00:00Z RADAR_ON A
    breaks:
      - 2031-05-01T08:00:00Z RADAR_ON A
      - 2031-05-02T08:00:00Z RADAR_ON A
      - 2031-05-31T08:00:00Z RADAR_ON A
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The number is followed through time and compared with the limit."""
        self.require_limit(reader, ("at_most", "at_least", "exactly"))
        if self.exactly is not None:
            self.out_of_place(reader, ("at_most", "at_least"), "does not go with `exactly`")
        if self.since is not None:
            self.out_of_place(reader, ("at_least", "exactly"), "does not go with `since`")
        on, types = self.occasions(reader)
        span = reader.window(self.rolling, self.each, self.year_from, self.periods, self.since)
        per = ("subject",) if self.per is None else reader.names(self.per, types)
        reader.limits(self.at_least, self.at_most)
        least, most = (self.exactly, self.exactly) if self.exactly is not None else (self.at_least, self.at_most)
        history = reader.definitions.history_complete
        return [Rule(on, Total("count", span, per), Limit(least, most), history)]
