"""What a timeline shows: intervals by asset and name, the limits they have, gaps, and the records that are cited.

Made of a check only where a format draws it. It decides nothing: intervals are paired as for the verdicts.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain, islice
from typing import Any, NamedTuple, get_args

from checker import calendaring
from checker.bounds import INFINITY, Number, is_finite, plus
from checker.event import Event, Record, Unknown
from checker.interval import FAR, Interval, Recurring, Spell, Stated
from checker.limits import limit
from checker.measure import Length, OnIntervals
from checker.needed import rules_of
from checker.obligation import cited
from checker.pairing import Intervals
from checker.pipeline import Check, plain_text
from checker.report import GapOf, IntervalOf, Report, Timeline, WitnessOf
from checker.timeline import DAY, MAX_INSTANT, format_instant

MOST = limit("drawn")
"""So many intervals, and so many gaps, are drawn at most."""
MOST_RECORDS = limit("records_repeated")
MAX_WITNESSES = limit("records_of_a_finding")
"""Of so many citations the records are told at most, and of so many of one finding."""

_SPELLS = get_args(Spell)


class _Limit(NamedTuple):
    """How long a named interval may last (µs), by which constraint, and for which of them it is in force."""

    constraint: str
    most: Number
    start: Number
    end: Number


def chart(check: Check, report: Report) -> Timeline:
    """What went on in the log of a check, and the records that its report cites."""
    held = bool(check.trace.events) or check.trace.empty
    intervals = list(_intervals(check)) if held else []
    intervals.sort(key=lambda i: (i.subject or "", i.name, i.within, i.key))
    gaps = [
        GapOf(gap.source, gap.start, gap.end, None if gap.missing == INFINITY else int(gap.missing), gap.reason)
        for gap in check.trace.gaps
    ]
    left_out = max(0, len(intervals) - MOST) + max(0, len(gaps) - MOST)
    if calendaring.too_long(check.trace.beginning, check.trace.observed_until):  # at least one of each calendar
        left_out += sum(isinstance(spell, Recurring) for spell in _named(check).values())
    return Timeline(held, intervals[:MOST], gaps[:MOST], left_out, _records(check, report))


def _intervals(check: Check) -> Iterator[IntervalOf]:
    trace = check.trace
    found = Intervals(trace)
    limits = _limits(check)
    low, high = trace.beginning, trace.observed_until
    for name, spell in _named(check).items():
        if isinstance(spell, Recurring):
            for span in spell.calendar.spans(low, min(high, low + calendaring.MOST * DAY)):
                yield IntervalOf(None, name, "", span, span, False, [], [])
            continue
        for interval in found.of(spell):
            if not interval.hidden and not _endless(spell) and interval.start.low <= high:
                yield _interval(name, interval, limits.get(name, ()), (low, high))


def _endless(spell: Spell) -> bool:
    """Whether it says no more than that something has been: it never ends."""
    return isinstance(spell, Stated) and spell.end is None and spell.lasts is None


def _interval(name: str, interval: Interval, limits: Any, observed: tuple[int, int]) -> IntervalOf:
    low, high = observed
    start, end = interval.start, interval.end
    within = (int(start.low) if is_finite(start.low) else low, int(end.high) if is_finite(end.high) else high)
    surely = None
    if interval.certain and is_finite(start.high) and start.high <= end.low:
        surely = (int(start.high), int(end.low) if is_finite(end.low) else high)
    reached = [
        (int(plus(start.high, limit.most)), limit.constraint)
        for limit in limits
        if is_finite(start.high)
        and limit.start <= start.high < limit.end
        and plus(start.high, limit.most) <= MAX_INSTANT  # later ones cannot be told
    ]
    records = [
        _cited(role, event.record)
        for role, event in (("opening", interval.opening), ("closing", interval.closing))
        if event is not None and event.hidden is None
    ]
    key = ", ".join(str(told) for field, value in interval.key if field != "subject" and (told := plain_text(value)))
    return IntervalOf(interval.subject, name, key, surely, within, interval.going_on, reached, records)


def _cited(role: str, record: Record) -> WitnessOf:
    place = record.location
    return WitnessOf(role, place.file, place.line, record.id, format_instant(record.earliest), record.type)


def _limits(check: Check) -> dict[str, list[_Limit]]:
    """How long intervals may last, by their name."""
    found: dict[str, list[_Limit]] = {}
    for constraint in check.rulebook.constraints:
        for clause in constraint.clauses:
            for rule in clause.rules:
                most = rule.limit.at_most
                if isinstance(rule.on, OnIntervals) and isinstance(rule.measure, Length) and most and most < FAR:
                    limit = _Limit(constraint.id, most, rule.start, rule.end)
                    if limit not in found.setdefault(rule.on.spell.name, []):
                        found[rule.on.spell.name].append(limit)
    return found


def _named(check: Check) -> dict[str, Spell]:
    """The named intervals that constraints speak of, in the order in which they do."""
    found: dict[str, Spell] = {}

    def visit(part: Any) -> None:
        if isinstance(part, _SPELLS) and part.name:
            found.setdefault(part.name, part)
        elif isinstance(part, tuple):
            for inner in part:
                visit(inner)

    for rule in rules_of(check.rulebook):
        visit(rule)
    return found


# ---- the records themselves ----


def _records(check: Check, report: Report) -> dict[tuple[str, int], str]:
    """What the records that a report cites say, by log and line; of the first that it cites, if they are many."""
    cited_by = chain((w.witnesses for w in report.waivers), (f.witnesses for f in report.findings))
    places = ((w.log, w.line) for witnesses in cited_by for w in witnesses[:MAX_WITNESSES])
    found = dict.fromkeys(islice(places, MOST_RECORDS), "")
    left = len(found)
    for event in _events(check) if found else ():
        place = (event.record.location.file, event.record.location.line)
        if found.get(place) == "":
            found[place] = told(event.record)
            left -= 1
            if not left:
                break  # where nothing is held, all that follows would be judged anew
    return {place: text for place, text in found.items() if text}


def _events(check: Check) -> Iterator[Event]:
    yield from check.trace.events
    for change in check.corrections:
        yield change.by
    invoked = [one.use.activity.witnesses for one in check.waivers if one.use is not None]
    obligations = (judged.obligation.witnesses for part in check.found() for judged in part.judged)
    for witness in cited(witness for witnesses in chain(invoked, obligations) for witness in witnesses):
        gap = witness.event.hidden
        if gap is None:
            yield witness.event
        else:
            yield from (event for event in (gap.before, gap.after) if event is not None)


def told(record: Record) -> str:
    """A record as it was read, as one line of JSON."""
    envelope = {
        "id": record.id, "source": record.source, "seq": record.seq, "time": format_instant(record.earliest),
        "type": record.type, "subject": record.subject, "recorded_at": _instant(record.recorded_at),
        "received_at": _instant(record.received_at), "data": record.data or None,
    }  # fmt: skip
    return _json({**{name: value for name, value in envelope.items() if value is not None}, **record.extra})


def _instant(us: int | None) -> str | None:
    return None if us is None else format_instant(us)


def _json(value: Any) -> str:
    """JSON that keeps the digits of a number as they are."""
    import json

    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(n), ensure_ascii=False)}: {_json(v)}" for n, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_json, value)) + "]"
    if isinstance(value, Unknown):
        return "null"
    if value is None or isinstance(value, (str, bool, int)):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, (float, Decimal)) else json.dumps(str(value), ensure_ascii=False)
