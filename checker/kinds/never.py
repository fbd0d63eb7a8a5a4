"""never: something must not happen, at all or in (or out of) certain intervals.

An event counts whenever an event of its type occurs; what is prohibited is what matches the whole pattern. With
`during` (or `outside`), each matching event is looked at, and prohibited inside (outside) such intervals. An
interval that must not be is a breach from its start to its end; with `during`, as far as it lies inside.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import NONE_ALLOWED, Holds, Length, Limit, OnEvents, OnIntervals, Portion, Rule, Within
from checker.pattern import ANYTHING, IsType
from checker.terms import EventPattern, IntervalExpression, MatchFields, Reader, types_of


class Never(Kind):
    """An event or an interval is prohibited."""

    kind: Literal["never"] = "never"
    event: EventPattern | None = Field(None, description="The prohibited event")
    interval: IntervalExpression | None = Field(None, description="The prohibited interval")
    during: IntervalExpression | None = Field(None, description="Prohibited only inside these intervals")
    outside: IntervalExpression | None = Field(None, description="Prohibited only outside these intervals")
    same: MatchFields | None = Field(None, description="Which fields tie it to those intervals")

    example: ClassVar[str] = """
    events: {KEY_LOADED: {key_class: text}}
    constraint: {kind: never, event: {type: KEY_LOADED, key_class: ALLIANCE_ID}}
    holds: [2031-05-08T09:00:00Z KEY_LOADED A key_class=NATIONAL]
    breaks: [2031-05-08T09:00:00Z KEY_LOADED A key_class=ALLIANCE_ID]
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """Events are counted, intervals measured; none is allowed."""
        spell = self.during or self.outside
        complete = reader.definitions.history_complete
        if self.during is not None and self.outside is not None:
            reader.wrong(None, "`during` and `outside` do not go together", "use `not` inside one of them")
        if spell is None:
            self.out_of_place(reader, ("same",), "goes with `during` or `outside`")
        inside = self.outside is None
        if self.require_one(reader, ("event", "interval")) == "event" and self.event is not None:
            if spell is None:
                types = self.event.types
                every = OnEvents(IsType(types) if types is not None else ANYTHING)
                return [Rule(every, Holds(self.event), NONE_ALLOWED)]
            match = None if self.same is None else reader.match(self.same, types_of(spell), self.event.types)
            return [Rule(OnEvents(self.event), Within(spell, match, inside), NONE_ALLOWED, complete)]
        if self.interval is None:
            return []
        if spell is None:
            return [Rule(OnIntervals(self.interval), Length(), Limit(at_most=0, exclusive=True))]
        match = None if self.same is None else reader.match(self.same, types_of(spell), types_of(self.interval))
        return [Rule(OnIntervals(self.interval), Portion(spell, inside, match), NONE_ALLOWED, complete)]
