"""Waivers: which breaches an exception excuses, on which conditions, and how surely.

A waiver names an activity. Whether it holds for one activity is the worst that was found on its conditions
precedent: kept, it excuses; not kept, what it would excuse stands; open, so is the excuse. Conditions subsequent are
duties of their own: while one of them is open the excuse is provisional, and it stands even if one is not kept.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import chain, pairwise
from typing import NamedTuple, Protocol

from checker.bounds import Bounds, Number, minus, plus
from checker.constraint import Constraint
from checker.event import Event, Record, Unknown
from checker.interval import Interval
from checker.location import Location
from checker.measure import DURATION, Level, Match, Occasions, Portion, Rule, Spacing, Total
from checker.nearby import Nearby
from checker.obligation import WAIVER, Obligation, Verdict, Witness, decide, worst
from checker.quick import dataclass

ALL = "all"
"""Written for the constraints a waiver excuses: every one that may be waived and is no condition of a waiver."""

_GROUPED = (Total, Level)


def is_grouped(rule: Rule) -> bool:
    """Whether the rule judges many occasions together, so that a breach belongs to none of them alone."""
    return isinstance(rule.measure, _GROUPED) or (isinstance(rule.measure, Spacing) and rule.measure.edges)


def leaves_out(rule: Rule) -> bool:
    """Whether single occasions can be left out of what the rule measures."""
    return isinstance(rule.measure, (*_GROUPED, Spacing))


class Waiver(NamedTuple):
    """An exception: what it excuses for each activity, on which conditions.

    `same` ties conditions about other records to the activity, as pairs of fields (theirs, its own). `meanwhile`:
    it excuses what begins while the activity goes on, of the same subject, and not only what is about it.
    """

    id: str
    title: str
    text: str
    on: Occasions
    excuses: tuple[str, ...] = ()
    precedent: tuple[Constraint, ...] = ()
    subsequent: tuple[Constraint, ...] = ()
    left_out_of: tuple[str, ...] = ()
    same: Match = ()
    meanwhile: bool = False

    @property
    def concerns(self) -> set[str]:
        """The ids of all constraints that it has to do with."""
        conditions = {constraint.id for constraint in (*self.precedent, *self.subsequent)}
        return conditions | {*self.excuses, *self.left_out_of}


class FindingWaiver(NamedTuple):
    """A waiver of one finding, by a named approver: of what begins before it expires (and not before its grant)."""

    finding: str
    reason: str
    approver: str
    expires: int
    granted: int | None
    location: Location


class Judgement(Protocol):
    """An obligation with what it comes from."""

    @property
    def constraint(self) -> Constraint:
        """The constraint."""

    @property
    def rule(self) -> Rule:
        """The rule."""

    @property
    def obligation(self) -> Obligation:
        """What was demanded, and what came of it."""

    @property
    def finding_id(self) -> str:
        """The id of the finding."""


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """One thing that a waiver can excuse: an event, or something that went on."""

    item: Event | Interval
    start: Bounds
    end: Bounds
    certain: bool
    witnesses: tuple[Witness, ...]
    alleged: bool = False
    """The log excludes it; another party says that it took place."""

    @property
    def cause(self) -> Event | None:
        """The record by which findings are known to be about it."""
        if isinstance(self.item, Event):
            return self.item
        return self.item.opening or self.item.closing

    @property
    def shown(self) -> bool:
        """Whether it surely took place; a record that is not authentic excuses nothing."""
        return self.certain and (self.cause is None or self.cause.authentic)

    @property
    def hidden(self) -> bool:
        """Whether no record shows it: a gap may hide it, or another party alleges it."""
        if self.alleged:
            return True
        return self.item.hidden if isinstance(self.item, Interval) else self.item.hidden is not None

    @property
    def elsewhere(self) -> bool:
        """Whether it is of a subject of which no record shows such an activity."""
        return isinstance(self.item, Interval) and self.item.elsewhere

    @property
    def going_on(self) -> bool:
        """Whether it had not ended when observation did."""
        return isinstance(self.item, Interval) and self.item.going_on

    @property
    def lasts(self) -> bool:
        """Whether it surely had not ended then: no missing record may have ended it."""
        return isinstance(self.item, Interval) and self.item.going_on and not self.item.reason

    @property
    def subject(self) -> str | None:
        """The asset it is about."""
        return self.item.subject

    @property
    def ends(self) -> list[Event]:
        """The records that began and ended it."""
        if isinstance(self.item, Event):
            return [self.item]
        return [event for event in (self.item.opening, self.item.closing) if event is not None]

    def within(self, wrong: Mapping[Event, int], error: int) -> tuple[Bounds, Bounds]:
        """When it began and ended, as the errors of clocks allow: of those that wrote its ends, and one more (µs)."""
        error += max((wrong.get(event, 0) for event in self.ends), default=0)
        if not error:
            return self.start, self.end
        start = Bounds(minus(self.start.low, error), plus(self.start.high, error))
        return start, self.end if self.going_on else Bounds(minus(self.end.low, error), plus(self.end.high, error))

    def around(self, start: int, end: int, wrong: Mapping[Event, int] | None = None, error: int = 0) -> bool | None:
        """Whether it goes on throughout [start, end) (at the instant, if equal); None if that is open."""
        last = end if start == end else end - 1
        first, over = self.within(wrong or {}, error)
        if last < first.low or over.high <= start:
            return False
        reaches = last < over.low or (self.lasts and last <= over.low)
        surely = self.shown and first.high <= start and reaches
        return True if surely else None


@dataclass(frozen=True, slots=True)
class Part:
    """What one obligation of a condition says of an activity; of a stretch of it only, if there is a `span`.

    `whole`: of the activity as a whole only, for a stretch that has passed is settled.
    """

    verdict: Verdict
    constraint: str
    finding: str
    due: int | None = None
    reason: str = ""
    span: tuple[int, int] | None = None
    whole: bool = False

    def concerns(self, piece: tuple[int, int] | None) -> bool:
        """Whether it counts for a stretch (None: for the whole)."""
        if piece is None:
            return True
        if self.span is not None:
            return self.span[0] < piece[1] and piece[0] < self.span[1]
        return not self.whole


class Parts:
    """What obligations of one condition say of every activity that they belong to alike, which may be many."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = tuple(parts)
        self._by_verdict: dict[Verdict, list[Part]] = {}
        for part in self._parts:
            self._by_verdict.setdefault(part.verdict, []).append(part)

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts)

    def verdicts(self, piece: tuple[int, int] | None = None) -> set[Verdict]:
        """The verdicts of those that count for a stretch, or as a whole."""
        if piece is None:
            return set(self._by_verdict)
        return self._throughout | {verdict for verdict, near in self._near.items() if _any_within(near, piece)}

    def of(self, verdict: Verdict, piece: tuple[int, int] | None = None) -> list[Part]:
        """Those of a verdict that count for a stretch, or as a whole, in order."""
        return [part for part in self._by_verdict.get(verdict, ()) if part.concerns(piece)]

    @cached_property
    def _throughout(self) -> set[Verdict]:
        """The verdicts of those that count for any stretch."""
        return {part.verdict for part in self._parts if part.span is None and not part.whole}

    @cached_property
    def _near(self) -> dict[Verdict, Nearby[tuple[int, int]]]:
        """The spans of those that count for some stretches only."""
        return {
            verdict: Nearby(sorted(part.span for part in parts if part.span is not None), lambda span: span)
            for verdict, parts in self._by_verdict.items()
        }

    @cached_property
    def _edges(self) -> list[int]:
        return sorted({edge for part in self._parts if part.span is not None for edge in part.span})

    def edges(self, first: int, last: int) -> list[int]:
        """Where spans of them begin and end, between two instants."""
        return self._edges[bisect_right(self._edges, first) : bisect_left(self._edges, last)]


