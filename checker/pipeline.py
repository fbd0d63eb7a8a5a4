"""The line from logs and a rulebook to a report: the one function that everything else is a way to call."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from checker import clock
from checker.alike import MOST, SharedIds, sharing
from checker.arrival import Arrivals, arrived
from checker.backends import BACKENDS, Backend
from checker.bounds import INFINITY
from checker.constraint import Constraint
from checker.contradiction import contradicted
from checker.correction import Change, Corrected, corrected
from checker.errors import UsageError, nearest
from checker.event import UNREADABLE, Event, Gap, Rejected, Unknown
from checker.gaps import assets_of, gaps_in, hidden_events, told_together
from checker.judge import Judge, Known
from checker.logs import Log
from checker.measure import Clashes, Rule
from checker.needed import rules_of, to_be_named
from checker.obligation import Obligation, Passed, Verdict
from checker.pairing import narrowed
from checker.profile import NO_PROFILE, NoProfile
from checker.quick import dataclass
from checker.rulebook import Rulebook
from checker.timeline import format_duration, format_instant
from checker.trace import Trace, in_order
from checker.unnamed import withhold
from checker.waiver import (
    Excuse,
    Excuses,
    FindingWaiver,
    LeftOut,
    Use,
    Waiver,
    grant,
    leaves_out,
    left_out_of,
    uses_of,
)

_CAUSES = ("trigger", "opening", "possible opening")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One obligation with the constraint and rule it comes from; `clause` and `rule` count from 0.

    `twin` counts from 0 those of which nothing that lasts tells them apart.
    """

    constraint: Constraint
    rule: Rule
    place: tuple[int, int]
    obligation: Obligation
    excuse: Excuse | None = None
    twin: int = 0

    @property
    def verdict(self) -> Verdict:
        """The verdict that `decide` made, or what a waiver makes of it."""
        return self.obligation.verdict if self.excuse is None else self.excuse.verdict

    @property
    def finding_id(self) -> str:
        """Stable under unrelated changes of the log: made of the constraint, the asset, the instants and the cause.

        Of two records that must not agree, the other one is a part of it too.
        """
        parts = (self.constraint.id, self.place, *_identity(self.rule, self.obligation))
        parts += (self.twin,) if self.twin else ()
        return f"{self.constraint.id}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:10]}"


def told_apart(constraint: Constraint, rule: Rule, place: tuple[int, int], found: Iterable[Obligation]) -> list[Judged]:
    """What a rule demanded, so that each has an id of its own.

    Two that a gap may hide can begin alike, one of which may go on: they are told apart by their order. Those that are
    surely kept come last, since they are not always judged one by one; before them what no record shows, since who
    groups but some of the records may meet that first.
    """
    judged = [Judged(constraint, rule, place, obligation) for obligation in found]
    alike: dict[tuple[str | None, int, int], list[int]] = {}
    for at, one in enumerate(judged):
        o = one.obligation
        alike.setdefault((o.subject, o.at, o.start), []).append(at)
    for places in alike.values():
        if len(places) == 1:
            continue
        known: Counter[str] = Counter()
        for at in sorted(places, key=lambda at: _rank(judged[at].obligation)):
            name = repr(_identity(rule, judged[at].obligation))
            if known[name]:
                judged[at] = replace(judged[at], twin=known[name])
            known[name] += 1
    return judged


def _rank(o: Obligation) -> tuple[bool, bool]:
    return o.verdict is Verdict.SATISFIED, o.hidden


def _identity(rule: Rule, o: Obligation) -> tuple[Any, ...]:
    """What lasts of an obligation, whatever else the log holds."""
    record = next((w.event.record for w in o.witnesses if w.role in _CAUSES), None)
    cause = (record.type, record.source, record.seq, record.id) if record is not None else ()
    parts = (o.subject, _texts(o.key), o.at, o.start, cause, o.fact)
    return (*parts, _beside(o)) if isinstance(rule.measure, Clashes) else parts


def _beside(o: Obligation) -> list[Any]:
    """The records that one is compared with; a missing one by its gap."""
    told: list[Any] = []
    for witness in o.witnesses:
        if witness.role not in _CAUSES:
            record, gap = witness.event.record, witness.event.hidden
            when = record.earliest if gap is None else (gap.source, gap.start)
            told.append((record.type, record.source, record.seq, record.id, when))
    return told


