"""Sources that disagree: what another party observed and the log does not show, and what then cannot be concluded.

A rule is judged on the log as it is, and once more on the log as it would be if the observations were true that it
contradicts. What only one of the two shows is inconclusive; neither side is believed in silence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from checker.bounds import is_finite
from checker.catalogue import Catalogue
from checker.event import UNKNOWN, Event
from checker.interval import Between, Spell, key_of
from checker.measure import Level, Rule, Spacing, Standing, Total
from checker.obligation import Obligation, Verdict, decide
from checker.pairing import Intervals
from checker.timeline import complement
from checker.trace import Trace

CONTRADICTION = "contradiction"


class Claim(NamedTuple):
    """What would have been recorded if an observation were true of a time for which the log excludes it.

    An opening and a closing; or, if it was one with the interval that the log has before (or after) it, not the
    record that `ended` that one (or `began` it).
    """

    opening: Event
    closing: Event
    ended: Event | None
    began: Event | None


def contradicted(trace: Trace, spells: Iterable[Spell], catalogue: Catalogue) -> list[Claim]:
    """A claim for each part of an observation in which no such interval can have been going on."""
    intervals = Intervals(trace)
    claims: list[Claim] = []
    for spell in spells:
        if not isinstance(spell, Between) or spell.observed_by is None:
            continue
        for seen in intervals.of(spell.observed_by):
            first, last = seen.possibly
            first, last = max(first, trace.observed_from), min(last, trace.observed_until)
            event = seen.opening
            if event is None or not (
                seen.certain and event.authentic and seen.start.known and is_finite(seen.end.high)
            ):
                continue
            shown = intervals.cover(spell, event.get, first, last).possibly
            for start, end in complement(shown, first, last):
                opening = _claim(event, spell.opens.types, start, spell, catalogue)
                closing = _claim(event, spell.closes.types, end, spell, catalogue)
                near = intervals.supporting(spell, event.get, start, end, None)
                ended = next((i.closing for i in near if i.end.high == start and i.closing is not None), None)
                began = next((i.opening for i in near if i.start.low == end and i.opening is not None), None)
                claims.append(Claim(opening, closing, ended, began))
    return claims


def _claim(seen: Event, types: frozenset[str] | None, at: int, spell: Between, catalogue: Catalogue) -> Event:
    """A record that nobody wrote: of its fields only those that say of what it is are known."""
    name = min(types or {""})
    values: dict[str, Any] = dict.fromkeys(catalogue.fields_of(name), UNKNOWN)
    values |= {**dict(key_of(seen.get, spell.per)), "type": name, "time": at}
    return Event(seen.record, at, at, name, seen.subject, values)


def supposed(trace: Trace, claims: Sequence[Claim]) -> list[Trace]:
    """The traces that there might be if the claims were true: of intervals apart, and of such as the log cuts short."""
    worlds = []
    if claims:
        worlds.append(_with(trace, [event for one in claims for event in (one.opening, one.closing)], set()))
    if any(one.ended or one.began for one in claims):
        more = [one.opening for one in claims if one.ended is None]
        more += [one.closing for one in claims if one.began is None]
        gone = {event for one in claims for event in (one.ended, one.began) if event is not None}
        worlds.append(_with(trace, more, gone))
    return worlds


def _with(trace: Trace, more: Iterable[Event], gone: set[Event]) -> Trace:
    events = [*(event for event in trace.events if event not in gone), *more]
    return replace(trace, events=sorted(events, key=lambda event: (event.earliest, event.latest)))


def is_claim(event: Event) -> bool:
    """Whether no record says this, but an observation of another kind."""
    return event.hidden is None and event.type != event.record.type


def weighed(rule: Rule, ours: list[Obligation], theirs: list[Obligation]) -> list[Obligation]:
    """What the log shows, and inconclusive where it would be otherwise if the observations were true."""
    supposed: dict[Any, list[Obligation]] = {}
    for other in theirs:
        supposed.setdefault(cause_of(rule, other), []).append(other)
    known: dict[Any, list[Obligation]] = {}
    for one in ours:
        known.setdefault(cause_of(rule, one), []).append(one)
    told: list[Obligation] = []
    for one in ours:
        cause = cause_of(rule, one)
        others = supposed.get(cause, [])
        broken = [other for other in others if other.verdict is Verdict.VIOLATED]
        if one.verdict is Verdict.VIOLATED and not any(meet(one, other) for other in broken):
            told.append(_open(rule, one, others))
        elif one.verdict in (Verdict.SATISFIED, Verdict.PENDING):
            more = [o for o in others if o.verdict is not Verdict.SATISFIED and not _shown(o, known[cause])]
            worse = [o for o in more if o.verdict is Verdict.VIOLATED] or more
            told += [_open(rule, replace(other, occasion=one.occasion), [one]) for other in worse] or [one]
        else:
            told.append(one)
    number = max((one.occasion for one in ours), default=-1) + 1
    for cause, others in supposed.items():
        own = known.get(cause, [])
        for other in others:
            new = not own or (
                all(one.verdict in (Verdict.VIOLATED, Verdict.INCONCLUSIVE) for one in own)
                and other.verdict is Verdict.VIOLATED and not any(meet(one, other) for one in own)
            )  # fmt: skip
            if new and other.verdict in (Verdict.VIOLATED, Verdict.INCONCLUSIVE):
                told.append(_open(rule, replace(other, occasion=number), []))
                number += 1
    return told


def _shown(other: Obligation, own: Iterable[Obligation]) -> bool:
    """Whether the log alone says the same."""
    return any(one.verdict is other.verdict and meet(one, other) for one in own)


def cause_of(rule: Rule, one: Obligation) -> Any:
    """What makes two obligations speak of the same: the records that raise it, else the group."""
    measure = rule.measure
    if isinstance(measure, (Total, Level, Standing)) or (isinstance(measure, Spacing) and measure.edges):
        per = () if isinstance(measure, Standing) else measure.per
        window = one.due if isinstance(measure, Total) and measure.window.unit is not None else None
        return (one.key, one.subject if "subject" in per else None, window)
    records = tuple((w.event.type, id(w.event.record)) for w in one.witnesses if w.role in _RAISING)
    return (records, one.key, dict(one.fact).get("roles"))


_RAISING = ("trigger", "opening", "possible opening", "previous")


def meet(one: Obligation, other: Obligation) -> bool:
    """Whether there is an instant that both are about."""
    return one.start <= other.end and other.start <= one.end


def _open(rule: Rule, one: Obligation, others: Iterable[Obligation]) -> Obligation:
    measured = one.measured
    for other in others:
        if other.unit == one.unit:
            measured = measured.or_(other.measured)
    decision = decide(measured, rule.limit, certain=False)
    return replace(one, measured=measured, decision=decision, reason=CONTRADICTION)
