"""Verdicts, and the one place where they are made."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from checker.bounds import INFINITY, Bounds, Number, minus
from checker.event import Event
from checker.interval import Lack
from checker.measure import Limit
from checker.quick import dataclass

WAIVER = "waiver"
"""The reason of what is open because it is open whether a waiver holds."""


class Verdict(StrEnum):
    """What can be said of a constraint, or of one occasion on which it applied."""

    SATISFIED = "satisfied"
    VIOLATED = "violated"
    INCONCLUSIVE = "inconclusive"
    PENDING = "pending"
    EXCUSED = "excused"
    NOT_APPLICABLE = "not_applicable"


_WORST_FIRST = (
    Verdict.VIOLATED,
    Verdict.INCONCLUSIVE,
    Verdict.PENDING,
    Verdict.EXCUSED,
    Verdict.SATISFIED,
    Verdict.NOT_APPLICABLE,
)


def worst(verdicts: "set[Verdict]") -> Verdict:
    """The verdict on a whole made of parts; of nothing, not applicable."""
    return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), Verdict.NOT_APPLICABLE)


class Decision(NamedTuple):
    """A verdict with the numbers it follows from: `limit` is the side of the limit that decided."""

    verdict: Verdict
    limit: Number
    margin: Bounds


def decide(measured: Bounds, limit: Limit, open_until: bool = False, certain: bool = True) -> Decision:
    """Compare what was measured with the limit.

    The margin is limit - measured, or measured - limit for "at least": satisfied if all of it is at or above
    zero (above, if the limit is exclusive), violated if all of it is below; otherwise nothing is concluded yet
    (pending, if only the time after the end of observation can tell) or at all (inconclusive). What may not have
    taken place at all (not `certain`) is never violated.
    """
    sides: list[tuple[Number, Bounds]] = []
    if limit.at_most is not None:
        sides.append((limit.at_most, Bounds(left(limit.at_most, measured.high), left(limit.at_most, measured.low))))
    if limit.at_least is not None:
        sides.append(
            (limit.at_least, Bounds(minus(measured.low, limit.at_least), minus(measured.high, limit.at_least)))
        )
    # of two sides the one of which less is left: if it is not below zero, neither is the other
    bound, margin = min(sides, key=_highest) if len(sides) > 1 else sides[0]
    if certain and below(margin.high, limit.exclusive):
        return Decision(Verdict.VIOLATED, bound, margin)
    bound, margin = min(sides, key=_lowest) if len(sides) > 1 else sides[0]
    if not below(margin.low, limit.exclusive):
        return Decision(Verdict.SATISFIED, bound, margin)
    return Decision(Verdict.PENDING if open_until and certain else Verdict.INCONCLUSIVE, bound, margin)


def decide_any(measured: Sequence[Bounds], limit: Limit, open_until: bool = False, certain: bool = True) -> Decision:
    """The same of one of several quantities, of which it is open which one it is: violated if each of them would be."""
    whole = measured[0]
    for one in measured[1:]:
        whole = whole.or_(one)
    decisions = [decide(one, limit, certain=certain) for one in measured]
    if all(one.verdict is Verdict.VIOLATED for one in decisions):
        margins = [one.margin for one in decisions]
        nearest = max(decisions, key=lambda one: one.margin.high)
        return nearest._replace(margin=Bounds(min(margin.low for margin in margins), nearest.margin.high))
    return decide(whole, limit, open_until, certain)


def _highest(side: tuple[Number, Bounds]) -> tuple[Number, Number]:
    return side[1].high, side[1].low


def _lowest(side: tuple[Number, Bounds]) -> Number:
    return side[1].low


def left(limit: Number, value: Number) -> Number:
    """What is left of a limit; of one that only asks for an end at all, everything, unless there is none."""
    if isinstance(limit, int) and isinstance(value, int):  # mostly
        return limit - value
    if limit == INFINITY:
        return -INFINITY if value == INFINITY else INFINITY
    return minus(limit, value)


def below(margin: Number, exclusive: bool) -> bool:
    """Whether a margin of so much means that the limit was not kept."""
    return margin <= 0 if exclusive else margin < 0


@dataclass(frozen=True, slots=True, eq=False)
class Witness:
    """A record that a verdict rests on, and the part it plays in it."""

    role: str
    event: Event


@dataclass(frozen=True, slots=True, eq=False)
class Obligation:
    """What a rule demanded on one occasion, and what came of it.

    `at` is the instant of the occasion (µs); `start` to `end` the stretch in breach (or in doubt), equal for an
    instant. `occasion` is the same for all stretches of one occasion. `due` is when the duty had to be met.
    """

    occasion: int
    at: int
    subject: str | None
    key: tuple[tuple[str, Any], ...]
    measured: Bounds
    unit: str
    decision: Decision
    start: int
    end: int
    witnesses: tuple[Witness, ...]
    due: int | None = None
    reason: str = ""
    fact: tuple[tuple[str, Any], ...] = ()
    lacks: tuple[Lack, ...] = ()
    """Which missing records would settle it."""
    hidden: bool = False
    """No record shows the occasion: a gap may hide it."""
    early: int = 0
    """By how much earlier than `start` the stretch may have begun (µs), where it is told as far as it is sure."""
    late: int = 0
    """By how much later than `start` a breach may have begun; where it is told as far as it is sure, ended (µs)."""

    @property
    def verdict(self) -> Verdict:
        """The verdict that `decide` made."""
        return self.decision.verdict


class Passed(NamedTuple):
    """Many occasions on which a limit was surely kept, told together: how many, and the closest of them.

    `margin` is what was left then, `at` the instant (µs).
    """

    times: int
    margin: Number
    at: int
    subject: str | None
    unit: str


def cited(witnesses: Iterable[Witness]) -> Iterator[Witness]:
    """The records that something rests on, each followed by those that corrected it."""
    for witness in witnesses:
        yield witness
        if witness.event.amended is not None:
            yield from (Witness("correction", event) for event in witness.event.amended.by)