@dataclass(frozen=True, slots=True, eq=False)
class Invoked:
    """A waiver and what it was claimed for: an activity, or (one by file) a finding; neither if it was not used."""

    waiver: Waiver | None = None
    use: Use | None = None
    granted: FindingWaiver | None = None
    state: str = "unused"
    note: str = ""
    finding: Judged | None = None


class Read(NamedTuple):
    """What a report tells of a log: its name, the digest of its bytes, its records, and what could not be read."""

    name: str
    digest: str
    records: int
    rejected: Sequence[Rejected]


class Found(NamedTuple):
    """A part of what a constraint demanded, and what came of it; no occasion is in two parts.

    `passed` is what was surely kept and is told together.
    """

    constraint: Constraint
    judged: Sequence[Judged]
    passed: Sequence[tuple[Rule, Passed]]


@dataclass(frozen=True)
class Check:
    """Everything that one check found out, before it is told."""

    rulebook: Rulebook
    logs: Sequence[Read]
    trace: Trace
    judged: Sequence[Judged]
    notices: Sequence[str]
    corrections: Sequence[Change] = ()
    as_of: int | None = None
    waivers: Sequence[Invoked] = ()
    passed: Mapping[str, Sequence[tuple[Rule, Passed]]] = field(default_factory=dict)
    """By constraint, what was surely kept and is told together."""
    streamed: Callable[[], Iterator[Found]] | None = None
    """Where there is too much to hold it: judges all constraints anew, part by part; then `judged` holds nothing."""

    def found(self) -> Iterator[Found]:
        """What each constraint demanded, in the order of the rulebook, in one or more parts each."""
        if self.streamed is not None:
            yield from self.streamed()
            return
        by_constraint: dict[str, list[Judged]] = {}
        for judged in self.judged:
            by_constraint.setdefault(judged.constraint.id, []).append(judged)
        for constraint in self.rulebook.constraints:
            yield Found(constraint, by_constraint.get(constraint.id, ()), self.passed.get(constraint.id, ()))


def run(
    logs: Sequence[Log],
    rulebook: Rulebook,
    *,
    observed_from: int | None = None,
    observed_until: int | None = None,
    as_of: int | None = None,
    backend: str | None = None,
    waivers: Sequence[FindingWaiver] = (),
    every: bool = True,
    profile: NoProfile = NO_PROFILE,
) -> Check:
    """Judge the logs by the rulebook, from the first record to the last unless told otherwise (µs, both included).

    With `as_of`, what was known at that instant is judged, and observation ends there at the latest. `every`: each
    occasion is judged on its own, even where it is plain that the limit was kept.
    """
    with profile.stage("events and gaps"):
        arrivals = arrived((record for log in logs for record in log.records), observed_until, as_of)
        unreadable = chain.from_iterable(log.rejected for log in logs)
        trace, notices, changes = trace_of(arrivals, rulebook, observed_from, arrivals.until, unreadable)
        spells = tuple(rulebook.definitions.intervals.values())
        claims = contradicted(trace, spells, rulebook.catalogue)
        wrong = _wrong(trace, arrivals, rulebook, notices)
        known = Known(trace, claims, rulebook.clock, wrong, rulebook.definitions.missing.never, spells)
        judge = Judge(_backend(backend, rulebook, sum(len(log.records) for log in logs)), known, profile)
    every = every or bool(waivers)  # one may be of a finding that there is no more, as the limit was kept
    read = [Read(log.name, log.digest, len(log.records), log.rejected) for log in logs]
    found = Check(rulebook, read, trace, [], notices, changes, as_of)
    return judged(found, judge, waivers, wrong=wrong, every=every, profile=profile)


