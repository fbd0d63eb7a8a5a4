"""In which worlds a rule is judged: the log as it is, as clocks that were off leave it, as another party has it.

What only one of them shows is inconclusive. A backend sees one world at a time and knows of none but its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from checker.clock import Clock, blurred, of_the_log
from checker.contradiction import supposing, weighed
from checker.event import Event
from checker.interval import Spell
from checker.measure import Occasions, Rule
from checker.obligation import Obligation
from checker.pairing import narrowed
from checker.trace import Trace
from checker.waiver import Activity


class Judge:
    """Judges rules by a backend; `claims` is what another party says, `wrong` by how much times may be off (µs).

    Gaps hide none of the types `never`, and only what the intervals of `spells` leave room for.
    """

    def __init__(
        self, backend: Any, trace: Trace, claims: Sequence[Event] = (), clock: Clock | None = None,
        wrong: Mapping[Event, int] | None = None, never: frozenset[str] = frozenset(), spells: Sequence[Spell] = (),
    ) -> None:  # fmt: skip
        self._backend, self._trace, self._claims = backend, trace, claims
        self._clock, self._wrong, self._never, self._spells = clock, wrong or {}, never, spells
        self._own = backend(trace)
        self._supposed = backend(supposing(trace, claims)) if claims else None
        self._blurred = (
            blurred(trace, self._wrong, never, lambda world: narrowed(world, spells)) if self._wrong else None
        )
        self._doubtful = backend(self._blurred.trace) if self._blurred is not None else None

    def since(self, first: int) -> "Judge":
        """The same, observing from an earlier instant on."""
        trace = replace(self._trace, observed_from=first)
        return Judge(self._backend, trace, self._claims, self._clock, self._wrong, self._never, self._spells)

    def activities(self, on: Occasions) -> list[Activity]:
        """What a waiver may be claimed for."""
        return [Activity(o.item, o.start, o.end, o.certain, o.witnesses) for o in self._own.occasions(on)]

    def evaluate(
        self, rule: Rule, without: frozenset[Event] = frozenset(), doubtful: frozenset[Event] = frozenset()
    ) -> list[Obligation]:
        """What the rule demanded, and what came of it, without some occasions, and with some that may be none."""
        found: list[Obligation] = self._own.evaluate(rule, without, doubtful)
        if rule.as_received:
            return found
        world, judge = self._blurred, self._doubtful
        if world is not None and judge is not None and self._clock is not None and not of_the_log(rule, self._clock):

            def asked(wide: Rule) -> list[Obligation]:
                made: list[Obligation] = judge.evaluate(wide, world.of(without), world.of(doubtful))
                return made

            found = world.settled(rule, found, asked)
        if self._supposed is not None:
            found = weighed(rule, found, self._supposed.evaluate(rule, without, doubtful))
        return found
