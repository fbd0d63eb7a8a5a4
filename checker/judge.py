"""In which worlds a rule is judged: the log as it is, as clocks that were off leave it, as another party has it.

What only one of them shows is inconclusive. A backend sees one world at a time and knows of none but its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from checker.bounds import Bounds, Number, minus
from checker.clock import Blurred, Clock, blurred, of_many, of_the_log
from checker.contradiction import Claim, is_claim, supposed, weighed
from checker.edges import rests_on_edges, settled
from checker.event import Event
from checker.interval import Interval, Spell
from checker.measure import Occasions, Rule
from checker.obligation import Obligation, Passed
from checker.pairing import narrowed
from checker.profile import NO_PROFILE, NoProfile
from checker.trace import Trace
from checker.waiver import Activity

Events = frozenset[Event]


class Known(NamedTuple):
    """What rules are judged on: the log, what another party says, by how much times may be off (µs, by `clock`).

    Gaps hide none of the types `never`, and only what the intervals of `spells` leave room for.
    """

    trace: Trace
    claims: Sequence[Claim] = ()
    clock: Clock | None = None
    wrong: Mapping[Event, int] = {}
    never: frozenset[str] = frozenset()
    spells: Sequence[Spell] = ()


class Judge:
    """Judges rules by a backend, in as many worlds as what is known leaves open."""

    def __init__(self, backend: Any, known: Known, profile: NoProfile = NO_PROFILE) -> None:
        self._backend, self._known, self._profile = backend, known, profile
        self._own = _World(backend, known, known.trace, profile)
        shortest = known.trace.at_its_shortest()
        self._shortest = None if shortest is None else _World(backend, known, shortest, profile)
        self._others = [_World(backend, known, other, profile) for other in supposed(known.trace, known.claims)]

    def since(self, first: int) -> "Judge":
        """The same, observing from an earlier instant on."""
        surely = self._known.trace.surely
        trace = replace(self._known.trace, observed_from=first, surely=surely and (first, surely[1]))
        return Judge(self._backend, self._known._replace(trace=trace), self._profile)

    def activities(self, on: Occasions) -> list[Activity]:
        """What a waiver may be claimed for; what only another party says took place is open."""
        found = self._own.activities(on)
        for world in self._others[:1]:
            alleged = [a for a in world.activities(on) if a.cause is not None and is_claim(a.cause)]
            found += [replace(activity, certain=False, alleged=True) for activity in alleged]
        return found

    def evaluate(self, rule: Rule, without: Events = frozenset(), doubtful: Events = frozenset()) -> list[Obligation]:
        """What the rule demanded, and what came of it, without some occasions, and with some that may be none."""
        found = self._own.evaluate(rule, without, doubtful)
        if self._shortest is not None and rests_on_edges(rule):
            with self._profile.stage("evaluation, observed for less"):
                found = settled(rule, found, self._shortest.evaluate(rule, without, doubtful))
        for world in () if rule.as_received else self._others:
            with self._profile.stage("evaluation, as another source has it"):
                found = weighed(rule, found, world.evaluate(rule, without, doubtful))
        return found

    def passing(self, rule: Rule) -> tuple[list[Obligation], Passed | None]:
        """The same, where occasions on which the limit was surely kept may be told together."""
        if self._in_many_worlds(rule):
            return self.evaluate(rule), None
        return self._own.passing(rule)

    def parts(self, rule: Rule) -> Iterator[tuple[list[Obligation], Passed | None]]:
        """The same part by part; no occasion is in two of them."""
        if self._in_many_worlds(rule):
            yield self.evaluate(rule), None
        else:
            yield from self._own.parts(rule)

    def _in_many_worlds(self, rule: Rule) -> bool:
        if (self._others and not rule.as_received) or not self._own.plain(rule):
            return True
        return self._shortest is not None and rests_on_edges(rule)


def _records(item: Event | Interval) -> tuple[int | None, ...]:
    """What began and ended something, as the records are known in each world."""
    ends = (item,) if isinstance(item, Event) else (item.opening, item.closing)
    return tuple(None if event is None else id(event.record) for event in ends)


class _World:
    """One account of what happened, with its times as written and as they may have been."""

    def __init__(self, backend: Any, known: Known, trace: Trace, profile: NoProfile) -> None:
        self._clock, self._profile = known.clock, profile
        self._written = backend(trace)
        self._blurred: dict[bool, tuple[Blurred, Any]] = {}
        for inside in (True, False) if known.wrong else ():
            world = blurred(trace, known.wrong, inside, known.never, lambda world: narrowed(world, known.spells))
            self._blurred[inside] = (world, backend(world.trace))

    def activities(self, on: Occasions) -> list[Activity]:
        """Those of the times as written; one that other times pair otherwise, within their errors, may be none."""
        found = [Activity(o.item, o.start, o.end, o.certain, o.witnesses) for o in self._written.occasions(on)]
        for world, judged in self._blurred.values():
            others = judged.occasions(on)
            lasted = {_records(o.item): o.end.low for o in others if o.certain}
            latest: dict[int | None, Number] = {}
            for other in others:
                begun = _records(other.item)[0]
                latest[begun] = max(latest.get(begun, other.end.high), other.end.high)
            for at, one in enumerate(found):
                records = _records(one.item)
                least = lasted.get(records)
                if least is None or least < minus(one.end.low, 2 * world.greatest):
                    end = one.end.high if records[0] is None else latest.get(records[0], one.end.high)
                    found[at] = replace(one, certain=False, end=Bounds(one.end.low, max(one.end.high, end)))
        return found

    def plain(self, rule: Rule) -> bool:
        """Whether the rule is judged as the times are written."""
        return not self._blurred or self._clock is None or of_the_log(rule, self._clock)

    def passing(self, rule: Rule) -> tuple[list[Obligation], Passed | None]:
        if not hasattr(self._written, "passing"):
            return self._written.evaluate(rule), None
        found: tuple[list[Obligation], Passed | None] = self._written.passing(rule)
        return found

    def parts(self, rule: Rule) -> Iterator[tuple[list[Obligation], Passed | None]]:
        if hasattr(self._written, "parts"):
            yield from self._written.parts(rule)
        else:
            yield self.passing(rule)

    def evaluate(self, rule: Rule, without: Events, doubtful: Events) -> list[Obligation]:
        found: list[Obligation] = self._written.evaluate(rule, without, doubtful)
        if self.plain(rule) or self._clock is None:
            return found
        world, judge = self._blurred[of_many(rule)]

        def asked(wide: Rule) -> list[Obligation]:
            made: list[Obligation] = judge.evaluate(wide, world.of(without), world.of(doubtful))
            return made

        with self._profile.stage("evaluation, clocks off"):
            return world.settled(rule, found, asked)