def judged(
    check: Check,
    judge: Judge,
    waivers: Sequence[FindingWaiver] = (),
    *,
    wrong: Mapping[Event, int] | None = None,
    every: bool = True,
    stream: bool = False,
    profile: NoProfile = NO_PROFILE,
) -> Check:
    """The check with what the judge says of every constraint, and what waivers make of it; `wrong` as for `Known`.

    With `stream`, it judges only when asked for what it found, unless some waiver is used.
    """
    rulebook = check.rulebook
    with profile.stage("waivers"):
        invoked = _invoked(rulebook, check.trace, judge, profile)
        uses = [one.use for one in invoked if one.use is not None]
        excuses = Excuses(uses, wrong or {})
    if stream and not every and not uses and not waivers:
        return replace(check, waivers=invoked, streamed=partial(_streamed, rulebook, judge, profile))
    found_all: list[Judged] = []
    passed: dict[str, list[tuple[Rule, Passed]]] = {}
    with profile.stage("evaluation"):
        for done, constraint in enumerate(rulebook.constraints):
            profile.reached(done, len(rulebook.constraints))
            together = None if every else passed.setdefault(constraint.id, [])
            found = _judged(constraint, judge, profile, left_out_of(constraint.id, uses), together)
            found_all += found if not uses else [excused for one in found for excused in _excused(one, excuses)]
    with profile.stage("waivers"):
        granted = _granted(waivers, found_all) if waivers else []
    return replace(check, judged=found_all, waivers=[*invoked, *granted], passed=passed)


def _streamed(rulebook: Rulebook, judge: Judge, profile: NoProfile) -> Iterator[Found]:
    for constraint in rulebook.constraints:
        yield Found(constraint, (), ())
        for c, clause in enumerate(constraint.clauses):
            for r, rule in enumerate(clause.rules):
                parts = judge.parts(rule)
                while True:
                    with profile.stage("evaluation"), profile.constraint(constraint.id):
                        part = next(parts, None)
                    if part is None:
                        break
                    obligations, together = part
                    found = told_apart(constraint, rule, (c, r), obligations)
                    yield Found(constraint, found, [] if together is None else [(rule, together)])


def _wrong(trace: Trace, arrivals: Arrivals, rulebook: Rulebook, notices: list[str]) -> dict[Event, int]:
    """By how much times may be wrong (µs), each source noted; nothing where no clock is known to have been off."""
    if rulebook.clock is None:
        return {}
    later = [r for r in arrivals.records if r.type == rulebook.clock.event and r.earliest > trace.observed_until]
    wrong = clock.errors(trace.events, rulebook.clock, rulebook.catalogue.events(later, rulebook.registers)[0])
    by_source: dict[str, int] = {}
    for event, error in wrong.items():
        by_source[event.record.source or ""] = max(error, by_source.get(event.record.source or "", 0))
    for source in sorted(by_source):
        named = f"of source {source!r}" if source else "without a source"
        if by_source[source] > clock.MAX_ERROR:
            most = format_duration(clock.MAX_ERROR)
            notices.append(f"the times of records {named} may be off by more than {most}: no verdict rests on them")
        else:
            notices.append(f"the times of records {named} may be off by up to {format_duration(by_source[source])}")
    return wrong


def _judged(
    constraint: Constraint,
    judge: Judge,
    profile: NoProfile = NO_PROFILE,
    left_out: LeftOut | None = None,
    passed: list[tuple[Rule, Passed]] | None = None,
) -> list[Judged]:
    """What a constraint demanded; what was surely kept is told together in `passed`, if there is that."""
    with profile.stage("evaluation"), profile.constraint(constraint.id):
        return _judged_by(constraint, judge, left_out, passed)


def _judged_by(
    constraint: Constraint, judge: Judge, left_out: LeftOut | None, passed: list[tuple[Rule, Passed]] | None
) -> list[Judged]:
    found = []
    for c, clause in enumerate(constraint.clauses):
        for r, rule in enumerate(clause.rules):
            if passed is not None and not (left_out and leaves_out(rule)):
                obligations, together = judge.passing(rule)
                passed += [(rule, together)] if together is not None else []
                found += told_apart(constraint, rule, (c, r), obligations)
                continue
            if not left_out or not leaves_out(rule):
                found += told_apart(constraint, rule, (c, r), judge.evaluate(rule))
                continue
            open_ = left_out.so_far | left_out.possibly
            obligations = judge.evaluate(rule, left_out.surely, open_)
            best: Sequence[Obligation] = ()
            if left_out.so_far and any(o.verdict is Verdict.INCONCLUSIVE for o in obligations):
                best = judge.evaluate(rule, left_out.surely | left_out.so_far, left_out.possibly)
            for one in told_apart(constraint, rule, (c, r), obligations):
                found.append(replace(one, excuse=left_out.excuse(one.obligation, rule, best)))
    return found


