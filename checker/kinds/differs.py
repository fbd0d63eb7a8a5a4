"""differs: among records that belong together, the parts are played by different persons (or parties).

`roles` name the events and the field that says who; `per` what makes records belong together. Every pair of equal
names in two different roles is a breach, at the time of the later record; lists are equal in this if they share a name.
"""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from checker.constraint import Kind
from checker.measure import NONE_ALLOWED, Clashes, OnEvents, Role, Rule
from checker.pattern import AnyOf
from checker.terms import EventPattern, FieldNames, Reader, Words


class RoleOf(BaseModel):
    """A part: which event plays it, and which field says who."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, arbitrary_types_allowed=True)

    event: EventPattern = Field(description="The event")
    field: Words = Field(description="The field that says who")


class Differs(Kind):
    """Separation of duties."""

    kind: Literal["differs"] = "differs"
    roles: dict[Words, RoleOf] = Field(description="The parts by name", min_length=2)
    per: FieldNames = Field(description="Which fields make records belong together")

    example: ClassVar[str] = """
    events: {AUTHORISATION_REQUESTED: {auth: text, by: text}, AUTHORISATION_GRANTED: {auth: text, by: text}}
    constraint:
      kind: differs
      roles:
        requester: {event: AUTHORISATION_REQUESTED, field: by}
        approver: {event: AUTHORISATION_GRANTED, field: by}
      per: auth
    holds:
      - 2031-05-01T06:00:00Z AUTHORISATION_REQUESTED A auth=AU1 by=P-1
      - 2031-05-01T06:20:00Z AUTHORISATION_GRANTED A auth=AU1 by=P-2
    breaks:
      - 2031-05-01T06:00:00Z AUTHORISATION_REQUESTED A auth=AU1 by=P-1
      - 2031-05-01T06:20:00Z AUTHORISATION_GRANTED A auth=AU1 by=P-1
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """Equal pairs are counted; none is allowed."""
        per: tuple[str, ...] = ()
        for role in self.roles.values():
            per = reader.names(self.per, role.event.types)
            reader.names(role.field, role.event.types)
        roles = tuple(Role(name, role.event, role.field) for name, role in self.roles.items())
        every: Any = AnyOf(tuple(role.pattern for role in roles))
        return [Rule(OnEvents(every), Clashes(roles, per), NONE_ALLOWED)]
