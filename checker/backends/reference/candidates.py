"""What may serve an occasion: of many events the few that can matter, found without looking at each.

Which of them serves best, when the first of them is, and why that is open is the same of these few as of all. Events
stand in order, so those that begin by some instant are the first of them; where among these the first or the last is
that ends early or late enough, a tree tells (`Lowest`).
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from checker.bounds import INFINITY, Bounds, Number, is_finite, minus, plus
from checker.event import Event
from checker.interval import MANY_LACKS, Lack
from checker.measure import Limit
from checker.nearby import Lowest

Pair = tuple[Event, bool]
"""An event, and whether it surely fits."""
FEW = 16
"""So many are simply looked at."""


class Span(NamedTuple):
    """Of an answer: it does not end before `since`, nor begin after `until`.

    It surely counts if it does not begin before `surely` nor end after `before`.
    """

    since: Number
    surely: Number
    until: Number = INFINITY
    before: Number = INFINITY

    def takes(self, event: Event) -> bool:
        """Whether an event may count."""
        return event.latest >= self.since and event.earliest <= self.until

    def surely_takes(self, event: Event) -> bool:
        """Whether one that may count surely does, if it fits."""
        return event.earliest >= self.surely and event.latest <= self.before


class Candidates:
    """The events that may serve an occasion, in groups of those that say the same of the fields it asks for."""

    def __init__(self, groups: Sequence["Group"], rank: Callable[[Event], int]) -> None:
        self._groups, self._rank = groups, rank

    # ---- the few that can matter ----

    def before(self, asked: Number, start: Bounds, limit: Limit, item: object) -> list[Pair]:
        """Of those but the `item` that begin by the instant `asked` the few that can matter.

        That is where from each of them to `start` is to keep a limit.
        """
        return self._in_order(pair for group in self._groups for pair in group.before(asked, start, limit, item))

    def after(self, span: Span, end: Bounds, limit: Limit, item: object) -> list[Pair]:
        """The same of those that a span takes, where from `end` to each of them is to keep a limit."""
        return self._in_order(pair for group in self._groups for pair in group.after(span, end, limit, item))

    def telling(self, since: Number, until: Number, item: object, shown: int | None, hidden: int | None) -> list[Pair]:
        """Those but the item that touch a span: of those that a record shows, and of the others, the first so many."""
        found: list[Pair] = []
        for most, is_shown in ((shown, True), (hidden, False)):
            groups = (group.touching(since, until, shown=is_shown) for group in self._groups)
            first = (pair for pairs in groups for pair in islice(pairs, None if most is None else most + 1))
            found += self._in_order(pair for pair in first if pair[0] is not item)[:most]
        return self._in_order(found)

    # ---- some of them ----

    def only(self, pairs: list[Pair]) -> "Candidates":
        """Some of them."""
        return Candidates([Group(self._in_order(pairs))], self._rank)

    def touching(self, since: Number, until: Number) -> Iterator[Pair]:
        """Those that do not end before `since` nor begin after `until`."""
        return (group.pairs[at] for group in self._groups for at in group.all.touching(since, until))

    def first_touching(self, since: Number, until: Number, chosen: Callable[[Event], bool]) -> Pair | None:
        """The first of these that is chosen."""
        rows = [(group.all.pairs, group.all.touching(since, until)) for group in self._groups]
        return self._first_chosen(rows, chosen)

    def first_within(self, since: Number, begin: Number, end: Number, chosen: Callable[[Event], bool]) -> Pair | None:
        """The first chosen of those that surely fit, begin from `since` to `begin` on, and end by `end`."""
        rows = [(group.sure.pairs, group.sure.within(since, begin, end)) for group in self._groups]
        return self._first_chosen(rows, chosen)

    def _first_chosen(
        self, rows: Iterable[tuple[list[Pair], Iterator[int]]], chosen: Callable[[Event], bool]
    ) -> Pair | None:
        first = (next((pairs[at] for at in places if chosen(pairs[at][0])), None) for pairs, places in rows)
        return min((pair for pair in first if pair is not None), key=lambda pair: self._rank(pair[0]), default=None)

    # ---- a single one ----

    def first_after(self, instant: Number, item: object) -> Event | None:
        """The first of them but the item that does not end before an instant."""
        return self._first(group.all.ending_from(instant, item) for group in self._groups)

    def first_from(self, instant: Number, item: object) -> Event | None:
        """The first that surely fits and does not begin before an instant."""
        return self._first(group.sure.beginning_from(instant, item) for group in self._groups)

    def first_sure_after(self, instant: Number, item: object) -> Event | None:
        """The first but the item that surely fits and ends after an instant."""
        return self._first(group.sure.ending_from(plus(instant, 1), item) for group in self._groups)

    def last_sure(self, asked: Number, by: Number, item: object) -> Event | None:
        """The last but the item that surely fits, begins by the instant asked, and ends by another."""
        found = (group.sure.ending_by(asked, by, item) for group in self._groups)
        return max((event for event in found if event is not None), key=self._rank, default=None)

    def surely_fit(self, span: Span, item: object) -> bool:
        """Whether each but the item that a span takes surely fits, and the span surely takes it."""
        return all(group.surely_fits(span, item) for group in self._groups)

    # ---- what is missing ----

    def lacks(self, since: Number, until: Number, beginning: int, types: frozenset[str] | None) -> Iterator[Lack]:
        """Which missing records may be such as touch a span."""
        return self._lacks([(since, until)], beginning, types)

    def lacks_before(
        self, asked: Number, start: Bounds, limit: Limit, beginning: int, types: frozenset[str] | None
    ) -> Iterator[Lack]:
        """Which missing records may be such as keep the limit, as for `before`; all that may be any if none may."""
        since, by = _window_before(start, limit)
        return self._lacks([(since, min(asked, by)), (-INFINITY, asked)], beginning, types)

    def lacks_after(
        self, span: Span, end: Bounds, limit: Limit, beginning: int, types: frozenset[str] | None
    ) -> Iterator[Lack]:
        """The same as for `after`."""
        since, by = _window_after(end, limit)
        if limit.at_most is not None and limit.at_most < int(limit.exclusive):
            by = -INFINITY  # what comes before the end counts as coming at it, and that is too late
        whole = span.since, span.until
        return self._lacks([(max(since, span.since), min(by, span.until)), whole], beginning, types)

    def _lacks(
        self, windows: Iterable[tuple[Number, Number]], beginning: int, types: frozenset[str] | None
    ) -> Iterator[Lack]:
        """The missing records that touch the first window that any does, but lie not all before the log begins.

        Many of one source are told together.
        """
        rows = [row for group in self._groups for row in group.missing.values()]
        for since, until in windows:
            if any(row.is_touched(since, until) for row in rows):
                break
        since = max(since, beginning)
        if sum(row.count(since, until) for row in rows) <= MANY_LACKS:
            events = self._in_order(row.pairs[at] for row in rows for at in row.touching(since, until))
            yield from (Lack(types, e.earliest, e.latest, _source(e)) for e, _ in events)
            return
        found = [(row.pairs[at][0], row) for row in rows for at in islice(row.touching(since, until), 1)]
        told: dict[str | None, Lack] = {}
        for event, row in sorted(found, key=lambda one: self._rank(one[0])):
            source, last, many = _source(event), row.last_end(until), row.count(since, until)
            one = told.get(source, Lack(types, event.earliest, last, source, 0))
            told[source] = one._replace(end=max(one.end, last), places=one.places + many)
        yield from told.values()

    def _in_order(self, pairs: Iterable[Pair]) -> list[Pair]:
        return sorted(pairs, key=lambda pair: self._rank(pair[0]))

    def _first(self, events: Iterable[Event | None]) -> Event | None:
        return min((event for event in events if event is not None), key=self._rank, default=None)


def sharing(many: Iterable[Candidates]) -> list[int]:
    """A number for each: the same for those that share an event which a record shows, be it through others."""
    above: dict[int, int] = {}
    owner: dict[Event, int] = {}

    def top(name: int) -> int:
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    found: list[int] = []
    for candidates in many:
        mine = above[-1 - len(found)] = -1 - len(found)  # never the name of a group
        found.append(mine)
        for group in candidates._groups:
            if id(group) not in above:
                above[id(group)] = id(group)
                for event, _ in group.pairs:
                    if event.hidden is None:
                        above[top(owner.setdefault(event, id(group)))] = top(id(group))
            if group.has_shown:
                above[top(mine)] = top(id(group))
    return [top(one) for one in found]


class Remaining:
    """The candidates of many occasions, of which one or the other can be taken out, and put back."""

    def __init__(self, many: Iterable[Candidates]) -> None:
        groups = {id(group): group for candidates in many for group in candidates._groups}
        self._groups = {name: Group(group.pairs) for name, group in groups.items()}
        self._with: dict[Event, list[Group]] = {}
        for group in self._groups.values():
            for event, _ in group.pairs:
                self._with.setdefault(event, []).append(group)
        self._gone: set[Event] = set()

    def of(self, candidates: Candidates) -> Candidates:
        """What is left of those of an occasion, at any time: it changes with what is taken out."""
        return Candidates([self._groups[id(group)] for group in candidates._groups], candidates._rank)

    def __contains__(self, event: Event) -> bool:
        return event not in self._gone

    def take(self, event: Event) -> None:
        """Take an event out, if it is not."""
        if event not in self._gone:
            self._gone.add(event)
            for group in self._with.get(event, ()):
                group.take(event)

    def put(self, event: Event) -> None:
        """Put it back, if it is not there."""
        if event in self._gone:
            self._gone.remove(event)
            for group in self._with.get(event, ()):
                group.put(event)


class Group:
    """Events in order, all of them and those of some sort; without those that are taken out."""

    def __init__(self, pairs: list[Pair]) -> None:
        self.pairs = pairs
        self.all = Row(pairs)
        self._gone: set[Event] = set()
        self._rows = [self.all]
        self._alike: dict[Event, _Alike] = {}
        """Of what no record shows: those alike."""

    def take(self, event: Event) -> None:
        """Take one out."""
        self._gone.add(event)
        for row in self._rows:
            row.take(event)
        if event in self._alike:
            self._alike[event].take(event)

    def put(self, event: Event) -> None:
        """Put one back."""
        self._gone.remove(event)
        for row in self._rows:
            row.put(event)
        if event in self._alike:
            self._alike[event].put(event)

    @cached_property
    def sure(self) -> "Row":
        """Those that surely fit."""
        return self._row(sure for _, sure in self.pairs)

    @cached_property
    def _not_sure(self) -> "Row":
        """Those of which it is open whether they fit."""
        return self._row(not sure for _, sure in self.pairs)

    @cached_property
    def missing(self) -> "dict[str | None, Row]":
        """Those that no record shows, by their source; of those alike one."""
        found: dict[str | None, list[Pair]] = {}
        alike: dict[tuple[str | None, int, int], list[Event]] = {}
        for event, sure in self.pairs:
            if event.hidden is not None:
                found.setdefault(event.hidden.source, []).append((event, sure))
                alike.setdefault((event.hidden.source, event.earliest, event.latest), []).append(event)
        rows = {source: Row(pairs) for source, pairs in found.items()}
        for (source, *_), events in alike.items():
            self._alike.update(dict.fromkeys(events, _Alike(events, rows[source], self._gone)))
        return rows

    @cached_property
    def _shown(self) -> "Row":
        """Those that a record shows."""
        return self._row(event.hidden is None for event, _ in self.pairs)

    @cached_property
    def has_shown(self) -> bool:
        """Whether a record shows one of all of them."""
        return any(event.hidden is None for event, _ in self.pairs)

    @cached_property
    def _doubts(self) -> "tuple[Row, Row, Row]":
        """Those that no record shows; whose time is not exact; and all others."""
        hidden = self._row(event.hidden is not None for event, _ in self.pairs)
        vague = self._row(event.earliest != event.latest for event, _ in self.pairs)
        return hidden, vague, self._row(event.earliest == event.latest for event, _ in self.pairs)

    @cached_property
    def _unsure(self) -> "Row":
        """Those whose time is exact of which it is open whether they fit."""
        return self._row(event.earliest == event.latest and not sure for event, sure in self.pairs)

    def _row(self, chosen: Iterable[bool]) -> "Row":
        pairs = [pair for pair, is_one in zip(self.pairs, chosen, strict=True) if is_one]
        if len(pairs) == len(self.pairs):
            return self.all
        row = Row(pairs)
        for event in self._gone:
            row.take(event)
        self._rows.append(row)
        return row

    def before(self, asked: Number, start: Bounds, limit: Limit, item: object) -> Iterable[Pair]:
        """See `Candidates`."""
        until = bisect_right(self.all.starts, asked)
        if until <= FEW or limit.at_most == INFINITY:
            return [pair for pair in self.pairs[:until] if pair[0] is not item and pair[0] not in self._gone]
        found: dict[Event, Pair] = {}
        for row in _different(self.all, self.sure, self._shown):
            found.update(row.at(row.leading(asked, start, limit, item)))
        for row in (*self._doubts[:2], self._unsure):
            found.update(row.at(row.head(asked, item)))
        return found.values()

    def after(self, span: Span, end: Bounds, limit: Limit, item: object) -> Iterable[Pair]:
        """See `Candidates`."""
        stopped = span.before != INFINITY and limit.at_most == INFINITY
        plain = limit.at_least is None or (_apart(limit) and not stopped)
        if len(self.pairs) <= FEW or not plain or not is_finite(end.low):
            taken = (pair for pair in self.pairs if span.takes(pair[0]) and pair[0] is not item)
            return [pair for pair in taken if pair[0] not in self._gone]
        found: dict[Event, Pair] = {}
        for row in _different(self.all, self._shown):
            found.update(row.at(row.following(span, end, limit, item)))
        found.update(self.sure.at(self.sure.surely_following(span, end, limit, item)))
        *doubtful, exact = self._doubts
        for row, since in [
            *((row, span.since) for row in (*doubtful, self._unsure)),
            (exact, span.since), (exact, max(span.since, plus(span.before, 1))),
        ]:  # fmt: skip
            found.update(row.at(row.one_of(span._replace(since=since), item)))
        return found.values()

    def touching(self, since: Number, until: Number, *, shown: bool) -> Iterator[Pair]:
        """Those that touch a span, of those that a record shows, or of the others."""
        row = self._shown if shown else self._doubts[0]
        return (row.pairs[at] for at in row.touching(since, until))

    def surely_fits(self, span: Span, item: object) -> bool:
        """See `Candidates`."""
        early = span._replace(until=min(span.until, minus(span.surely, 1)))
        late = span._replace(since=max(span.since, plus(span.before, 1)))
        asked = [(self._not_sure, span), (self.sure, early), (self.sure, late)]
        return not any(True for row, some in asked for _ in row.one_of(some, item))


class _Alike:
    """What no record shows, at one place: the first that is left stands in a row, the others are out of it."""

    def __init__(self, events: list[Event], row: "Row", gone: Container[Event]) -> None:
        self._events, self._row, self._gone = events, row, gone
        for event in events[1:]:
            row.take(event)
        self._at = 0
        if events[0] in gone:
            self.take(events[0])

    def take(self, event: Event) -> None:
        """One of them has been taken out."""
        if self._events[self._at : self._at + 1] == [event]:
            self._row.take(event)
            while self._at < len(self._events) and self._events[self._at] in self._gone:
                self._at += 1
            self._stand()

    def put(self, event: Event) -> None:
        """One of them has been put back."""
        at = self._events.index(event)
        if at < self._at:
            if self._at < len(self._events):
                self._row.take(self._events[self._at])
            self._at = at
            self._stand()

    def _stand(self) -> None:
        if self._at < len(self._events):
            self._row.put(self._events[self._at])


def _source(event: Event) -> str | None:
    return None if event.hidden is None else event.hidden.source


def _window_before(start: Bounds, limit: Limit) -> tuple[Number, Number]:
    """What may keep the limit up to `start` does not end before the first instant, nor begin after the last."""
    more = int(limit.exclusive)
    since = -INFINITY if limit.at_most is None else plus(minus(start.low, limit.at_most), more)
    return since, INFINITY if limit.at_least is None else minus(minus(start.high, limit.at_least), more)


def _window_after(end: Bounds, limit: Limit) -> tuple[Number, Number]:
    """The same from `end` on."""
    more = int(limit.exclusive)
    since = -INFINITY if limit.at_least is None else plus(plus(end.low, limit.at_least), more)
    if limit.at_most is None or not is_finite(limit.at_most):
        return since, INFINITY
    return since, minus(plus(end.high, limit.at_most), more)


def window_of(instant: Bounds, limit: Limit, *, before: bool) -> tuple[Number, Number]:
    """What may keep the limit before, or after, an instant touches the span from the first to the last of these."""
    return _window_before(instant, limit) if before else _window_after(instant, limit)


def sure_window_of(instant: Bounds, limit: Limit, *, before: bool) -> tuple[Number, Number]:
    """What surely does lies in it."""
    low, high = Bounds.exactly(instant.low), Bounds.exactly(instant.high)
    return window_of(high, limit, before=before)[0], window_of(low, limit, before=before)[1]


def _different(*rows: "Row") -> Iterable["Row"]:
    return {id(row): row for row in rows}.values()


def _apart(limit: Limit) -> bool:
    """Whether of two sides of a limit no quantity breaks both."""
    least, most = limit.at_least, limit.at_most
    return least is None or most is None or (least < most and most >= int(limit.exclusive))


class Row:
    """Events in order: where among them those are that can matter."""

    def __init__(self, pairs: list[Pair]) -> None:
        self.pairs = pairs
        self.starts = [event.earliest for event, _ in pairs]
        self._gone: set[int] = set()
        self._trees: list[tuple[Lowest, Sequence[Number], Sequence[int]]] = []
        """Each with its numbers, and where among these that of an event stands."""
        self._out: tuple[list[int], list[int]] | None = None
        """When those that are taken out begin, and when they end, in order."""

    # ---- what is taken out ----

    def take(self, event: Event) -> None:
        """Take an event out, if it is one of these and not yet out."""
        at = self._places.get(event, -1)
        if at < 0 or at in self._gone:
            return
        self._gone.add(at)
        for tree, _, turns in self._trees:
            tree.take(turns[at])
        if self._out is not None:
            insort(self._out[0], self.starts[at])
            insort(self._out[1], self._ends[at])

    def put(self, event: Event) -> None:
        """Put it back."""
        at = self._places.get(event, -1)
        if at not in self._gone:
            return
        self._gone.remove(at)
        for tree, values, turns in self._trees:
            tree.put(turns[at], values[turns[at]])
        if self._out is not None:
            del self._out[0][bisect_left(self._out[0], self.starts[at])]
            del self._out[1][bisect_left(self._out[1], self._ends[at])]

    def _tree(self, values: Sequence[Number], turns: Sequence[int]) -> Lowest:
        tree = Lowest(values, [turns[at] for at in self._gone])
        self._trees.append((tree, values, turns))
        return tree

    def _next(self, low: int, high: int, skip: int) -> int:
        """The first but one of a part of the row, or -1."""
        at = low + (low == skip)
        if self._gone:
            return _first(self._early, low, high, INFINITY, skip)
        return at if at < high else -1

    @cached_property
    def _ends(self) -> list[int]:
        return [event.latest for event, _ in self.pairs]

    @cached_property
    def _places(self) -> dict[Event, int]:
        return {event: at for at, (event, _) in enumerate(self.pairs)}

    @cached_property
    def _early(self) -> Lowest:
        """Tells who ends early."""
        return self._tree(self._ends, range(len(self.pairs)))

    @cached_property
    def _late(self) -> Lowest:
        """Tells who ends late: by numbers that are the lower the later."""
        return self._tree([-end for end in self._ends], range(len(self.pairs)))

    @cached_property
    def _by_end(self) -> tuple[list[int], list[int], Lowest]:
        """When they end, in order; the place of each of these; and what tells which of them come early in the row."""
        places = sorted(range(len(self.pairs)), key=self._ends.__getitem__)
        turns = [0] * len(places)
        for turn, place in enumerate(places):
            turns[place] = turn
        return [self._ends[place] for place in places], places, self._tree(places, turns)

    def _place(self, item: object) -> int:
        return self._places.get(item, -1) if isinstance(item, Event) else -1

    def at(self, places: Iterable[int]) -> Iterator[tuple[Event, Pair]]:
        """What is at these places; at -1 nothing is."""
        return ((self.pairs[at][0], self.pairs[at]) for at in places if at >= 0)

    # ---- what comes first ----

    def head(self, asked: Number, item: object) -> Iterator[int]:
        """The first that begins by the instant asked."""
        first = self._next(0, len(self.pairs), self._place(item))
        if first >= 0 and self.starts[first] <= asked:
            yield first

    def ending_from(self, instant: Number, item: object) -> Event | None:
        """The first event but the item that does not end before an instant."""
        at = _first(self._late, 0, len(self.pairs), minus(0, instant), self._place(item))
        return self.pairs[at][0] if at >= 0 else None

    def beginning_from(self, instant: Number, item: object) -> Event | None:
        """The first event but the item that does not begin before an instant."""
        at = bisect_left(self.starts, instant)
        at += at < len(self.pairs) and self.pairs[at][0] is item
        return self.pairs[at][0] if at < len(self.pairs) else None

    def ending_by(self, asked: Number, by: Number, item: object) -> Event | None:
        """The last event but the item that begins by the instant asked and ends by another."""
        at = _last(self._early, 0, bisect_right(self.starts, asked), by, self._place(item))
        return self.pairs[at][0] if at >= 0 else None

    def one_of(self, span: Span, item: object) -> Iterator[int]:
        """The first that a span takes."""
        until = bisect_right(self.starts, span.until)
        at = _first(self._late, 0, until, minus(0, span.since), self._place(item))
        if at >= 0:
            yield at

    # ---- what touches a span of time ----

    def touching(self, since: Number, until: Number, skip: int = -1, low: int = 0) -> Iterator[int]:
        """Those that do not end before `since` nor begin after `until`."""
        found = self._late.all(low, bisect_right(self.starts, until), minus(0, since))
        return (at for at in found if at != skip)

    def is_touched(self, since: Number, until: Number) -> bool:
        """Whether there is one."""
        return any(True for _ in self.touching(since, until))

    def count(self, since: Number, until: Number) -> int:
        """How many they are."""
        if since > until:
            return sum(1 for _ in self.touching(since, until))
        if self._out is None:
            self._out = sorted(self.starts[at] for at in self._gone), sorted(self._ends[at] for at in self._gone)
        out = bisect_right(self._out[0], until) - bisect_left(self._out[1], since)
        return bisect_right(self.starts, until) - bisect_left(self._by_end[0], since) - out

    def last_end(self, until: Number) -> int:
        """When the last ends of those that do not begin after `until`, of which there is one."""
        return -int(self._late.least(0, bisect_right(self.starts, until)))

    def within(self, since: Number, begin: Number, end: Number) -> Iterator[int]:
        """Those that begin from `since` to `begin`, and end by `end`."""
        return self._early.all(bisect_left(self.starts, since), bisect_right(self.starts, min(begin, end)), end)

    # ---- what serves best ----

    def leading(self, asked: Number, start: Bounds, limit: Limit, item: object) -> Iterator[int]:
        """Of those that begin by the instant asked: where from one of them to `start` is to keep a limit."""
        until, skip = bisect_right(self.starts, asked), self._place(item)
        if until <= FEW:
            yield from (at for at in range(until) if at != skip and at not in self._gone)
            return
        since, by = _window_before(start, limit)
        if limit.at_most is not None and limit.at_least is not None:
            serving = list(self._midmost(until, start, limit, skip))
            serving = serving or list(self.touching(since, min(by, asked), skip))
            yield from serving
            if serving and _apart(limit):
                return
            too_early = _last(self._early, 0, until, minus(since, 1), skip)
            yield from self._beside(too_early, 0, minus(since, 1), skip)
            yield from self._soonest(bisect_left(self._by_end[0], since), until, skip)
        yield from self._ends_of(0, until, skip)
        yield from self._latest(0, until, -INFINITY, skip)
        yield from self._latest(0, until, since, skip)
        in_time = min(until, bisect_right(self.starts, by))
        yield _first(self._early, 0, in_time, _least(self._early, 0, in_time, skip), skip)

    def following(self, span: Span, end: Bounds, limit: Limit, item: object) -> Iterator[int]:
        """Of those that a span takes: where from `end` to one of them is to keep a limit."""
        until, skip = bisect_right(self.starts, span.until), self._place(item)
        if len(self.pairs) <= FEW:
            some = (at for at in range(until) if at != skip and at not in self._gone)
            yield from (at for at in some if self._ends[at] >= span.since)
            return
        more, most, least = int(limit.exclusive), limit.at_most, limit.at_least
        assert most is not None  # noqa: S101 - that there is an answer at all is asked in any case
        ends = self._by_end[0]
        begin = bisect_left(ends, span.since)
        enough, by = _window_after(end, limit)
        in_time, enough = min(until, bisect_right(self.starts, by)), max(span.since, enough)
        if least is not None and is_finite(most):
            late = minus(plus(end.low, most), more)
            if least + more > 0:
                soon = bisect_left(self.starts, plus(plus(end.high, least), more))
                serving = [at for at in [_first(self._early, soon, until, late, skip)] if at >= 0]
            else:
                serving = list(self._foremost(begin, bisect_right(ends, late), until, skip))
            if not serving and not is_finite(end.high):  # it is open how soon any is: how late they may be tells
                edge = bisect_right(ends, plus(plus(end.low, most), least))
                serving = [
                    *self._longest(bisect_left(ends, enough), edge, until, skip),
                    *self._soonest(edge, until, skip),
                ]
            serving = serving or list(self.touching(enough, min(by, span.until), skip))
            yield from serving
            if serving:
                return
            far = bisect_left(ends, enough)
            too_soon = _last(self._early, 0, until, minus(enough, 1), skip)
            if too_soon >= 0 and self.starts[too_soon] > end.high:
                yield from self._beside(too_soon, 0, minus(enough, 1), skip)
            else:
                yield from self._longest(begin, far, until, skip)
            yield from self._soonest(far, until, skip)
        first = _first(self._late, 0, until, minus(0, span.since), skip)
        if first < 0:
            return
        yield first
        yield from self._soonest(begin, until, skip)
        yield from self._soonest(begin, in_time, skip)
        if is_finite(most):
            served = bisect_right(ends, minus(plus(end.low, most), more))
            yield from self._foremost(begin, served, until, skip)
        if least is not None:
            yield from self._far(span, end, plus(plus(end.high, least), more), 0, until, enough, skip)

    def surely_following(self, span: Span, end: Bounds, limit: Limit, item: object) -> Iterator[int]:
        """The same of those that a span surely takes."""
        low, until = bisect_left(self.starts, span.surely), bisect_right(self.starts, span.until)
        skip = self._place(item)
        if until - low <= FEW:
            some = (at for at in range(low, until) if at != skip and at not in self._gone)
            yield from (at for at in some if self._ends[at] <= span.before)
            return
        more, most, least = int(limit.exclusive), limit.at_most, limit.at_least
        assert most is not None  # noqa: S101 - that there is an answer at all is asked in any case
        enough, by = _window_after(end, limit)
        in_time = max(low, min(until, bisect_right(self.starts, by)))
        if least is not None and is_finite(most):
            soon = max(low, bisect_left(self.starts, plus(plus(end.high, least), more)))
            soon = soon if least + more > 0 else low
            late = min(span.before, minus(plus(end.low, most), more))
            serving = [_first(self._early, soon, until, late, skip)]
            if serving == [-1]:
                found = self.touching(enough, min(by, span.until), skip, low)
                serving = [at for at in found if self._ends[at] <= span.before]
            yield from serving
            if serving:
                return
            short = min(span.before, minus(enough, 1))
            too_soon = _last(self._early, low, until, short, skip)
            start = low if too_soon >= 0 and self.starts[too_soon] <= end.high else -1
            yield from self._beside(too_soon, low, short, skip, start)
            soonest = min(span.before, _least(self._early, in_time, until, skip))
            yield _first(self._early, in_time, until, soonest, skip)
        yield _first(self._early, low, until, span.before, skip)
        for high in (until, in_time):
            yield _first(self._early, low, high, min(span.before, _least(self._early, low, high, skip)), skip)
        if is_finite(most):
            served = minus(plus(end.low, most), more)
            yield _first(self._early, low, until, min(span.before, served), skip)
        if least is not None:
            yield from self._far(span, end, plus(plus(end.high, least), more), low, until, enough, skip)

    def _midmost(self, until: int, start: Bounds, limit: Limit, skip: int) -> Iterator[int]:
        """Of those that surely keep both sides of a limit up to `start` the one that is farthest from breaking either.

        The later one begins, the more is left of the one side; the later it ends, the less of the other. So the search
        is for where what is left of the one, and of the other at best from there on, are nearest to each other.
        """
        least, most = limit.at_least, limit.at_most
        if least is None or most is None or not (is_finite(start.low) and is_finite(start.high)):
            return
        early, late = minus(start.high, most), minus(start.low, least)

        def left(at: int) -> tuple[Number, Number]:
            return minus(self.starts[at], early), minus(late, _least(self._early, at, until, skip))

        low, high = 0, until
        while low < high:
            at = (low + high) // 2
            one, other = left(at)
            low, high = (low, at) if one >= other else (at + 1, high)
        farthest = max(min(left(at)) for at in (low - 1, low) if 0 <= at < until)
        if farthest < int(limit.exclusive):
            return
        begins, ends = plus(early, farthest), minus(late, farthest)
        first, beyond = bisect_left(self.starts, begins), bisect_right(self.starts, begins)
        some = [at for at in range(first, min(beyond, until)) if at != skip and at not in self._gone]
        some = [at for at in some if self._ends[at] <= ends]
        if some:
            yield max(some, key=lambda at: (self._ends[at], -at))
        order, places, tree = self._by_end
        last = bisect_right(order, ends)
        found = bisect_left(places, beyond, bisect_left(order, ends), last)
        found = tree.first(found + (places[found : found + 1] == [skip]), last, until - 1)
        if found >= 0:
            yield places[found]

    def _far(
        self, span: Span, end: Bounds, far: Number, low: int, until: int, enough: Number, skip: int
    ) -> Iterator[int]:
        """Where only a least time is asked for: the first from `far` on, and those that come nearest to it."""
        yield self._next(max(low, bisect_left(self.starts, far)), until, skip)
        for since in (enough, span.since):
            latest = _last(self._late, low, until, minus(0, since), skip)
            if latest >= 0 and self.starts[latest] > end.high:
                yield from self._latest(low, until, since, skip)
            else:
                yield _first(self._late, low, until, _least(self._late, low, until, skip), skip)

    def _ends_of(self, low: int, high: int, skip: int) -> Iterator[int]:
        """The first, the first to end and the last to end."""
        yield self._next(low, high, skip)
        for tree in (self._early, self._late):
            yield _first(tree, low, high, _least(tree, low, high, skip), skip)

    def _latest(self, low: int, high: int, since: Number, skip: int) -> Iterator[int]:
        """Of those that do not end before `since` the last to begin; of several the first, and the last to end."""
        last = _last(self._late, low, high, minus(0, since), skip)
        if last >= 0:
            begin = max(low, bisect_left(self.starts, self.starts[last]))
            yield _first(self._late, begin, last + 1, minus(0, since), skip)
            yield _first(self._late, begin, last + 1, _least(self._late, begin, last + 1, skip), skip)

    def _beside(self, last: int, low: int, most: Number, skip: int, begin: int = -1) -> Iterator[int]:
        """Of those that begin at once with one, and end by `most`: the last to end."""
        if last >= 0:
            begin = max(low, bisect_left(self.starts, self.starts[last])) if begin < 0 else begin
            some = [at for at in range(begin, last + 1) if at != skip and at not in self._gone]
            some = [at for at in some if self._ends[at] <= most]
            yield max(some, key=lambda at: (self._ends[at], -at))

    def _soonest(self, begin: int, until: int, skip: int) -> Iterator[int]:
        """The first to end, from one place in the order of ends on, of those before a place in the row."""
        _, places, early = self._by_end
        at = early.first(begin, len(places), until - 1)
        if at >= 0 and places[at] == skip:
            at = early.first(at + 1, len(places), until - 1)
        if at >= 0:
            yield places[at]

    def _longest(self, begin: int, far: int, until: int, skip: int) -> Iterator[int]:
        """The last to end, of a part of the order of ends, of those before a place in the row; of several the first."""
        ends, places, early = self._by_end
        at = early.last(begin, far, until - 1)
        if at >= 0 and places[at] == skip:
            at = early.last(begin, at, until - 1)
        if at >= 0:
            yield from self._soonest(bisect_left(ends, ends[at]), until, skip)

    def _foremost(self, begin: int, end: int, until: int, skip: int) -> Iterator[int]:
        """Of a part of the order of ends what comes first in the row, before a place in it."""
        early = self._by_end[2]
        least = early.least(begin, end)
        if least == skip:
            at = early.first(begin, end, skip)
            least = min(early.least(begin, at), early.least(at + 1, end))
        if least < until:
            yield int(least)


def _first(tree: Lowest, low: int, high: int, most: Number, skip: int) -> int:
    at = tree.first(low, high, most)
    return tree.first(at + 1, high, most) if at == skip and at >= 0 else at


def _last(tree: Lowest, low: int, high: int, most: Number, skip: int) -> int:
    at = tree.last(low, high, most)
    return tree.last(low, at, most) if at == skip and at >= 0 else at


def _least(tree: Lowest, low: int, high: int, skip: int) -> Number:
    if low <= skip < high:
        return min(tree.least(low, skip), tree.least(skip + 1, high))
    return tree.least(low, high)