def _invoked(rulebook: Rulebook, trace: Trace, judge: Judge, profile: NoProfile = NO_PROFILE) -> list[Invoked]:
    """Each waiver with every activity in the log that it is claimed for; by itself if it is claimed for none.

    What began before observation counts too, and so do the conditions that it was under then.
    """
    selected = {constraint.id for constraint in rulebook.constraints}
    concerned = [waiver for waiver in rulebook.waivers if waiver.concerns & selected]
    if not concerned:
        return []
    if trace.beginning < trace.observed_from:
        judge = judge.since(trace.beginning)
    conditions: dict[str, list[Judged]] = {}
    found: list[Invoked] = []
    for waiver in concerned:
        activities = judge.activities(waiver.on)
        if not activities:
            found.append(Invoked(waiver))
            continue
        for condition in (*waiver.precedent, *waiver.subsequent):
            if condition.id not in conditions:
                conditions[condition.id] = _judged(condition, judge, profile)
        found += [Invoked(waiver, use) for use in uses_of(waiver, activities, conditions)]
    return found


def _excused(judged: Judged, excuses: Excuses) -> list[Judged]:
    if judged.excuse is not None:
        return [judged]
    return [replace(judged, obligation=o, excuse=excuse) for o, excuse in excuses.of(judged)]


def _granted(waivers: Sequence[FindingWaiver], judged: list[Judged]) -> list[Invoked]:
    """Waive the single findings that a file names; what becomes of each entry."""
    places: dict[str, int] = {}
    wanted = {waiver.finding for waiver in waivers}
    constraints = {name.rpartition("-")[0] for name in wanted}
    for at, one in enumerate(judged):
        if one.constraint.id in constraints and (name := one.finding_id) in wanted:
            places.setdefault(name, at)
    entries = []
    for waiver in waivers:
        place = places.get(waiver.finding)
        if place is None:
            entries.append(Invoked(granted=waiver, state="unused", note="this check has no such finding"))
            continue
        found = judged[place]
        state, note = grant(waiver, found, found.excuse)
        if state == "used":
            judged[place] = replace(found, excuse=Excuse(Verdict.EXCUSED, Verdict.SATISFIED, granted=waiver))
        entries.append(Invoked(granted=waiver, state=state, note=note, finding=judged[place]))
    return entries


MANY = 40_000
"""Up to so many records times constraints, records are judged one by one if nothing else is asked for: columns would
not be faster."""


def _backend(name: str | None, rulebook: Rulebook, records: int) -> Backend:
    if name is None:
        name = "reference" if records * len(rulebook.constraints) <= MANY else "columnar"
    if name not in BACKENDS:
        raise UsageError(f"unknown backend {name!r}", nearest(name, BACKENDS))
    return BACKENDS[name](rules_of(rulebook))


def trace_of(
    arrivals: Arrivals,
    rulebook: Rulebook,
    observed_from: int | None = None,
    observed_until: int | None = None,
    unreadable: Iterable[Rejected] = (),
) -> tuple[Trace, list[str], list[Change]]:
    """The events of all logs in one order, what a reader should know of how they were read, and what was corrected."""
    records, duplicates = in_order(arrivals.records)
    amended = Corrected(records)
    if rulebook.corrections is not None:
        amended = corrected(records, rulebook.corrections, rulebook.catalogue, rulebook.registers)
        records = in_order(amended.records)[0] if amended.changes else records
    start = (
        observed_from if observed_from is not None else min((r.earliest for r in records), default=observed_until or 0)
    )
    end = observed_until if observed_until is not None else max((r.latest for r in records), default=start)
    if start > end:
        raise ends_before_it_begins()
    kept = [record for record in records if record.earliest <= end]
    events, remarks = rulebook.catalogue.events(kept, rulebook.registers)
    amended.settle(events, rulebook.catalogue, rulebook.registers)
    nameless = withhold(events, to_be_named(rulebook))
    missing = rulebook.definitions.missing
    gaps = gaps_in(events, missing, (start, end), rulebook.registers, unreadable)
    registers = {name: register.amended(events).opened(gaps) for name, register in rulebook.registers.items()}
    unknown: dict[str, int] = {}
    for event in events:
        if event.type not in rulebook.catalogue.types:
            unknown[event.type] = unknown.get(event.type, 0) + 1
    notices = told_of_fields([f"{amended.place(one.record)}: {one.text}" for one in remarks[:MOST]], len(remarks))
    notices += amended.notices + nameless
    same = sharing(event.record for event in events)
    foreign, after = all_of(len(events), unknown), len(records) - len(kept)
    notices += noticed(rulebook, arrivals.notices, duplicates, after, unknown, gaps, same, foreign)
    shown = assets_of(events) if gaps else {}
    notices += told_together(gaps, shown, missing)
    hidden = hidden_events(gaps, shown, missing)
    edges = min((r.latest for r in records), default=None), max((r.earliest for r in records), default=None)
    surely = surely_observed((start, end), (observed_from, observed_until), edges)
    trace = Trace(events, start, end, registers, gaps, hidden, foreign=foreign, surely=surely)
    return narrowed(trace, rulebook.definitions.intervals.values()), notices, amended.changes


