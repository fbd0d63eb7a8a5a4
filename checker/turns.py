"""Openings and closings of one key in their order, where some records do not say exactly when they were written."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from checker.event import REDUCED, Event, Gap
from checker.interval import Between, Key
from checker.limits import limit
from checker.walk import Hole, Mark

_MOST = limit("orders")
"""Of how many records at most every order is tried."""


def in_turn(marks: Sequence[Mark], key: Key, spell: Between, gaps: bool) -> tuple[list[Mark], list[Hole]]:
    """The records in order, and those of which no place in it is certain, as gaps that may hide them.

    A record that says its minute or its day alone may stand anywhere among those of that time. If nothing is missing,
    openings and closings take turns: where that leaves one order, it is that one.
    """
    ordered = sorted(marks, key=lambda mark: mark[:3])
    if spell.switches:
        ordered = list(_by_number(ordered))
    if all(mark[4].earliest == mark[4].latest for mark in ordered):
        return ordered, []
    found: list[Mark] = []
    holes: list[Hole] = []
    for cluster in _clusters(ordered):
        if all(not _is_wide(mark) for mark in cluster) or all(_known_order(a[4], b[4]) for a, b in pairwise(cluster)):
            found += cluster
            continue
        plain = all(mark[3] in ("open", "close") and mark[5] and mark[4].authentic for mark in cluster)
        orders: list[list[Mark]] = []
        if plain and not (gaps or holes or spell.continues) and len(cluster) <= _MOST:
            orders = [order for going_on in _after(found) for order in _orders(cluster, going_on)]
            if len(orders) == 1:
                found += orders[0]
                continue
        turns = bool(orders)
        for mark in cluster:
            if not _is_wide(mark):
                found.append(mark)
            elif mark[3] in ("open", "close"):  # where they do not take turns, it shows that another is missing
                gap = Gap(mark[4].record.source, mark[4].earliest, mark[4].latest, 1 if turns else 2, reason=REDUCED)
                holes.append(Hole(gap, key, not turns or mark[3] == "open", not turns or mark[3] == "close"))
    return found, holes


def _after(marks: Sequence[Mark]) -> list[bool]:
    """Whether something may go on after these, as the walk through them says; both if they leave that open."""
    states = {False}
    closed: int | None = None
    for at, _, _, role, event, sure in marks:
        brief = role == "open" and closed == at  # with a closing that found nothing open it lasted no time
        closed = at if role == "close" and states == {False} else None
        after = {False} if role in ("close", "latest") or brief else {True}
        states = after if sure and event.authentic else states | after
    if not any(sure and event.authentic for _, _, _, _, event, sure in marks):
        states.add(True)  # it may have gone on since before the first record
    return sorted(states)


def _by_number(ordered: Sequence[Mark]) -> Iterator[Mark]:
    """Each switch says what goes on from then on, so that of several at one instant the last one written counts."""
    for _, group in groupby(ordered, key=lambda mark: mark[0]):
        marks = list(group)
        numbers = [(mark[4].record.source, mark[4].record.seq) for mark in marks]
        if len({source for source, _ in numbers}) == 1 and all(seq is not None for _, seq in numbers):
            marks.sort(key=lambda mark: (mark[4].record.seq or 0, mark[1]))
        yield from marks


def _known_order(one: Event, two: Event) -> bool:
    """Whether two records of one clock, which its error moves together, say in which order they were made."""
    written = [event.record if event.amended is None else event.amended.record for event in (one, two)]
    first, second = written
    if first.source != second.source or any(record.earliest != record.latest for record in written):
        return False
    if first.seq is None or second.seq is None or first.seq == second.seq:
        return True
    return (first.seq < second.seq) == (first.earliest <= second.earliest)


def _is_wide(mark: Mark) -> bool:
    return mark[4].earliest < mark[4].latest


def _clusters(ordered: Sequence[Mark]) -> Iterator[list[Mark]]:
    """Runs of records each of which may have been written at the time of another."""
    cluster: list[Mark] = []
    reach = 0
    for mark in ordered:
        if cluster and mark[0] > reach:
            yield cluster
            cluster = []
        reach = max(reach, mark[4].latest) if cluster else mark[4].latest
        cluster.append(mark)
    if cluster:
        yield cluster


def _opened_with(close: Mark, later: Sequence[Mark]) -> Mark | None:
    """The opening at the very instant of a closing that finds nothing open: together they lasted no time."""
    exact = next((mark for mark in later if not _is_wide(mark)), None)
    tied = exact is not None and (close[3], exact[3]) == ("close", "open") and close[0] == exact[0]
    return exact if tied else None


def _orders(cluster: Sequence[Mark], going_on: bool) -> Iterator[list[Mark]]:
    """Up to two of the orders in which openings and closings take turns, and none comes before its time."""

    def after(done: list[Mark], left: list[Mark], reached: int, going_on: bool) -> Iterator[list[Mark]]:
        if not left:
            yield done
        exact = False
        for at, mark in enumerate(left):
            if not _is_wide(mark):
                if exact:
                    continue  # those that say when they were written stay in their order
                exact = True
                brief = None if going_on else _opened_with(mark, left[at + 1 :])
                if brief is not None and mark[0] >= reached:
                    rest = [other for other in left if other is not mark and other is not brief]
                    yield from after([*done, mark, brief], rest, mark[0], False)
            if (mark[3] == "close") is going_on and mark[4].latest >= reached:
                rest = left[:at] + left[at + 1 :]
                yield from after([*done, mark], rest, max(reached, mark[4].earliest), not going_on)

    for count, order in enumerate(after([], list(cluster), cluster[0][4].earliest, going_on)):
        if count < 2:
            yield order
        else:
            return