def _any_within(near: Nearby[tuple[int, int]], piece: tuple[int, int]) -> bool:
    """Whether a span overlaps a stretch, as `Part.concerns` asks."""
    return near.first_touching(piece[0] + 1, piece[1] - 1) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """A waiver and one activity that it is claimed for, with what was found on its conditions."""

    waiver: Waiver
    activity: Activity
    precedent: tuple[Parts, ...]
    subsequent: tuple[Parts, ...]

    def validity(self, piece: tuple[int, int] | None = None) -> Verdict:
        """Whether it holds (satisfied), fails (violated), or that is open; for a stretch, or as a whole."""
        verdicts = {Verdict.SATISFIED}.union(*(parts.verdicts(piece) for parts in self.precedent))
        if not self.activity.shown:
            verdicts.add(Verdict.INCONCLUSIVE)
        return worst(verdicts)

    def deciding(self, piece: tuple[int, int] | None = None) -> tuple[Part, ...]:
        """The conditions by which it fails, or is open."""
        validity = self.validity(piece)
        if validity is Verdict.SATISFIED:
            return ()
        return tuple(part for parts in self.precedent for part in parts.of(validity, piece))

    @property
    def open(self) -> tuple[Part, ...]:
        """The conditions that are not yet due, the earliest first."""
        found = [part for parts in (*self.precedent, *self.subsequent) for part in parts.of(Verdict.PENDING)]
        return tuple(sorted(found, key=lambda p: (p.due is None, p.due or 0, p.constraint)))

    @property
    def provisional(self) -> bool:
        """Whether a duty that comes with it is still open, or may still arise because the activity goes on."""
        if self.activity.going_on and (self.waiver.precedent or self.waiver.subsequent):
            return True
        return any(Verdict.PENDING in parts.verdicts() for parts in (*self.precedent, *self.subsequent))

    def edges(self, first: int, last: int, wrong: Mapping[Event, int], error: int) -> set[int]:
        """The instants between two others at which what it excuses may change."""
        found = set(chain.from_iterable(parts.edges(first, last) for parts in self.precedent))
        if self.waiver.meanwhile:
            ends = (edge for bounds in self.activity.within(wrong, error) for edge in (bounds.low, bounds.high))
            found |= {edge for edge in ends if isinstance(edge, int) and first < edge < last}
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Excuse:
    """What waivers make of a finding: its `verdict`, and why. Either by an exception (`use`) or by a file (`granted`).

    A finding that stays violated although it claims an exception has one too: it says which condition was not kept.
    """

    verdict: Verdict
    validity: Verdict
    use: Use | None = None
    granted: FindingWaiver | None = None
    because: tuple[Part, ...] = ()

    @property
    def waiver(self) -> str:
        """The id of the waiver; of one by file, that of the finding."""
        if self.granted is not None:
            return self.granted.finding
        assert self.use is not None  # noqa: S101 - one of both is there
        return self.use.waiver.id

    @property
    def provisional(self) -> bool:
        """Whether it excuses only as long as what is still open is met."""
        return self.verdict is Verdict.EXCUSED and self.use is not None and self.use.provisional


