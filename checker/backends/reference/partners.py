"""What came before and what came after: leads, answers, and records that belong to an occasion."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import product, repeat
from operator import itemgetter
from typing import Any, NamedTuple

from checker import deadline
from checker.backends.reference.base import Base, Occasion, finite_or, gap_among, width
from checker.backends.reference.candidates import (
    Candidates,
    Group,
    Pair,
    Remaining,
    Span,
    sharing,
    sure_window_of,
    window_of,
)
from checker.bounds import INFINITY, Bounds, Number, is_finite, minus, plus
from checker.event import GAP, REDUCED, UNKNOWN, WITHHELD, Event, Unknown
from checker.interval import Interval, Lookup
from checker.measure import DURATION, Deadline, Lag, Lead, Limit, Match, Rule
from checker.obligation import Obligation, Verdict, Witness, below, decide, left
from checker.pattern import Pattern
from checker.trace import Trace

NOTHING = Bounds.exactly(-INFINITY)
_NOT_KNOWN = ("", UNKNOWN)
_Groups = Mapping[tuple[Any, ...], Group]
_SERVES, _MAY_SERVE, _FAILS = 2, 1, 0


class _Counting(NamedTuple):
    """When an answer counts; after which event none does, and whether something else may have ended that before."""

    span: Span
    stop: Event | None = None
    maybe_stopped: bool = False


class Partners(Base):
    """Lead and Lag."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self._grouped: dict[tuple[int, tuple[str, ...], tuple[int, ...], str | None], tuple[_Groups, Pattern]] = {}

    def _lead(self, rule: Rule, measure: Lead) -> Iterator[Obligation]:
        occasions = self._occasions(rule)
        every = [self._partners(measure.pattern, measure.match, o.get) for o in occasions]
        served = _each(every)
        if measure.once:
            unseen = [self._unseen_before(rule, o) is not None for o in occasions]
            spans = [Span(-INFINITY, -INFINITY, o.start.high) for o in occasions]
            asked_all = list(map(_Asked, occasions, every, spans, repeat(rule.limit), repeat(True)))
            served = _one_to_one(asked_all, unseen)
        for number, (occasion, (partners, chosen)) in enumerate(zip(occasions, served, strict=True)):
            given, asked = rule, occasion
            if measure.deadline is not None:
                rule, occasion = _counted_back(rule, measure.deadline, occasion)
            where = (asked.start.high, occasion.start, rule.limit)
            candidates = partners.before(*where, occasion.item) if chosen is None else chosen
            leads = [(occasion.start - Bounds(e.earliest, e.latest), e) for e, _ in candidates]
            best = _serving(leads, rule.limit)
            sure = _serving([lead for lead, (_, truth) in zip(leads, candidates, strict=True) if truth], rule.limit)
            measured = self._nothing_before(rule, occasion) if sure is None else sure[0]
            others = [measured]
            if sure is not None and decide(measured, rule.limit).verdict is Verdict.SATISFIED:
                # what is missing serves only where no record that is there does
                best = _serving([lead for lead in leads if lead[1].hidden is None], rule.limit)
            if best is not None:
                measured = measured.or_(best[0])
                others.append(best[0])
            before = self._unseen_before(rule, occasion)
            if before is not None and decide(measured, rule.limit).verdict is not Verdict.SATISFIED:
                measured = measured.or_(before)
                others.append(before)
            yield self._make(
                rule, asked, number, measured, DURATION,
                witnesses=(Witness("earlier", best[1]),) if best is not None else (),
                reason=occasion.reason or (_doubt_about(candidates) if before is None else GAP),
                lacks=partners.lacks_before(*where, self._trace.beginning, measure.pattern.types), others=others,
            )  # fmt: skip
            rule = given

    def _nothing_before(self, rule: Rule, occasion: Occasion) -> Bounds:
        """Nothing found: there was nothing, unless it may lie before the log and still be in time."""
        return NOTHING if self._unseen_before(rule, occasion) is None else Bounds(-INFINITY, INFINITY)

    def _unseen_before(self, rule: Rule, occasion: Occasion) -> Bounds | None:
        """How long before it something may have come that lies before the log; None if that would be too long."""
        reach = minus(occasion.start.low, self._began)
        late = rule.limit.at_most is not None and rule.limit.at_most <= reach
        return None if rule.history_complete or late else Bounds(reach, INFINITY)

    def _partners(self, pattern: Pattern, match: Match, get: Lookup, said: str | None = None) -> Candidates:
        """Authentic events that fit the occasion (and have such a field), each with whether it surely does."""
        wanted = [get(ours) for _, ours in match]
        rank = self._intervals.rank
        if any(value is None and theirs != "subject" for (theirs, _), value in zip(match, wanted, strict=True)):
            return Candidates((), rank)
        known = tuple(at for at, value in enumerate(wanted) if not isinstance(value, Unknown))
        groups = self._groups_by(pattern, tuple(theirs for theirs, _ in match), known, said)
        values = _comparable([wanted[at] for at in known])
        if len(groups) < 2 ** len(known):
            pairs = ((group, zip(theirs, values, strict=True)) for theirs, group in groups.items())
            return Candidates([group for group, both in pairs if all(a in (b, _NOT_KNOWN) for a, b in both)], rank)
        fitting = (groups.get(theirs) for theirs in product(*((value, _NOT_KNOWN) for value in values)))
        return Candidates([group for group in fitting if group is not None], rank)

    def _groups_by(
        self, pattern: Pattern, fields: tuple[str, ...], known: tuple[int, ...], said: str | None
    ) -> _Groups:
        """The authentic events of a pattern by the values of those of the fields that an occasion knows.

        They surely fit if these are all fields, and they say them all.
        """
        kept = self._grouped.get((id(pattern), fields, known, said))
        if kept is None:
            found: dict[tuple[Any, ...], list[Pair]] = {}
            for event, truth in self._matching(pattern):
                if event.authentic and (said in (None, "time") or event.get(said) is not None):
                    values = _comparable([event.get(fields[at]) for at in known])
                    sure = truth is True and len(known) == len(fields) and _NOT_KNOWN not in values
                    found.setdefault(values, []).append((event, sure))
            groups = {values: Group(pairs) for values, pairs in found.items()}
            kept = self._grouped[id(pattern), fields, known, said] = (groups, pattern)
        return kept[0]

    def _lag(self, rule: Rule, measure: Lag) -> Iterator[Obligation]:
        if rule.limit.at_most is None:  # that there is an answer at all is asked in any case
            rule = rule._replace(limit=rule.limit._replace(at_most=INFINITY))
        occasions = self._occasions(rule)
        if measure.once:
            occasions.sort(key=lambda o: (o.end.low, o.end.high))
        every = [self._partners(measure.pattern, measure.match, o.get) for o in occasions]
        served = _each(every)
        if measure.once:
            spans = [self._counting(measure, o).span for o in occasions]
            served = _one_to_one(list(map(_Asked, occasions, every, spans, repeat(rule.limit), repeat(False))))
        for number, (occasion, (partners, chosen)) in enumerate(zip(occasions, served, strict=True)):
            given, counting = rule, self._counting(measure, occasion)
            if measure.deadline is not None:
                rule, occasion = _dated(rule, measure.deadline, occasion, wide=measure.released_by is not None)
            if isinstance(occasion.item, Interval) and occasion.item.going_on:
                if plus(occasion.end.low, rule.limit.at_most or 0) >= self._until:
                    rule = given
                    continue  # if it has ended at all, the answer is not due yet
                occasion = replace(occasion, certain=False)
            candidates = chosen
            if candidates is None:
                few = partners.after(counting.span, occasion.end, rule.limit, occasion.item)
                candidates = [(event, sure and counting.span.surely_takes(event)) for event, sure in few]
            obligation = self._answer(rule, measure, occasion, number, partners, candidates, counting)
            if obligation is not None:
                yield obligation
            rule = given

    def _counting(self, measure: Lag, occasion: Occasion) -> "_Counting":
        """When an answer to an occasion counts."""
        begun, item = occasion.end, occasion.item
        span = Span(begun.low, begun.high)
        if measure.next_among is None:
            return _Counting(span)
        others = self._partners(measure.next_among, measure.match, occasion.get)
        first = others.first_after(begun.low, item)
        if first is None:
            return _Counting(span)
        stop = others.first_from(begun.high, item)
        span = span._replace(until=INFINITY if stop is None else stop.latest, before=first.earliest)
        return _Counting(span, stop, first is not stop)

    def _answer(
        self,
        rule: Rule,
        measure: Lag,
        occasion: Occasion,
        number: int,
        partners: Candidates,
        candidates: list[Pair],
        counting: "_Counting",
    ) -> Obligation | None:
        """What came first and fits; while it may still come, nothing but silence. After `stop`, no answer counts."""
        begun, limit = occasion.end, rule.limit
        span, stop, maybe_stopped = counting
        due = None
        if limit.at_most is not None and is_finite(limit.at_most) and is_finite(begun.low):
            due = int(plus(begun.low, limit.at_most))
        silence = Bounds(max(0, minus(self._until, begun.high)), INFINITY)
        in_time = decide(silence, limit).verdict is not Verdict.VIOLATED and (due is None or due >= self._until)
        if stop is not None:
            silence, in_time = Bounds.exactly(INFINITY), False
        lags = [(_not_negative(Bounds(e.earliest, e.latest) - begun), e) for e, _ in candidates]
        best = _serving(lags, limit, first=True)
        sure = _serving([lag for lag, (_, t) in zip(lags, candidates, strict=True) if t], limit, first=True)
        settled = sure is not None and decide(sure[0], limit).verdict is Verdict.SATISFIED
        open_until = in_time and not settled
        if settled:  # what is missing serves only where no record that is there does
            best = _serving([lag for lag in lags if lag[1].hidden is None], limit, first=True)
        measured = silence if sure is None else sure[0]
        others = [measured] if best is None else [measured, best[0]]
        if best is not None:
            measured = measured.or_(best[0])
        if open_until:
            measured = measured.or_(silence)
        done = self._until if stop is None else stop.latest
        if sure is not None and not open_until:
            done = sure[1].latest
        lifted: bool | None = False
        if measure.released_by is not None:
            over = done if settled else self._until if stop is None else stop.latest
            lifted = self._lifted(measure, occasion, due, over, best)
            if lifted:
                return None
        start = finite_or(occasion.start.low, self._from) if due is None else min(due, done)
        return self._make(
            rule, occasion, number, measured, DURATION,
            start=start, end=max(start, done), due=due,
            witnesses=(Witness("response", best[1]),) if best is not None else (),
            open_until=open_until and not maybe_stopped, certain=lifted is False and not (open_until and maybe_stopped),
            reason=occasion.reason or _doubt_about(candidates) or (WITHHELD if lifted is None else ""),
            lacks=partners.lacks_after(span, begun, limit, self._trace.beginning, measure.pattern.types),
            others=() if open_until else others, late=width(begun),
        )  # fmt: skip

    def _lifted(
        self, measure: Lag, occasion: Occasion, due: int | None, done: int, best: tuple[Bounds, Event] | None
    ) -> bool | None:
        """Whether something lifts the duty before it is due and before the answer; None if that is open."""
        assert measure.released_by is not None  # noqa: S101 - asked only then
        until = done if due is None else min(done, due)
        latest = done if due is None else min(done, finite_or(plus(due, width(occasion.end)), done))
        lifted: bool | None = False
        releases = self._partners(measure.released_by, measure.release_match, occasion.get)
        for event, truth in releases.touching(occasion.end.low, latest):
            if event is occasion.item or (best is not None and event is best[1]):
                continue
            if truth and occasion.end.high <= event.earliest and event.latest <= until:
                return True
            lifted = None
        return lifted


