"""Sources that disagree: what another party observed and the log does not show, and what then cannot be concluded.

A rule is judged on the log as it is, and once more on the log as it would be if the observations were true that it
contradicts. What only one of the two shows is inconclusive; neither side is believed in silence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

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


def contradicted(trace: Trace, spells: Iterable[Spell], catalogue: Catalogue) -> list[Event]:
    """What would have been recorded if observations were true of intervals that the log excludes.

    For each part of an observation in which no such interval can have been going on, an opening and a closing.
    """
    intervals = Intervals(trace)
    claims: list[Event] = []
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
                claims.append(_claim(event, spell.opens.types, start, spell, catalogue))
                claims.append(_claim(event, spell.closes.types, end, spell, catalogue))
    return claims


def _claim(seen: Event, types: frozenset[str] | None, at: int, spell: Between, catalogue: Catalogue) -> Event:
    """A record that nobody wrote: of its fields only those that say of what it is are known."""
    name = min(types or {""})
    values: dict[str, Any] = dict.fromkeys(catalogue.fields_of(name), UNKNOWN)
    values |= {**dict(key_of(seen.get, spell.per)), "type": name, "time": at}
    return Event(seen.record, at, at, name, seen.subject, values)


def supposing(trace: Trace, claims: Sequence[Event]) -> Trace:
    """The trace as it would be if the claims were true."""
    return replace(trace, events=sorted([*trace.events, *claims], key=lambda event: (event.earliest, event.latest)))


def is_claim(event: Event) -> bool:
    """Whether no record says this, but an observation of another kind."""
    return event.hidden is None and event.type != event.record.type


def weighed(rule: Rule, ours: list[Obligation], theirs: list[Obligation]) -> list[Obligation]:
    """What the log shows, and inconclusive where it would be otherwise if the observations were true."""
    supposed: dict[Any, list[Obligation]] = {}
    for other in theirs:
        supposed.setdefault(_cause(rule, other), []).append(other)
    told: list[Obligation] = []
    known: dict[Any, list[Obligation]] = {}
    for one in ours:
        known.setdefault(_cause(rule, one), []).append(one)
        others = supposed.get(_cause(rule, one), [])
        broken = [other for other in others if other.verdict is Verdict.VIOLATED]
        if one.verdict is Verdict.VIOLATED and not any(_meet(one, other) for other in broken):
            told.append(_open(rule, one, others))
        elif one.verdict in (Verdict.SATISFIED, Verdict.PENDING) and broken:
            told += [_open(rule, replace(other, occasion=one.occasion), [one]) for other in broken]
        else:
            told.append(one)
    number = max((one.occasion for one in ours), default=-1) + 1
    for cause, others in supposed.items():
        own = known.get(cause, [])
        for other in others:
            new = not own or (
                all(one.verdict in (Verdict.VIOLATED, Verdict.INCONCLUSIVE) for one in own)
                and other.verdict is Verdict.VIOLATED and not any(_meet(one, other) for one in own)
            )  # fmt: skip
            if new and other.verdict in (Verdict.VIOLATED, Verdict.INCONCLUSIVE):
                told.append(_open(rule, replace(other, occasion=number), []))
                number += 1
    return told


def _cause(rule: Rule, one: Obligation) -> Any:
    """What makes two obligations speak of the same: the records that raise it, else the group."""
    measure = rule.measure
    if isinstance(measure, (Total, Level, Standing)) or (isinstance(measure, Spacing) and measure.edges):
        per = () if isinstance(measure, Standing) else measure.per
        return (one.key, one.subject if "subject" in per else None)
    records = tuple((w.event.type, id(w.event.record)) for w in one.witnesses if w.role in _RAISING)
    return (records, one.key, dict(one.fact).get("roles"))


_RAISING = ("trigger", "opening", "possible opening", "previous")


def _meet(one: Obligation, other: Obligation) -> bool:
    return one.start <= other.end and other.start <= one.end


def _open(rule: Rule, one: Obligation, others: Iterable[Obligation]) -> Obligation:
    measured = one.measured
    for other in others:
        if other.unit == one.unit:
            measured = measured.or_(other.measured)
    decision = decide(measured, rule.limit, certain=False)
    return replace(one, measured=measured, decision=decision, reason=CONTRADICTION)