def effect(verdict: Verdict, validity: Verdict) -> Verdict:
    """What becomes of a verdict under a waiver that holds, fails, or is open.

    A waiver that surely holds excuses what is open too: whichever way it turns out, nothing is held against it. One
    that is open itself changes breaches only: what may have kept the limit needs no excuse yet.
    """
    if verdict in (Verdict.SATISFIED, Verdict.NOT_APPLICABLE) or validity is Verdict.VIOLATED:
        return verdict
    if validity is Verdict.SATISFIED:
        return Verdict.EXCUSED
    if verdict is not Verdict.VIOLATED:
        return verdict
    return Verdict.EXCUSED if validity is Verdict.PENDING else Verdict.INCONCLUSIVE


# ---- which conditions belong to which activity ----------------------------------------------------------


def causes(obligation: Obligation) -> list[Event]:
    """The records that made an obligation arise; of an interval whose opening is missing, the one that closed it."""
    for roles in (("trigger", "opening"), ("closing",)):
        found = [witness.event for witness in obligation.witnesses if witness.role in roles]
        if found:
            return found
    return []


def uses_of(waiver: Waiver, activities: Sequence[Activity], judged: Mapping[str, Sequence[Judgement]]) -> list[Use]:
    """The waiver for each activity; `judged` holds what was found on its conditions, by constraint.

    A condition that is about an activity itself belongs to that one only. One that is about another record belongs to
    the activities with which it shares the fields of `same`.
    """
    own = {activity.cause for activity in activities}
    ties = {
        constraint.id: _Ties(waiver, own, judged.get(constraint.id, ()))
        for constraint in (*waiver.precedent, *waiver.subsequent)
    }

    def parts(conditions: Iterable[Constraint], activity: Activity) -> tuple[Parts, ...]:
        return tuple(found for condition in conditions for found in ties[condition.id].of(activity))

    return [Use(waiver, a, parts(waiver.precedent, a), parts(waiver.subsequent, a)) for a in activities]