def _dated(rule: Rule, dates: Deadline, occasion: Occasion, *, wide: bool) -> tuple[Rule, Occasion]:
    """The rule with the time that this occasion leaves; where the occasion is uncertain, so is when it counts from.

    That is no less uncertain (`wide`) than the occasion where something else is counted from it, too.
    """
    begun, most = occasion.end, rule.limit.at_most
    if not is_finite(begun.low) or most is None or not is_finite(most):
        return rule, occasion
    low, last = int(begun.low), int(begun.high) if is_finite(begun.high) else None
    due, until = deadline.due_between(dates, low, last, int(most))
    limit = rule.limit._replace(at_most=due - low)
    more: Number = INFINITY if until is None else until - due
    if wide or limit.at_least is not None:
        more = max(more, minus(begun.high, low))
    return rule._replace(limit=limit), replace(occasion, end=Bounds(low, plus(low, more)))


def _counted_back(rule: Rule, dates: Deadline, occasion: Occasion) -> tuple[Rule, Occasion]:
    """The same for what has to come before: leads are those before the occasion, the limits longer by as much."""
    start = occasion.start
    if not is_finite(start.low) or not is_finite(start.high):
        return rule, occasion
    first = deadline.beginning(dates, int(start.low))
    later = deadline.beginning(dates, int(start.high)) - first
    more = int(start.low) - first
    sides = [None if side is None else plus(side, more) for side in (rule.limit.at_least, rule.limit.at_most)]
    limit = rule.limit._replace(at_least=sides[0], at_most=sides[1])
    return rule._replace(limit=limit), replace(occasion, start=Bounds(start.low, int(start.low) + later))


