"""States that follow one another, and roles that must not be played by the same."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator
from decimal import Decimal
from itertools import islice, takewhile
from operator import itemgetter
from typing import Any, NamedTuple

from checker.backends.reference.base import COUNT, Base, Occasion, as_count, gap_among, lacks_of
from checker.bounds import Bounds
from checker.event import GAP, REDUCED, UNKNOWN, WITHHELD, Event, Gap, Unknown
from checker.interval import Key, Lack, gathered, is_known, key_of, may_be
from checker.measure import Clashes, Move, Rule, Step
from checker.obligation import Obligation, Witness
from checker.pattern import equal


class Turn(NamedTuple):
    """An event that changes a state: to which, from which it claims; whether it surely does, in this very group."""

    occasion: Occasion
    declares: bool
    to: Any
    claimed: Any
    sure: bool
    own: bool = True

    @property
    def event(self) -> Event:
        """The event."""
        assert isinstance(self.occasion.item, Event)  # noqa: S101 - rules of events only
        return self.occasion.item


class Part(NamedTuple):
    """An event in a role, with the value that must be another's; whether it surely plays it, in this very group."""

    event: Event
    role: str
    value: Any
    sure: bool
    own: bool = True


class States(Base):
    """Step and Clashes."""

    def _step(self, rule: Rule, measure: Step) -> Iterator[Obligation]:
        """Each group of events of one key; what does not say to which group it belongs may belong to any."""
        groups: dict[Key, list[Turn]] = {}
        for occasion in self._all_occasions(rule):
            event = occasion.item
            assert isinstance(event, Event)  # noqa: S101 - rules of events only
            tests = [(move, move.pattern.test(event, self._trace.registers)) for move in measure.moves]
            move = next((m for m, t in tests if t), None) or next(m for m, t in tests if t is None)
            if event.hidden is not None:
                move = Move(move.pattern, to_field="type", from_field="type")
            to = move.to_state if move.to_field is None else _name(event.get(move.to_field))
            claimed = move.from_state if move.from_field is None else _name(event.get(move.from_field))
            if to is not None:
                key = key_of(occasion.get, measure.per)
                turn = Turn(occasion, move.declares, to, claimed, occasion.certain and is_known(key))
                groups.setdefault(key, []).append(turn)
        keyless = [key for key in groups if not is_known(key)]
        number = 0
        for key, turns in groups.items():
            others = [other for other in keyless if is_known(key) and may_be(other, key)]
            guests = [turn._replace(own=False) for other in others for turn in groups[other]]
            for obligation in self._walk(rule, measure, number, _in_order(turns + guests, self._intervals.rank)):
                yield obligation
                number += 1

    def _walk(self, rule: Rule, measure: Step, number: int, turns: list[Turn]) -> Iterator[Obligation]:
        """From state to state, with every state that it may be: None where there is none yet, `UNKNOWN` for any."""
        state: set[Any] = {measure.initial}
        doubt = ""
        floating: list[tuple[int, Any]] = []
        missing = next((turn.event.hidden.reason for turn in turns if turn.event.hidden is not None), "")
        hidden = [(place, turn.event) for place, turn in enumerate(turns) if turn.event.hidden is not None]
        last: Event | None = None
        for at, turn in enumerate(turns):
            event, to = turn.event, turn.to
            later = set() if event.earliest == event.latest else _until(islice(turns, at + 1, None), event)
            if _may_follow(hidden[bisect_right(hidden, at, key=itemgetter(0)) :], event):
                later.add(UNKNOWN)
            floating = [(until, other) for until, other in floating if until >= event.earliest]
            before = state | later | {other for _, other in floating}
            elsewhere = isinstance(turn.claimed, str) and turn.claimed not in before and not before & {None, UNKNOWN}
            if elsewhere and not turn.own:
                continue
            origins = before if turn.claimed is None else {turn.claimed}
            if (
                not turn.declares and event.earliest <= self._until and self._from <= event.latest
                and origins != {None} and (turn.own or turn.claimed is None) and self._focus.of_cause(event)
            ):  # fmt: skip
                wrongs = {wrong for origin in origins for wrong in _wrong(measure.allowed, origin, to)}
                wrong = next(iter(wrongs)) if len(wrongs) == 1 else None
                reason = WITHHELD if UNKNOWN in (to, turn.claimed) or not turn.sure else doubt or missing or REDUCED
                if wrong is False and elsewhere:
                    wrong, reason = None, "contradiction"
                told = all(isinstance(one, str) for one in (*origins, to))
                yield self._make(
                    rule, turn.occasion, number, as_count(wrong), COUNT, reason=reason, certain=turn.sure,
                    witnesses=[Witness("previous", last)] if last is not None else [],
                    fact=(("from", " or ".join(sorted(origins))), ("to", to)) if told else (),
                )  # fmt: skip
                number += 1
            if turn.own and turn.sure and event.authentic and not later and not floating:
                state, doubt = {to}, WITHHELD if isinstance(to, Unknown) else ""
            else:
                state = before | {to}
                doubt = WITHHELD if not turn.sure else GAP if not event.authentic else REDUCED
                doubt = doubt if event.hidden is None else event.hidden.reason
            if event.earliest < event.latest:
                floating.append((event.latest, to))
            last = event

    def _clashes(self, rule: Rule, measure: Clashes) -> Iterator[Obligation]:
        """Each group of events of one key: one obligation for each clash, one for all if there is none.

        An event that does not say to which group it belongs may belong to any.
        """
        groups: dict[Key, list[Part]] = {}
        for role in measure.roles:
            for event, truth in self._matching(role.pattern):
                value = event.get(role.field)
                key = key_of(event.get, measure.per)
                if value is not None and all(part is not None or name == "subject" for name, part in key):
                    groups.setdefault(key, []).append(Part(event, role.name, value, truth is True and is_known(key)))
        keyless = [key for key in groups if not is_known(key)]
        ordered = sorted(groups.items(), key=lambda group: min(part.event.earliest for part in group[1]))
        for number, (key, parts) in enumerate(ordered):
            if not self._focus.of_group(key):
                continue
            others = [other for other in keyless if is_known(key) and may_be(other, key)]
            guests = [part._replace(own=False) for other in others for part in groups[other]]
            yield from self._clashes_among(rule, number, sorted(parts + guests, key=lambda part: part.event.earliest))

    def _types_of(self, rule: Rule) -> set[str]:
        roles = rule.measure.roles if isinstance(rule.measure, Clashes) else ()
        return {name for role in roles for name in role.pattern.types or ()}

    def _clashes_among(self, rule: Rule, number: int, parts: list[Part]) -> Iterator[Obligation]:
        clean: tuple[Part, Part] | None = None
        clashes = 0
        types = frozenset(self._types_of(rule))
        any_, own = _ByRole(types), _ByRole(types)  # what may have come earlier, and what is of this very group
        for later in parts:
            event = later.event
            moment = Bounds(event.earliest, event.latest)
            asked = (
                self._from <= event.latest and event.earliest <= self._until
                and rule.start <= event.latest and event.earliest < rule.end
            )  # fmt: skip
            before = any_ if later.own else own
            for earlier in before.meeting(later) if asked and not _is_unseen(later) else ():
                clashes += 1
                yield self._meeting(rule, number, later, earlier, types)
            if asked and not _is_unseen(later) and not clashes and (apart := before.last(later)) is not None:
                clean = later, apart
            for role, other, lacks in before.asking(later) if asked else ():
                clashes += 1
                yield self._make(
                    rule, Occasion(event, moment, moment, True), number, as_count(None), COUNT,
                    reason=gap_among([event, other]), witnesses=(Witness(role, other),),
                    lacks=(*lacks_of([event], types), *lacks), fact=(("roles", (role, later.role)), ("value", None)),
                )  # fmt: skip
            for some in (any_, own) if later.own else (any_,):
                some.add(later)
        if not clashes and clean is not None:
            yield self._meeting(rule, number, *clean, types)

    def _meeting(self, rule: Rule, number: int, later: Part, earlier: Part, types: frozenset[str]) -> Obligation:
        """What one event in a role comes to beside an earlier one in another."""
        event = later.event
        shared = truth = _shared(later.value, earlier.value)
        if truth and not (later.sure and earlier.sure):
            truth = None
        dated = any(part.event.earliest != part.event.latest for part in (earlier, later) if not part.sure)
        unread = shared is None or not (later.own and earlier.own)
        moment = Bounds(event.earliest, event.latest)
        return self._make(
            rule, Occasion(event, moment, moment, True), number, as_count(truth), COUNT,
            reason=gap_among([event, earlier.event]) or (REDUCED if dated and not unread else WITHHELD),
            lacks=lacks_of([event, earlier.event], types),
            witnesses=(Witness(earlier.role, earlier.event),),
            fact=(("roles", (earlier.role, later.role)), ("value", later.value if truth else None)),
        )  # fmt: skip


