"""In which worlds a rule is judged: the log as it is, as clocks that were off leave it, as another party has it.

What only one of them shows is inconclusive. A backend sees one world at a time and knows of none but its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from checker.clock import Clock, blurred, of_the_log
from checker.contradiction import supposing, weighed
from checker.event import Event
from checker.interval import Spell
from checker.measure import Occasions, Rule
from checker.obligation import Obligation
from checker.pairing import narrowed
from checker.profile import NO_PROFILE, NoProfile
from checker.trace import Trace
from checker.waiver import Activity


class Known(NamedTuple):
    """What rules are judged on: the log, what another party says, by how much times may be off (µs, by `clock`).

    Gaps hide none of the types `never`, and only what the intervals of `spells` leave room for.
    """

    trace: Trace
    claims: Sequence[Event] = ()
    clock: Clock | None = None
    wrong: Mapping[Event, int] = {}
    never: frozenset[str] = frozenset()
    spells: Sequence[Spell] = ()


class Judge:
    """Judges rules by a backend, in as many worlds as what is known leaves open."""

    def __init__(self, backend: Any, known: Known, profile: NoProfile = NO_PROFILE) -> None:
        self._backend, self._known, self._profile = backend, known, profile
        trace, claims, wrong = known.trace, known.claims, known.wrong
        self._own = backend(trace)
        self._supposed = backend(supposing(trace, claims)) if claims else None
        self._blurred = (
            blurred(trace, wrong, known.never, lambda world: narrowed(world, known.spells)) if wrong else None
        )
        self._doubtful = backend(self._blurred.trace) if self._blurred is not None else None

    def since(self, first: int) -> "Judge":
        """The same, observing from an earlier instant on."""
        trace = replace(self._known.trace, observed_from=first)
        return Judge(self._backend, self._known._replace(trace=trace), self._profile)

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
        if (
            world is not None
            and judge is not None
            and self._known.clock is not None
            and not of_the_log(rule, self._known.clock)
        ):

            def asked(wide: Rule) -> list[Obligation]:
                made: list[Obligation] = judge.evaluate(wide, world.of(without), world.of(doubtful))
                return made

            with self._profile.stage("evaluation, clocks off"):
                found = world.settled(rule, found, asked)
        if self._supposed is not None:
            with self._profile.stage("evaluation, as another source has it"):
                found = weighed(rule, found, self._supposed.evaluate(rule, without, doubtful))
        return found