def _comparable(values: Iterable[Any]) -> tuple[Any, ...]:
    """Values that are equal exactly when `equal` says so of each: flags are no numbers, lists compare as texts."""
    return tuple([("", v) if not isinstance(v, (bool, list, dict)) else _named(v) for v in values])


def _named(value: Any) -> tuple[str, Any]:
    return type(value).__name__, repr(value) if isinstance(value, (list, dict)) else value


def _serving(found: list[tuple[Bounds, Event]], limit: Limit, *, first: bool = False) -> tuple[Bounds, Event] | None:
    """What an occasion can rest on: the one that serves it best (or the `first` that does); None if there is none.

    Where it is open which one that is, the bounds are those of whichever it is.
    """
    if len(found) < 2:
        return found[0] if found else None
    worth = [_worth(measured, limit) for measured, _ in found]
    at = worth.index(max(worth))
    if first and worth[at][0] == _SERVES:
        at = next(n for n, (serves, *_) in enumerate(worth) if serves == _SERVES)
    measured, event = found[at]
    if limit.at_most is None:
        measured = Bounds(max(m.low for m, _ in found), max(m.high for m, _ in found))
    elif limit.at_least is None:
        measured = Bounds(min(m.low for m, _ in found), min(m.high for m, _ in found))
    return measured, event