def surely_observed(
    span: tuple[int, int], told: tuple[int | None, int | None], edges: tuple[int | None, int | None]
) -> tuple[int, int] | None:
    """Which part of `span` is observed whenever its first and last record were, if that is not all of it.

    `edges` are the latest instant of the first record and the earliest of the last one. A log that may be of one
    instant is observed then.
    """
    first, last = (
        inner if asked is None and inner is not None else outer
        for outer, asked, inner in zip(span, told, edges, strict=True)
    )
    first = min(first, last)
    return (first, last) if (first, last) != span else None


def ends_before_it_begins() -> UsageError:
    """What to raise for an observation of no time."""
    return UsageError("observation would end before it begins", "--from comes before --until")


def all_of(records: int, unknown: Mapping[str, int]) -> bool:
    """Whether so many records, if there is any, are all among those of types that the rulebook does not know."""
    return 0 < records == sum(unknown.values())


def noticed(
    rulebook: Rulebook,
    arrivals: Sequence[str],
    duplicates: int,
    after: int,
    unknown: Mapping[str, int],
    gaps: Sequence[Gap],
    same: SharedIds,
    foreign: bool,
) -> list[str]:
    """What a reader should know of how logs were read.

    How many records stood there twice or came `after` the end, the types that the rulebook does not know (of all
    records, if they are `foreign`), and which records are of the `same` id.
    """
    notices = list(arrivals)
    if duplicates:
        notices.append(f"{_many(duplicates, 'record')} stood in the logs more than once and counted once")
    if after:
        notices.append(f"{_many(after, 'record')} after the end of observation took no part")
    if foreign:
        count = sum(unknown.values())
        told = "the one record is of a type" if count == 1 else f"all {count} records are of types"
        notices.append(f"{told} that the rulebook does not know: is there a mapping?")
    for name in sorted(unknown)[:MOST]:
        hint = nearest(name, rulebook.catalogue.types)
        hint = f" ({hint})" if hint.startswith("did you mean") else ""
        notices.append(f"{_many(unknown[name], 'record')} of type {name!r}, which the rulebook does not know{hint}")
    if len(unknown) > MOST:
        others = _many(sum(unknown[name] for name in sorted(unknown)[MOST:]), "record")
        notices.append(f"{others} of {_more(len(unknown) - MOST, 'type')} that the rulebook does not know")
    notices += [_told(gap) for gap in gaps if gap.reason != UNREADABLE]
    notices += [f"id {one.id!r} stands for different records: {one.first} and {one.other}" for one in same.pairs]
    if same.more:
        notices.append(f"{_more(same.more, 'record')} whose id stands for different records")
    return notices


def _told(gap: Gap) -> str:
    count = "records" if gap.missing == INFINITY else _many(int(gap.missing), "record")
    span = f"between {format_instant(gap.start)} and {format_instant(gap.end)}"
    may_be = "may be " if gap.missing == INFINITY else ""
    source = f" of source {gap.source!r}" if gap.source is not None else ""
    return f"{count}{source} {may_be}missing {span}"


def told_of_fields(texts: Sequence[str], count: int) -> list[str]:
    """The notices on fields that could not be read, of which there are so many in all."""
    beyond = count - len(texts)
    return [*texts, f"{_more(beyond, 'field')} of other records not as the catalogue says"] if beyond else list(texts)


def _more(count: int, noun: str) -> str:
    return f"{count} more {noun}{'' if count == 1 else 's'}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def plain_text(value: Any) -> Any:
    """A value of a key as a report tells it; nothing where it is not known."""
    if value is None or isinstance(value, Unknown):
        return None
    return value if isinstance(value, (str, bool, int)) else str(value)


def _texts(key: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, plain_text(value)) for name, value in key]
