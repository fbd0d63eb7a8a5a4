"""Where records are missing: how a log shows it, and what a rulebook says of what may be missing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from checker.bounds import INFINITY, Number, plus
from checker.event import UNREADABLE, Event, Gap, Rejected, hidden_in
from checker.limits import limit
from checker.pattern import Pattern, Registers
from checker.quick import dataclass


@dataclass(frozen=True)
class Missing:
    """What a rulebook says of missing records.

    `never` names types of which none is hidden by a gap: more than one party holds them. `assets_shown`: a missing
    record is about an asset that records of its source show. `sources` are those that must have written something.
    `heartbeat` is what each source writes at least `every` so often (µs) if nothing of its is missing. `declared`
    are records that say that from one of their fields to another (`starts`, `ends`) records are missing.
    """

    never: frozenset[str] = frozenset()
    assets_shown: bool = False
    sources: tuple[str, ...] = ()
    heartbeat: Pattern | None = None
    every: int | None = None
    declared: Pattern | None = None
    starts: str = ""
    ends: str = ""


def gaps_in(
    events: Sequence[Event],
    missing: Missing,
    span: tuple[int, int],
    registers: Registers,
    unreadable: Iterable[Rejected] = (),
) -> list[Gap]:
    """Every gap, in order: missing numbers, silent and absent sources, what records declare, what was unreadable.

    The record after missing sequence numbers gets the field `missing_before`: how many there are.
    """
    by_source: dict[str, list[Event]] = {}
    for event in events:
        if event.record.source is not None:
            by_source.setdefault(event.record.source, []).append(event)
    gaps = [gap for source in sorted(by_source) for gap in _numbers_missing(source, by_source[source])]
    numbered = {source for source, ours in by_source.items() if all(event.record.seq is not None for event in ours)}
    for source in missing.sources:
        if source not in by_source:
            gaps.append(Gap(source, *span, INFINITY))
    if missing.heartbeat is not None and missing.every is not None:
        for source in sorted(by_source):
            beats = [e for e in by_source[source] if missing.heartbeat.test(e, registers) and e.authentic]
            if beats or source in missing.sources:
                gaps += _silences(source, by_source[source], beats, missing.every, span, source in numbered)
    if missing.declared is not None:
        for event in events:
            if missing.declared.test(event, registers) is not False:
                gaps.append(_declared(event, missing, span))
    return in_order([*gaps, *unreadable_gaps(unreadable, span)], missing)


def in_order(gaps: Iterable[Gap], missing: Missing) -> list[Gap]:
    """All gaps in order, none of which hides what none can; of too many those next to each other as one."""
    found = sorted((replace(gap, never=missing.never) for gap in gaps), key=_order)
    most = limit("gaps")
    if len(found) <= most:
        return found
    groups: dict[tuple[str | None, str], list[Gap]] = {}
    for gap in found:
        groups.setdefault((gap.source, gap.reason), []).append(gap)
    if len(groups) > most // 2:  # too many sources: whose it is that is missing is left open
        groups = {}
        for gap in found:
            groups.setdefault((None, gap.reason), []).append(gap)
    many = -(-len(found) // max(1, most - len(groups)))
    parts = (group[at : at + many] for group in groups.values() for at in range(0, len(group), many))
    return sorted(map(_together, parts), key=_order)


def _order(gap: Gap) -> tuple[int, int, str, Number]:
    return gap.start, gap.end, gap.source or "", gap.missing


def _together(gaps: Sequence[Gap]) -> Gap:
    """One gap that hides all that these hide, somewhere from the first to the last of them."""
    first, *others = gaps
    alike = all(gap.source == first.source for gap in others)
    missing: Number = 0
    for gap in gaps:
        missing = plus(missing, gap.missing)
    before, after = (_outermost([gap.before for gap in gaps], -1), _outermost([gap.after for gap in gaps], 1))
    return replace(
        first, source=first.source if alike else None, end=max(gap.end for gap in gaps), missing=missing,
        before=before if alike else None, after=after if alike else None, places=sum(gap.places for gap in gaps),
    )  # fmt: skip


def _outermost(events: Sequence[Event | None], sign: int) -> Event | None:
    """The record of the lowest number (`sign` -1) or the highest one, if all of them are there and have one."""
    numbers = [None if event is None else event.record.seq for event in events]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return events[0] if len(events) == 1 else None
    return events[numbers.index(max(known) if sign > 0 else min(known))]


def told_together(gaps: Sequence[Gap], shown: Mapping[str | None, Collection[str]], missing: Missing) -> list[str]:
    """What a reader should know of how gaps were told apart."""
    told = []
    if any(gap.places > 1 for gap in gaps):
        many = sum(gap.places for gap in gaps)
        told.append(
            f"of {many:,} places where records are missing those next to each other are taken as one, {len(gaps):,} "
            "in all: what rests on them may stay open for it"
        )
    if missing.assets_shown and not _tells_assets(gaps, shown):
        told.append(
            f"at each of {len(gaps):,} places where records are missing they may be about any asset, as there are too "
            "many of both: what rests on them may stay open for it"
        )
    return told


def _tells_assets(gaps: Sequence[Gap], shown: Mapping[str | None, Collection[str]]) -> bool:
    """Whether gaps and assets are few enough for each gap to hide something about each asset."""
    return sum(len(shown.get(gap.source, ())) for gap in gaps) <= limit("hidden_records")


def _numbers_missing(source: str, events: list[Event]) -> Iterable[Gap]:
    numbered = [event for event in events if event.record.seq is not None]
    numbered.sort(key=lambda event: event.record.seq or 0)
    for before, after in pairwise(numbered):
        if gap := between(source, before, after):
            yield gap


def between(source: str, before: Event, after: Event) -> Gap | None:
    """The gap between two records of a source, if numbers are missing; tells the later one how many."""
    count = (after.record.seq or 0) - (before.record.seq or 0) - 1
    if count <= 0:
        return None
    after.values["missing_before"] = count
    start = min(before.earliest, after.earliest)
    return Gap(source, start, max(before.latest, after.latest), count, before, after)


def _silences(
    source: str, events: list[Event], beats: list[Event], every: int, span: tuple[int, int], numbered: bool
) -> Iterable[Gap]:
    """Where a source was silent for too long; between numbers that go on by one, nothing can be missing."""
    marks: list[tuple[int, Event | None]] = [(span[0], None), *((b.earliest, b) for b in beats), (span[1], None)]
    for (since, before), (until, after) in pairwise(marks):
        if until - since > every:
            if numbered and before is not None and after is not None:
                continue  # the numbers tell whether records are missing there
            if numbered and after is None:
                before = max(events, key=lambda event: event.record.seq or 0)
                since = max(since, before.latest)
            elif numbered and before is None:
                after = min(events, key=lambda event: event.record.seq or 0)
                until = min(until, after.earliest)
            if until > since:
                yield Gap(source, since, until, INFINITY, before, after)


def unreadable_gaps(records: Iterable[Rejected], span: tuple[int, int]) -> Iterable[Gap]:
    """Where what could not be read belongs: at its time if that could be, else anywhere."""
    timeless: Number = 0
    counted: dict[tuple[int, int], int] = {}
    for record in records:
        if record.earliest is None or record.latest is None:
            timeless = plus(timeless, record.many)
        elif record.earliest <= span[1]:
            counted[record.earliest, record.latest] = counted.get((record.earliest, record.latest), 0) + 1
    if timeless:
        yield Gap(None, *span, timeless, reason=UNREADABLE)
    for (earliest, latest), count in counted.items():
        yield Gap(None, earliest, latest, count, reason=UNREADABLE)


def _declared(event: Event, missing: Missing, span: tuple[int, int]) -> Gap:
    ends = []
    for name, otherwise in ((missing.starts, span[0]), (missing.ends, span[1])):
        value = event.get(name)
        ends.append(value if isinstance(value, int) and not isinstance(value, bool) else otherwise)
    start, end = sorted(ends)
    return Gap(event.record.source, start, end, INFINITY, event, None)


def assets_of(events: Iterable[Event]) -> dict[str | None, set[str]]:
    """The assets that records of each source are about, and under None those of all."""
    shown: dict[str | None, set[str]] = {}
    for event in events:
        if event.subject is not None:
            for source in (event.record.source, None):
                shown.setdefault(source, set()).add(event.subject)
    return shown


def hidden_events(gaps: Sequence[Gap], shown: Mapping[str | None, Collection[str]], missing: Missing) -> list[Event]:
    """What the gaps may hide: about any asset, or each that is `shown` for the source."""
    found: list[Event] = []
    apart = missing.assets_shown and _tells_assets(gaps, shown)
    for gap in gaps:
        subjects: list[str | None] = [*sorted(shown.get(gap.source, ()))] if apart else []
        found += [event for subject in subjects or [None] for event in hidden_in(gap, subject)]
    return found
