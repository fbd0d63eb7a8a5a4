"""agrees: a field of an event (or an end of an interval) equals a field of another record, within a tolerance.

Compared with the last matching record before, or the first after if there is none. Where no record matches, there
is nothing to compare: that one must exist is another constraint. `side`: only being later (more) than the other,
or earlier (less), counts. A `length` is compared with a number that is declared in a unit of time.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import DURATION, Deviation, Limit, Rule
from checker.terms import EventPattern, IntervalExpression, MatchFields, Quantity, Reader, Words
from checker.timeline import parse_duration


class Agrees(Kind):
    """Reported equals actual; actual equals notified."""

    kind: Literal["agrees"] = "agrees"
    event: EventPattern | None = Field(None, description="The events looked at")
    of: IntervalExpression | None = Field(None, description="The intervals looked at")
    field: Words = Field(description="Their field: `time`, a field of the event; `start`, `end` or `length`")
    with_event: EventPattern = Field(alias="with", description="The record compared with")
    its: Words = Field(description="The field of that record")
    same: MatchFields | None = Field(None, description="Which fields must be equal; the subject by default")
    tolerance: Quantity = Field((0, False), description="By how much they may differ")
    side: Literal["either", "not_more", "not_less"] = Field("either", description="Which difference counts")

    example: ClassVar[str] = """
    events: {RADAR_ON: {notice: text}, ACTIVATION_NOTIFIED: {notice: text, planned_start: instant}}
    constraint:
      kind: agrees
      event: RADAR_ON
      field: time
      with: ACTIVATION_NOTIFIED
      its: planned_start
      same: [subject, notice]
      tolerance: 30 min
    holds:
      - 2031-05-01T12:00:00Z ACTIVATION_NOTIFIED A notice=N1 planned_start=2031-05-05T06:00:00Z
      - 2031-05-05T05:30:00Z RADAR_ON A notice=N1
    breaks:
      - 2031-05-01T12:00:00Z ACTIVATION_NOTIFIED A notice=N1 planned_start=2031-05-05T06:00:00Z
      - 2031-05-05T06:31:00Z RADAR_ON A notice=N1
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The difference is compared with the tolerance; texts differ by 0 or 1."""
        on, ours = self.occasions(reader)
        theirs = self.with_event.types
        match = self.matched(reader, self.same, theirs, ours)
        reader.names(self.its, theirs)
        its_kind = reader.definitions.field_type(theirs, self.its)
        interval_field = self.of is not None and self.field in ("start", "end", "length")
        if not interval_field:
            reader.names(self.field, ours)
        kind = "instant" if interval_field else reader.definitions.field_type(ours, self.field)
        amount, is_duration = self.tolerance
        if amount and is_duration is not (kind == "instant"):
            wanted = "a duration such as `30 min`" if kind == "instant" else "a number"
            reader.wrong(None, f"`tolerance` must be {wanted}: field {self.field!r} is {kind or 'not declared'}")
        scale = 1
        if interval_field and self.field == "length":
            try:
                scale = parse_duration(f"1 {reader.definitions.unit(theirs, self.its)}")
            except ValueError:
                reader.wrong(self.its, f"field {str(self.its)!r} is no length of time", "declare its `unit`: `min`")
        elif (kind == "instant") is not (its_kind == "instant") and kind and its_kind:
            reader.wrong(self.its, f"{self.field!r} is {kind}, {str(self.its)!r} is {its_kind}: they are never equal")
        if kind in ("text", "flag", "mapping") and (amount or self.side != "either"):
            reader.wrong(None, f"`tolerance` and `side` do not go with a {kind}")
        unit = DURATION if kind == "instant" else reader.definitions.unit(ours, self.field)
        signed = self.side != "either"
        limit = Limit(at_least=-amount) if self.side == "not_less" else Limit(at_most=amount)
        measure = Deviation(self.field, self.with_event, match, self.its, signed, unit, scale)
        return [Rule(on, measure, limit)]