def _is_unseen(part: Part) -> bool:
    """Whether nothing is known of it but that a gap may hide it."""
    return part.event.hidden is not None and isinstance(part.value, Unknown)


class _ByRole:
    """What came earlier of each role.

    Where no more is known than that a gap may hide it, whether it clashes is one question for each role.
    """

    def __init__(self, types: frozenset[str]) -> None:
        self._known: list[Part] = []
        self._places: dict[str, list[int]] = {}
        self._sharing: dict[str, dict[Hashable, list[int]]] = {}
        """Of each role the places of those that may share a value, by what `_name_of` calls it."""
        self._gaps: set[tuple[Gap, str]] = set()
        self._types = types
        self._first: dict[str, Event] = {}
        self._unseen: dict[str, tuple[Event, dict[Lack, None]]] = {}
        self._together: dict[str, tuple[Lack, ...]] = {}

    def add(self, part: Part) -> None:
        """One more."""
        self._first.setdefault(part.role, part.event)
        if _is_unseen(part):
            _, lacks = self._unseen.setdefault(part.role, (part.event, {}))
            new = [lack for lack in lacks_of([part.event], self._types) if lack not in lacks]
            lacks.update(dict.fromkeys(new))
            self._together[part.role] = gathered((*self._together.get(part.role, ()), *new))
            return
        gap = part.event.hidden
        if gap is not None:  # one record missing there or several: the question is the same, and told once
            if (gap, part.role) in self._gaps:
                return
            self._gaps.add((gap, part.role))
        at = len(self._known)
        self._known.append(part)
        self._places.setdefault(part.role, []).append(at)
        sharing = self._sharing.setdefault(part.role, {})
        for name in {_OPEN} if isinstance(part.value, Unknown) else _names_of(part.value):
            sharing.setdefault(name, []).append(at)

    def meeting(self, later: Part) -> list[Part]:
        """Those in other roles of which something is known that share its value, or may, in order."""
        found: set[int] = set()
        for role, sharing in self._sharing.items():
            if role == later.role:
                continue
            if isinstance(later.value, Unknown):
                found.update(self._places[role])
            else:
                found.update(at for name in {_OPEN, *_names_of(later.value)} for at in sharing.get(name, ()))
        some = (self._known[at] for at in sorted(found))
        return [part for part in some if _shared(later.value, part.value) is not False]

    def last(self, later: Part) -> Part | None:
        """The last one in another role of which something is known."""
        at = max((places[-1] for role, places in self._places.items() if role != later.role), default=-1)
        return self._known[at] if at >= 0 else None

    def asking(self, later: Part) -> Iterator[tuple[str, Event, tuple[Lack, ...]]]:
        """The roles of which something earlier may clash with it, the first event, and which missing ones may."""
        for role, event in self._first.items():
            if role != later.role:
                if _is_unseen(later):
                    yield role, event, ()
                elif role in self._unseen:
                    yield role, self._unseen[role][0], self._together[role]


