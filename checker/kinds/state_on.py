"""state_on: as of a date, the last matching record shows a permitted state or number.

A log without such a record does not show the state: nothing is concluded. Without `on`, the date is the end of
observation. A record that is not authentic counts only against; one that does not carry the field is passed over.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import NONE_ALLOWED, Limit, OnEvents, Rule, Standing
from checker.terms import Amount, EventPattern, FieldNames, Moment, Reader, Words


class StateOn(Kind):
    """A state on a date: possession, inventory, certification."""

    kind: Literal["state_on"] = "state_on"
    event: EventPattern = Field(description="The records that show the state")
    on: Moment | None = Field(None, description="The date; the end of observation by default")
    require: EventPattern | None = Field(None, description="What the last record must match")
    field: Words | None = Field(None, description="The number field that has limits (of a list: how many members)")
    at_most: Amount | None = Field(None, description="The greatest value allowed")
    at_least: Amount | None = Field(None, description="The least value allowed")
    exactly: Amount | None = Field(None, description="The only value allowed")
    per: FieldNames | None = Field(None, description="Which fields keep states apart; one state for all if none")

    example: ClassVar[str] = """
    events: {INVENTORY_TAKEN: {serials: list}}
    constraint: {kind: state_on, event: INVENTORY_TAKEN, field: serials, exactly: 0}
    holds: ["2031-05-01T08:00:00Z INVENTORY_TAKEN - serials=[]"]
    breaks: ["2031-05-01T08:00:00Z INVENTORY_TAKEN - serials=[SN-1]"]
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The last value is compared with the limit; a condition counts 1 if it is not met."""
        per = () if self.per is None else reader.names(self.per, self.event.types)
        if self.require_one(reader, ("require", "field")) == "require":
            self.out_of_place(reader, ("at_most", "at_least", "exactly"), "goes with `field`")
            standing = Standing(self.event, "type", per, self.on, accept=self.require)
            return [Rule(OnEvents(self.event), standing, NONE_ALLOWED)]
        self.require_limit(reader, ("at_most", "at_least", "exactly"))
        if self.exactly is not None:
            self.out_of_place(reader, ("at_most", "at_least"), "does not go with `exactly`")
        name = self.field or ""
        reader.number_field(name, self.event.types, "list")
        reader.limits(self.at_least, self.at_most)
        least, most = (self.exactly, self.exactly) if self.exactly is not None else (self.at_least, self.at_most)
        unit = reader.definitions.unit(self.event.types, name)
        return [Rule(OnEvents(self.event), Standing(self.event, name, per, self.on, unit), Limit(least, most))]