_Named = tuple[Judgement, str]
"""An obligation of a condition, and the id of its finding."""


class _Ties:
    """The obligations of one condition, by the activity they belong to."""

    def __init__(self, waiver: Waiver, own: set[Event | None], judged: Iterable[Judgement]) -> None:
        self._same = waiver.same
        self._by_event: dict[Event, list[_Named]] = {}
        self._by_key: dict[str, list[_Named]] = {}
        self._withheld: list[_Named] = []
        self._made: dict[tuple[bool, bool, str | None], Parts] = {}
        """What those come to that may belong to many activities alike."""
        for judgement in judged:
            found = causes(judgement.obligation)
            mine = [event for event in found if event in own]
            for event in mine:
                self._by_event.setdefault(event, []).append((judgement, judgement.finding_id))
            if found and not mine and self._same:
                values = [found[0].get(theirs) for theirs, _ in self._same]
                if any(isinstance(value, Unknown) for value in values):
                    self._withheld.append((judgement, judgement.finding_id))
                elif None not in values:
                    self._by_key.setdefault(repr(values), []).append((judgement, judgement.finding_id))

    def of(self, activity: Activity) -> Iterator[Parts]:
        """Those of an activity: about it itself, of its key, and of which it is withheld whose they are."""
        own = self._by_event.get(activity.cause, ()) if activity.cause is not None else ()
        if own:
            yield _made(own, True, activity.going_on)
        if not self._same:
            return
        values = [activity.item.get(ours) for _, ours in self._same]
        if any(isinstance(value, Unknown) for value in values):
            yield self._shared(False, activity.going_on, None)
        else:
            yield self._shared(True, activity.going_on, repr(values))
        yield self._shared(False, activity.going_on, "")

    def _shared(self, sure: bool, going_on: bool, key: str | None) -> Parts:
        """Those of a key, of all keys (None), or of which it is withheld whose they are (""), made once."""
        parts = self._made.get((sure, going_on, key))
        if parts is None:
            if key is None:
                found: Iterable[_Named] = chain.from_iterable(self._by_key.values())
            else:
                found = self._by_key.get(key, ()) if key else self._withheld
            parts = self._made[sure, going_on, key] = _made(found, sure, going_on)
        return parts


def _made(found: Iterable[_Named], sure: bool, going_on: bool) -> Parts:
    return Parts(part for judgement, name in found for part in _parts(judgement, name, sure, going_on))


def _parts(judgement: Judgement, name: str, sure: bool, going_on: bool) -> Iterator[Part]:
    """What an obligation says of an activity, which still goes on or not, and of which it may or surely is."""
    o = judgement.obligation
    verdict = Verdict.INCONCLUSIVE if o.verdict is Verdict.VIOLATED and not sure else o.verdict
    made = Part(verdict, judgement.constraint.id, name, o.due, o.reason or WAIVER)
    if not isinstance(judgement.rule.measure, Portion):
        yield made
        return
    if going_on:  # what is covered so far may still cease to be
        yield replace(made, verdict=Verdict.PENDING, whole=True)
    if o.unit != DURATION or o.start >= o.end or verdict not in (Verdict.VIOLATED, Verdict.INCONCLUSIVE):
        yield made
        return
    yield replace(made, span=(o.start, o.end))
    more = minus(o.measured.high, o.measured.low)
    if verdict is Verdict.VIOLATED and more:  # where exactly it begins and ends to fail is not known
        doubt = replace(made, verdict=Verdict.INCONCLUSIVE)
        yield replace(doubt, span=(o.start - int(more), o.start))
        yield replace(doubt, span=(o.end, o.end + int(more)))


# ---- which findings are excused -------------------------------------------------------------------------