def _name(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else UNKNOWN


def _until(turns: Iterable[Turn], event: Event) -> set[Any]:
    """The states that others of these turns, which follow it in order, may have led to before the event."""
    return {
        turn.to for turn in takewhile(lambda turn: turn.event.earliest <= event.latest, turns)
        if not (turn.event.hidden is not None and turn.event.hidden.comes_after(event))
    }  # fmt: skip


def _may_follow(hidden: Iterable[tuple[int, Event]], event: Event) -> bool:
    """Whether the event may have come after something of what gaps may hide and that stands after it, in order."""
    soon = takewhile(lambda one: one[1].earliest <= event.latest, hidden)
    return any(other.hidden is not None and not other.hidden.comes_after(event) for _, other in soon)


def _in_order(turns: list[Turn], rank: Callable[[Event], int]) -> list[Turn]:
    return sorted(turns, key=lambda turn: rank(turn.event))


def _wrong(allowed: Iterable[tuple[str, str]], origin: Any, to: Any) -> set[bool]:
    """Whether a step is wrong: both, where a state that may be any decides; there is no wrong first state."""
    if origin is None:
        return {False}
    fits = any(origin in (UNKNOWN, one) and to in (UNKNOWN, other) for one, other in allowed)
    return {True} if not fits else {True, False} if UNKNOWN in (origin, to) else {False}


_OPEN = "open", None
"""The name of a value that is not known."""


def _names_of(value: Any) -> set[Hashable]:
    """A name for each member of a list, or for a value: those of values that are equal are the same."""
    return {_name_of(one) for one in (value if isinstance(value, list) else [value])}


def _name_of(value: Any) -> Hashable:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return type(value).__name__, value if isinstance(value, bool) else None
    return value


def _shared(value: Any, other: Any) -> bool | None:
    """Whether two values are equal, or two lists have a member in common."""
    if isinstance(value, Unknown) or isinstance(other, Unknown):
        return None
    mine, theirs = (one if isinstance(one, list) else [one] for one in (value, other))
    return any(equal(one, two) for one in mine for two in theirs)
