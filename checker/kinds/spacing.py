"""spacing: between one occasion and the next lies at least (a cool-down) or at most (a heartbeat) so much time.

With `at_least`, the time from the end of one to the start of the next is asked about. With `at_most`, silence is
too: from the beginning of observation to the first, and from the last to its end, or inside each interval of
`while`. `along` a number field instead of time: the difference of sequence numbers, say.

Whose silence is asked about: of each subject that the log shows, as for `count`.
"""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import Limit, Rule, Spacing
from checker.terms import (
    Duration,
    EventPattern,
    FieldNames,
    Flag,
    IntervalExpression,
    Quantity,
    Reader,
    Share,
    Words,
)


class SpacingOf(Kind):
    """A cool-down, or a periodic duty."""

    kind: Literal["spacing"] = "spacing"
    event: EventPattern | None = Field(None, description="The events that follow each other")
    of: IntervalExpression | None = Field(None, description="The intervals that follow each other")
    per: FieldNames | None = Field(None, description="Which fields keep rows apart; the subject by default")
    at_least: Quantity | None = Field(None, description="The least time (or difference) between two")
    at_most: Quantity | None = Field(None, description="The greatest time (or difference) between two")
    exclusive: Flag = Field(False, description="The limit itself is not allowed")
    scope: IntervalExpression | None = Field(None, alias="while", description="Asked only inside these intervals")
    first: Duration | None = Field(None, description="How long the first may take; as long as any other by default")
    tolerance: Share | None = Field(None, description="By how much more than `at_most` all but the first may take")
    along: Words | None = Field(None, description="A number field to measure along, instead of time")
    between_only: Flag = Field(False, description="With `at_most`: silence before the first and after the last is free")

    example: ClassVar[str] = """
    events: {DAILY_STATUS: {}}
    constraint: {kind: spacing, event: DAILY_STATUS, at_most: 26 h}
    holds:
      - 2031-05-01T05:00:00Z DAILY_STATUS A
      - 2031-05-02T07:00:00Z DAILY_STATUS A
    breaks:
      - 2031-05-01T05:00:00Z DAILY_STATUS A
      - 2031-05-02T09:00:00Z DAILY_STATUS A
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """What lies between two is measured; at the edges too, where silence counts."""
        self.require_limit(reader, ("at_most", "at_least"))
        on, types = self.occasions(reader)
        per = ("subject",) if self.per is None else reader.names(self.per, types)
        for name in ("at_least", "at_most"):
            quantity = getattr(self, name)
            if quantity is not None and quantity[1] is (self.along is not None):
                reader.wrong(None, f"`{name}` must be " + ("a number" if self.along else "a duration such as `26 h`"))
        if self.along is not None:
            reader.number_field(self.along, types)
        least, most = (None if q is None else q[0] for q in (self.at_least, self.at_most))
        reader.limits(least, most)
        if self.of is not None:
            self.out_of_place(reader, ("along",), "goes with `event`")
        heartbeat = most is not None and self.along is None and self.event is not None and not self.between_only
        if least is not None:
            self.out_of_place(reader, ("scope",), "goes with `at_most` alone")
        if not heartbeat:
            self.out_of_place(
                reader,
                ("first", "tolerance", "scope"),
                "goes with a heartbeat: `at_most` on events, not `between_only`",
            )
            return [Rule(on, Spacing(per, along=self.along), Limit(least, most, self.exclusive))]
        rules = []
        if least is not None:
            rules.append(Rule(on, Spacing(per), Limit(at_least=least, exclusive=self.exclusive)))
        later = most
        if self.tolerance is not None and most is not None:
            later = int(Decimal(most) * (1 + self.tolerance))
        first = most if self.first is None else self.first
        if first == later:
            return [*rules, Rule(on, Spacing(per, True, self.scope), Limit(at_most=first, exclusive=self.exclusive))]
        for limit, only in ((first, "first"), (later, "later")):
            spacing = Spacing(per, True, self.scope, only=only)
            rules.append(Rule(on, spacing, Limit(at_most=limit, exclusive=self.exclusive)))
        return rules