def _worth(measured: Bounds, limit: Limit) -> tuple[int, Number, Number]:
    """Whether it keeps the limit, and the least and greatest margin: as `decide`, but gaps may hide a great many."""
    low, high = measured.low, measured.high
    sides = []
    if limit.at_most is not None:
        sides.append((left(limit.at_most, high), left(limit.at_most, low)))
    if limit.at_least is not None:
        sides.append((minus(low, limit.at_least), minus(high, limit.at_least)))
    least, most = sides[0]
    if len(sides) > 1:
        least, most = min(sides, key=_reversed)
    if below(most, limit.exclusive):
        return _FAILS, least, most
    if len(sides) > 1:
        least, most = min(sides, key=itemgetter(0))
    return _MAY_SERVE if below(least, limit.exclusive) else _SERVES, least, most


def _reversed(pair: tuple[Number, Number]) -> tuple[Number, Number]:
    return pair[1], pair[0]


def _doubt_about(candidates: Sequence[Pair]) -> str:
    """Why it is open which of the events count."""
    open_ = [event for event, sure in candidates if not sure or event.earliest != event.latest]
    missing = gap_among(open_)
    return missing or ("" if not open_ else REDUCED if any(e.earliest != e.latest for e in open_) else WITHHELD)


def _not_negative(value: Bounds) -> Bounds:
    return Bounds(max(0, value.low), max(0, value.high))