class _Meanwhile:
    """Uses that excuse what begins while their activities go on."""

    def __init__(self, uses: Sequence[Use], wrong: Mapping[Event, int]) -> None:
        self.waivers = frozenset(use.waiver.id for use in uses)

        def span(use: Use) -> tuple[Number, Number]:
            start, end = use.activity.within(wrong, 0)
            return start.low, end.high

        self._nearby = Nearby(uses, span)

    def near(self, first: int, last: int) -> Iterator[Use]:
        """Those whose activities may go on at an instant of [first, last], in order."""
        return self._nearby.touching(first, last)


@dataclass(slots=True)
class Excuses:
    """What the waivers of one check make of its findings; `wrong` is by how much times of records may be off (µs)."""

    uses: Sequence[Use]
    wrong: Mapping[Event, int]
    _by_event: dict[tuple[str, Event], list[Use]] = field(init=False, default_factory=dict)
    _by_subject: dict[tuple[str, str], _Meanwhile] = field(init=False, default_factory=dict)
    _of_any: dict[str, _Meanwhile] = field(init=False, default_factory=dict)
    """Those that do not say of which subject they are."""

    def __post_init__(self) -> None:
        by_subject: dict[tuple[str, str], list[Use]] = {}
        of_any: dict[str, list[Use]] = {}
        for use in self.uses:
            cause, subject = use.activity.cause, use.activity.subject
            for constraint in use.waiver.excuses:
                if use.waiver.meanwhile and subject is not None:
                    by_subject.setdefault((constraint, subject), []).append(use)
                elif use.waiver.meanwhile and isinstance(use.activity.item.get("subject"), Unknown):
                    of_any.setdefault(constraint, []).append(use)
                elif not use.waiver.meanwhile and cause is not None:
                    self._by_event.setdefault((constraint, cause), []).append(use)
        self._by_subject = {key: _Meanwhile(uses, self.wrong) for key, uses in by_subject.items()}
        self._of_any = {constraint: _Meanwhile(uses, self.wrong) for constraint, uses in of_any.items()}

    def of(self, judgement: Judgement) -> list[tuple[Obligation, Excuse | None]]:
        """The obligation with its excuse, if any; in several parts where only some of its stretch is excused."""
        o = judgement.obligation
        if o.verdict is Verdict.SATISFIED or o.hidden:  # what no record shows is open in any case
            return [(o, None)]
        name = judgement.constraint.id
        claimed = []
        if not is_grouped(judgement.rule):
            for event in dict.fromkeys(causes(o)):
                claimed += self._by_event.get((name, event), [])
        grouped = is_grouped(judgement.rule)
        per = getattr(judgement.rule.measure, "per", ())
        shared = grouped and "subject" not in per and not o.measured.known
        in_part = isinstance(judgement.rule.measure, Portion) and o.unit == DURATION and o.start < o.end
        withheld = o.subject is None and any(isinstance(one.get("subject"), Unknown) for one in causes(o))
        subjects = [o.subject] if o.subject is not None else []
        if withheld:  # it may be of any asset
            subjects = [subject for constraint, subject in self._by_subject if constraint == name]
        for subject in subjects:
            claimed += self._meanwhile(name, subject, o, (o.start, o.end) if in_part else _begun(o, grouped))
        if not claimed:
            return [(o, None)]
        if not in_part:
            return [(o, self._best(claimed, o, None, grouped, shared or withheld))]
        error = self._error(o)
        inner = {edge for use in claimed for edge in use.edges(o.start, o.end, self.wrong, error)}
        pieces: list[tuple[int, int, Excuse | None]] = []
        for start, end in pairwise(sorted({o.start, o.end} | inner)):
            excuse = self._best(claimed, o, (start, end), False, withheld)
            if pieces and _alike(pieces[-1][2], excuse):
                pieces[-1] = (pieces[-1][0], end, excuse)
            else:
                pieces.append((start, end, excuse))
        return [(_part_of(o, judgement.rule, start, end), excuse) for start, end, excuse in pieces]

    def _meanwhile(self, constraint: str, subject: str, o: Obligation, span: tuple[int, int]) -> list[Use]:
        """The uses of which the activity may go on then, of the same subject or of one that they do not say."""
        own, of_any = self._by_subject.get((constraint, subject)), self._of_any.get(constraint)
        if own is None and of_any is None:
            return []
        error = self._error(o)
        first, last = span[0] - error, span[1] + error
        found = [] if own is None else list(own.near(first, last))
        shown = frozenset() if own is None else own.waivers
        others = () if of_any is None else of_any.near(first, last)
        return found + [use for use in others if not (use.activity.elsewhere and use.waiver.id in shown)]

    def _best(
        self, claimed: Iterable[Use], o: Obligation, piece: tuple[int, int] | None, grouped: bool, shared: bool
    ) -> Excuse | None:
        """What does most for it: a waiver that holds before one that is provisional, open, or fails.

        Where it is open whose it is, or whether others have a part in it (`shared`), so is what is excused.
        """
        best: tuple[tuple[int, bool], Verdict, Use] | None = None
        for use in claimed:
            validity = use.validity(piece)
            if use.waiver.meanwhile:
                around = self._around(use.activity, o, piece or _begun(o, grouped))
                if around is False:
                    continue
                if around and piece is not None and piece != (wider := _wider(o, *piece)):
                    around = self._around(use.activity, o, wider) or None
                if around is None or shared:
                    validity = worst({validity, Verdict.INCONCLUSIVE})
            if validity is Verdict.INCONCLUSIVE and o.verdict is not Verdict.VIOLATED:
                continue  # it is open anyway
            rank = (_RANKS[validity], use.provisional)
            if best is None or rank < best[0]:
                best = rank, validity, use
        if best is None:
            return None
        _, validity, use = best
        return Excuse(effect(o.verdict, validity), validity, use, because=use.deciding(piece))

    def _around(self, activity: Activity, o: Obligation, span: tuple[int, int]) -> bool | None:
        """Whether the activity goes on then; one clock says in which order its records were made, however wrong it is.

        Unless it was set back: then they are numbered in another order.
        """
        error = self._error(o)
        raised = [event for event in causes(o) if event.earliest == o.start == o.end]
        concerned = [event.record for event in (*raised, *activity.ends)]
        if raised and len({record.source for record in concerned}) == 1 and _is_steady(concerned):
            return activity.around(*span)
        return activity.around(*span, self.wrong, error)

    def _error(self, o: Obligation) -> int:
        """By how much the times of the records that it is about may be off (µs)."""
        about = (witness.event for witness in o.witnesses if witness.role in ("trigger", "opening", "closing"))
        return max((self.wrong.get(event, 0) for event in about), default=0) if self.wrong else 0


