"""distance: a reported position keeps away from places, or stays near one.

Positions are GeoJSON points (WGS 84); places are members of a register that carry a `place`. The nearest place
listed on the day counts; inside a polygon the distance is 0. `accuracy` names the field that says how far off the
position may be (m): it widens what is known, never the limit. Where no place is listed, none is near.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import Distance, Limit, OnEvents, Rule
from checker.terms import Amount, EventPattern, Flag, IntervalExpression, Reader, RegisterName, Words


class DistanceTo(Kind):
    """Separation on the ground, in metres."""

    kind: Literal["distance"] = "distance"
    event: EventPattern = Field(description="The events that report a position")
    field: Words = Field("position", description="The field that holds the GeoJSON point")
    to: RegisterName = Field(description="The register of places")
    at_least: Amount | None = Field(None, description="The least distance to the nearest of them (m)")
    at_most: Amount | None = Field(None, description="The greatest distance to the nearest of them (m)")
    exclusive: Flag = Field(False, description="The limit itself is not allowed")
    during: IntervalExpression | None = Field(None, description="Asked only of events inside these intervals")
    accuracy: Words | None = Field(None, description="The field that says how far off the position may be (m)")

    example: ClassVar[str] = """
    events: {POSITION_REPORTED: {position: mapping}}
    registers: {bases: [{member: BASE-1, place: {type: Point, coordinates: [30, 40]}}]}
    constraint: {kind: distance, event: POSITION_REPORTED, to: bases, at_least: 50000}
    holds: ["2031-05-01T08:00:00Z POSITION_REPORTED A position={type: Point, coordinates: [31, 40]}"]
    breaks: ["2031-05-01T08:00:00Z POSITION_REPORTED A position={type: Point, coordinates: [30.5, 40]}"]
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The distance to the nearest place is compared with the limit."""
        self.require_limit(reader, ("at_least", "at_most"))
        reader.position_field(self.field, self.event.types)
        if self.accuracy is not None:
            reader.number_field(self.accuracy, self.event.types)
        reader.limits(self.at_least, self.at_most)
        limit = Limit(self.at_least, self.at_most, self.exclusive)
        reader.places(self.to)
        complete = reader.definitions.history_complete
        return [
            Rule(
                OnEvents(self.event, during=self.during), Distance(self.field, self.to, self.accuracy), limit, complete
            )
        ]