class _Asked(NamedTuple):
    """An occasion, and the events that may serve it, of those that a span takes."""

    occasion: Occasion
    partners: Candidates
    span: Span
    limit: Limit
    before: bool
    """Whether the limit is on the time from the event to the occasion, or the other way round."""

    def is_certain(self) -> bool:
        """Whether each event that may serve it surely fits."""
        return self.partners.surely_fit(self.span, self.occasion.item)

    @property
    def is_loose(self) -> bool:
        """Whether it is open whether or when it was."""
        return not (self.occasion.certain and self.occasion.start.known and self.occasion.end.known)

    def may_serve(self, partners: Candidates) -> list[Event]:
        """Those of the partners that may serve it."""
        events = [event for event, _ in partners.touching(*self._window())]
        return [event for event in events if self._may_serve(event)]

    def first(self, partners: Candidates) -> Pair | None:
        """The first of these, and whether it surely fits."""
        return partners.first_touching(*self._window(), self._may_serve)

    def first_sure(self, partners: Candidates) -> Event | None:
        """The first that surely serves it."""
        since, end = sure_window_of(self._instant, self.limit, before=self.before)
        since, end = max(since, self.span.surely), min(end, self.span.before)
        found = partners.first_within(since, self.span.until, end, self.served_by)
        return None if found is None else found[0]

    def served_by(self, event: Event) -> bool:
        """Whether an event surely serves it, if it surely fits."""
        if event is self.occasion.item or not (self.span.takes(event) and self.span.surely_takes(event)):
            return False
        return self._verdict(event) is Verdict.SATISFIED

    def _may_serve(self, event: Event) -> bool:
        if event is self.occasion.item or not self.span.takes(event):
            return False
        return self._verdict(event) is not Verdict.VIOLATED

    def _verdict(self, event: Event) -> Verdict:
        moment = Bounds(event.earliest, event.latest)
        return decide(self.occasion.start - moment if self.before else moment - self.occasion.end, self.limit).verdict

    def _window(self) -> tuple[Number, Number]:
        since, until = window_of(self._instant, self.limit, before=self.before)
        return max(since, self.span.since), min(until, self.span.until)

    @property
    def _instant(self) -> Bounds:
        return self.occasion.start if self.before else self.occasion.end

    def few(self, partners: Candidates) -> list[Pair]:
        """Of those of the partners that may serve it the few that can matter."""
        start, end, item = self.occasion.start, self.occasion.end, self.occasion.item
        if self.before:
            return partners.before(self.span.until, start, self.limit, item)
        few = partners.after(self.span, end, self.limit, item)
        return [(event, sure and self.span.surely_takes(event)) for event, sure in few]


_Served = tuple[Candidates, list[Pair] | None]
"""What may serve an occasion; and the few of it that can matter, what it may take first, where that is found."""


def _each(every: Iterable[Candidates]) -> Iterator[_Served]:
    """Each event may serve many."""
    return ((partners, None) for partners in every)


def _one_to_one(asked: Sequence[_Asked], unseen: Sequence[bool] = ()) -> Iterator[_Served]:
    """Let each event serve one occasion only: in order of time, each occasion takes the oldest that keeps its limit.

    With one window for all occasions this serves as many of them as can be served. More occasions never leave one
    more to choose from, more events never less: what is served with all that there may be of the first and only what
    surely is there of the second is served in any case; what is served the other way round may be. An occasion that
    something `unseen` may have served may have left what it would take to others.

    What may serve an occasion changes with the next one: it is to be looked at before that is asked for.
    """
    certain = _certain(asked, unseen)
    possible = repeat(None) if all(certain) else _possibly_taken(asked, unseen)
    left = _Left(asked)
    for at, (one, possibly) in enumerate(zip(asked, possible, strict=False)):
        partners = left.turn(at)
        surely = one.first_sure(partners)
        if surely is not None:
            yield partners.only([(surely, True)]), [(surely, True)]
            if not one.is_loose:
                left.use(surely)
        elif possibly is None or certain[at]:
            yield partners, one.few(partners)
        else:
            with left.having(possibly, False):
                rest = one.few(partners)
            with left.having(possibly, True):
                yield partners, [(possibly, False), *rest]