def _is_steady(records: Sequence[Record]) -> bool:
    """Whether records of one source were numbered as they were dated, as far as they have numbers."""
    numbers = [
        record.seq for record in sorted(records, key=lambda r: (r.earliest, r.seq or 0)) if record.seq is not None
    ]
    return numbers == sorted(numbers)


def _begun(o: Obligation, grouped: bool) -> tuple[int, int]:
    """When a breach can have begun, as `Activity.around` asks: one instant, or from one until after the last.

    What many occasions add up to begins only as surely as they are known.
    """
    slack = max((event.latest - event.earliest for event in causes(o)), default=0)
    first = o.start
    if grouped:
        roles = [witness.role for witness in o.witnesses]
        openings = roles.count("opening") + roles.count("trigger")
        if not o.measured.known or slack or roles.count("closing") > openings:
            first = min((witness.event.earliest for witness in o.witnesses), default=first)
    first, last = min(first, o.start - o.early), o.start + max(slack, o.late)
    return (first, last) if first == last else (first, last + 1)


def _wider(o: Obligation, start: int, end: int) -> tuple[int, int]:
    """A part of its stretch with what more may be of it at its ends: it is told as far as it is sure."""
    return start - (o.early if start == o.start else 0), end + (o.late if end == o.end else 0)


_RANKS = {Verdict.SATISFIED: 0, Verdict.PENDING: 1, Verdict.INCONCLUSIVE: 2, Verdict.VIOLATED: 3}


def _alike(one: Excuse | None, two: Excuse | None) -> bool:
    if one is None or two is None:
        return one is two
    return (one.verdict, one.validity, one.use, one.because) == (two.verdict, two.validity, two.use, two.because)


