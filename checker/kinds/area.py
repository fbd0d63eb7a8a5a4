"""area: a reported position lies inside (or outside) areas.

Positions are GeoJSON points (WGS 84), areas the polygons of a register as of the day; the border belongs to the
area. What is measured is the distance to the area in metres, 0 inside.
"""

from typing import ClassVar, Literal

from pydantic import Field

from checker.constraint import Kind
from checker.measure import Distance, Limit, OnEvents, Rule
from checker.terms import EventPattern, IntervalExpression, Reader, RegisterName, Words


class Area(Kind):
    """A geofence."""

    kind: Literal["area"] = "area"
    event: EventPattern = Field(description="The events that report a position")
    field: Words = Field("position", description="The field that holds the GeoJSON point")
    inside: RegisterName | None = Field(None, description="The register of areas it must lie in")
    outside: RegisterName | None = Field(None, description="The register of areas it must not lie in")
    during: IntervalExpression | None = Field(None, description="Asked only of events inside these intervals")
    accuracy: Words | None = Field(None, description="The field that says how far off the position may be (m)")

    example: ClassVar[str] = """
    events: {POSITION_REPORTED: {position: mapping}}
    registers:
      regions:
        - member: REGION-1
          place: {type: Polygon, coordinates: [[[30, 40], [31, 40], [31, 41], [30, 41], [30, 40]]]}
    constraint: {kind: area, event: POSITION_REPORTED, inside: regions}
    holds: ["2031-05-01T08:00:00Z POSITION_REPORTED A position={type: Point, coordinates: [30.5, 40.5]}"]
    breaks: ["2031-05-01T08:00:00Z POSITION_REPORTED A position={type: Point, coordinates: [32, 40.5]}"]
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """The distance to the nearest area is compared with zero."""
        reader.position_field(self.field, self.event.types)
        if self.accuracy is not None:
            reader.number_field(self.accuracy, self.event.types)
        if self.require_one(reader, ("inside", "outside")) == "inside":
            limit = Limit(at_most=0)
        else:
            limit = Limit(at_least=0, exclusive=True)
        register = self.inside or self.outside or ""
        reader.places(register)
        complete = reader.definitions.history_complete
        return [
            Rule(
                OnEvents(self.event, during=self.during), Distance(self.field, register, self.accuracy), limit, complete
            )
        ]