def _certain(asked: Sequence[_Asked], unseen: Sequence[bool]) -> list[bool]:
    """Of which occasions nothing is open, nor of any other that may have taken what may serve them."""
    open_ = [one.is_loose or not one.is_certain() for one in asked]
    open_ = [one or other for one, other in zip(open_, unseen, strict=True)] if unseen else open_
    if not any(open_):
        return [True] * len(asked)
    parts = sharing(one.partners for one in asked)
    doubtful = {part for part, is_open in zip(parts, open_, strict=True) if is_open}
    return [part not in doubtful for part in parts]


class _Left:
    """Which events are left to each of the occasions: those that none before it surely took, nor may have taken.

    An occasion of which it is open whether or when it was may have come before another and taken any event that it
    fits: of these the two that may have been first are kept for each event, as one may be the occasion itself.
    """

    def __init__(self, asked: Sequence[_Asked]) -> None:
        self._asked = asked
        self._events = Remaining(one.partners for one in asked)
        first = _loosely_taken(asked)
        self._mine: dict[int, list[tuple[Event, Number | None]]] = {}
        """What one of them may have taken first, and when another may have."""
        for event, ((_, at), *more) in first.items():
            self._mine.setdefault(at, []).append((event, more[0][0] if more else None))
        self._gone = sorted(((loose[0][0], event) for event, loose in first.items()), key=itemgetter(0))
        """What may have been taken, from when on; up to `_until` it is out."""
        self._until = 0
        self._again: list[Event] = []
        self._used: set[Event] = set()

    def turn(self, at: int) -> Candidates:
        """Go on to an occasion, from any other: what is left of its partners."""
        for event in self._again:
            self._events.take(event)
        one = self._asked[at]
        last = one.occasion.start.high
        while self._until < len(self._gone) and self._gone[self._until][0] <= last:
            self._events.take(self._gone[self._until][1])
            self._until += 1
        while self._until and self._gone[self._until - 1][0] > last:
            self._until -= 1
            self._put(self._gone[self._until][1])
        self._again = [event for event, other in self._mine.get(at, ()) if other is None or other > last]
        for event in self._again:
            self._put(event)
        return self._events.of(one.partners)

    def use(self, event: Event) -> None:
        """An event is surely taken."""
        self._used.add(event)
        self._events.take(event)

    @contextmanager
    def having(self, event: Event, is_left: bool) -> Iterator[None]:
        """As if an event were left, or were not."""
        was = event in self._events
        self._set(event, is_left)
        yield
        self._set(event, was)

    def _set(self, event: Event, is_left: bool) -> None:
        if is_left:
            self._events.put(event)
        else:
            self._events.take(event)

    def _put(self, event: Event) -> None:
        if event not in self._used:
            self._events.put(event)


def _loosely_taken(asked: Sequence[_Asked]) -> dict[Event, list[tuple[Number, int]]]:
    """Of the occasions of which it is open whether or when they were the first two that may take each event.

    That is from when on each may have taken it, and its place.
    """
    found: dict[Event, list[tuple[Number, int]]] = {}
    loose = sorted((one.occasion.start.low, at) for at, one in enumerate(asked) if one.is_loose)
    events = Remaining(asked[at].partners for _, at in loose)
    for start, at in loose:
        one = asked[at]
        for event in one.may_serve(events.of(one.partners)):
            some = found.setdefault(event, [])
            some.append((start, at))
            if len(some) == 2:
                events.take(event)
    return found


def _possibly_taken(asked: Sequence[_Asked], unseen: Sequence[bool]) -> Iterator[Event | None]:
    """Which event each occasion may take: what may be there is, and what may not have asked did not.

    Nor did one take what only may have served it, nor one that something unseen may have served.
    """
    events = Remaining(one.partners for one in asked)
    for at, one in enumerate(asked):
        found = one.first(events.of(one.partners))
        yield None if found is None else found[0]
        if found is None or not one.occasion.certain or (unseen and unseen[at]):
            continue
        event, sure = found
        if sure and one.served_by(event):
            events.take(event)