def _part_of(o: Obligation, rule: Rule, start: int, end: int) -> Obligation:
    """The same for a part of its stretch; how much more it may have been is told where the stretch begins and ends."""
    if (start, end) == (o.start, o.end):
        return o
    length = end - start
    if o.verdict is Verdict.VIOLATED:
        more = int(minus(o.measured.high, o.measured.low)) if start == o.start or end == o.end else 0
        measured = Bounds(length, length + more)
    else:
        measured = Bounds(0, length)
    decision = decide(measured, rule.limit, certain=o.verdict is Verdict.VIOLATED)
    return replace(o, measured=measured, decision=decision, start=start, end=end)


# ---- what is left out of totals and counts --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The records whose activities a constraint does not count: surely, as things stand, or possibly."""

    surely: frozenset[Event] = frozenset()
    so_far: frozenset[Event] = frozenset()
    possibly: frozenset[Event] = frozenset()
    uses: Mapping[Event, Use] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.uses)

    def excuse(self, o: Obligation, rule: Rule, best: Sequence[Obligation]) -> Excuse | None:
        """Of something that is open because a waiver is; `best` is what comes of it if none that is so far valid fails.

        If nothing is wrong then, it is excused as things stand.
        """
        if o.verdict is not Verdict.INCONCLUSIVE:
            return None
        found = [use for event in dict.fromkeys(causes(o)) if (use := self.uses.get(event)) is not None]
        open_ = [use for use in found if use.validity() is Verdict.INCONCLUSIVE]
        pending = [use for use in found if use.validity() is Verdict.PENDING]
        if pending and not any(_overlaps(o, other, rule) for other in best):
            return Excuse(Verdict.EXCUSED, Verdict.PENDING, pending[0], because=pending[0].deciding())
        if o.reason == WAIVER and (open_ or pending):
            use = (open_ or pending)[0]
            return Excuse(Verdict.INCONCLUSIVE, use.validity(), use, because=use.deciding())
        return None


def _overlaps(o: Obligation, other: Obligation, rule: Rule) -> bool:
    """Whether something is wrong, or may be, in the same group at the same time."""
    if other.verdict not in (Verdict.VIOLATED, Verdict.INCONCLUSIVE) or other.key != o.key:
        return False
    if "subject" in getattr(rule.measure, "per", ()) and other.subject != o.subject:
        return False
    return other.start <= o.end and o.start <= other.end


def left_out_of(constraint: str, uses: Sequence[Use]) -> LeftOut:
    """What a constraint does not count."""
    by_validity: dict[Verdict, set[Event]] = {}
    by_event: dict[Event, Use] = {}
    for use in uses:
        cause = use.activity.cause
        if cause is None or constraint not in use.waiver.left_out_of:
            continue
        validity = use.validity()
        known = by_event.get(cause)
        if validity is not Verdict.VIOLATED and (known is None or _RANKS[validity] < _RANKS[known.validity()]):
            by_event[cause] = use
    for cause, use in by_event.items():
        by_validity.setdefault(use.validity(), set()).add(cause)
    return LeftOut(
        frozenset(by_validity.get(Verdict.SATISFIED, ())),
        frozenset(by_validity.get(Verdict.PENDING, ())),
        frozenset(by_validity.get(Verdict.INCONCLUSIVE, ())),
        by_event,
    )


# ---- waivers of single findings -------------------------------------------------------------------------


def grant(granted: FindingWaiver, judgement: Judgement, standing: Excuse | None) -> tuple[str, str]:
    """What becomes of a waiver of this very finding, judged at the time of what it is about: the state, and why."""
    o = judgement.obligation
    verdict = o.verdict if standing is None else standing.verdict
    if judgement.constraint.never_waivable:
        return "refused", f"{judgement.constraint.id} is never waivable"
    if verdict is Verdict.SATISFIED:
        return "unused", "the limit was kept"
    if standing is not None and verdict is Verdict.EXCUSED and not standing.provisional:
        return "unused", f"{standing.waiver} excuses it already"
    if granted.granted is not None and o.start < granted.granted:
        return "unused", "what it is about began before the waiver was granted"
    if o.start >= granted.expires:
        return "expired", "what it is about began when the waiver had expired"
    return "used", ""
