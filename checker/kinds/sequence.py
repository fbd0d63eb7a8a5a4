"""sequence: states follow one another only as allowed, one step at a time.

`moves` say how events change the state: to a state they name in a field, or always to the same one. An event that
`declares` sets the state without being a step. A record that says it starts from another state than the last one
led to contradicts the log: nothing is concluded from it. A record that is not authentic can be a wrong step, and
leaves open where it led to.
"""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from checker.constraint import Kind
from checker.measure import NONE_ALLOWED, Move, OnEvents, Rule, Step
from checker.pattern import AnyOf
from checker.terms import EventPattern, FieldNames, Flag, Reader, Words


class MoveOf(BaseModel):
    """How an event changes the state."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, arbitrary_types_allowed=True)

    event: EventPattern = Field(description="The event")
    to: Words | None = Field(None, description="The state it always leads to")
    to_field: Words | None = Field(None, description="The field that names the state it leads to")
    from_state: Words | None = Field(None, alias="from", description="The state it always starts from")
    from_field: Words | None = Field(None, description="The field that names the state it starts from")
    declares: Flag = Field(False, description="It sets the state without being a step")


class Sequence(Kind):
    """A protocol of states."""

    kind: Literal["sequence"] = "sequence"
    moves: list[MoveOf] = Field(description="The events that change the state", min_length=1)
    allowed: dict[Words, list[Words]] = Field(description="For each state, which ones may come next")
    initial: Words | None = Field(None, description="The state before the first event, if that is known")
    per: FieldNames | None = Field(None, description="Which fields keep sequences apart; the subject by default")

    example: ClassVar[str] = """
    events: {STATE_CHANGED: {from: text, to: text}}
    constraint:
      kind: sequence
      moves: [{event: STATE_CHANGED, from_field: from, to_field: to}]
      allowed: {STORED: [DEPLOYED], DEPLOYED: [STANDBY, STORED], STANDBY: [DEPLOYED]}
    holds:
      - 2031-05-01T08:00:00Z STATE_CHANGED A from=STORED to=DEPLOYED
      - 2031-05-01T09:00:00Z STATE_CHANGED A from=DEPLOYED to=STANDBY
    breaks:
      - 2031-05-01T08:00:00Z STATE_CHANGED A from=STORED to=DEPLOYED
      - 2031-05-01T09:00:00Z STATE_CHANGED A from=DEPLOYED to=STANDBY
      - 2031-05-01T10:00:00Z STATE_CHANGED A from=STANDBY to=STORED
    """

    def rules(self, reader: Reader) -> list[Rule]:
        """Each step counts 1 if it is not allowed; none is."""
        moves = []
        for move in self.moves:
            if (move.to is None) == (move.to_field is None):
                reader.wrong(None, "a move needs either `to` or `to_field`")
            for name in (move.to_field, move.from_field):
                if name is not None:
                    reader.names(name, move.event.types)
            moves.append(Move(move.event, move.to, move.to_field, move.from_field, move.from_state, move.declares))
        patterns: Any = AnyOf(tuple(move.pattern for move in moves))
        per = ("subject",) if self.per is None else reader.names(self.per, patterns.types)
        allowed = tuple((before, after) for before, afters in self.allowed.items() for after in afters)
        return [Rule(OnEvents(patterns), Step(tuple(moves), allowed, per, self.initial), NONE_ALLOWED)]
