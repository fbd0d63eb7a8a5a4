"""The line from logs and a rulebook to a report: the one function that everything else is a way to call."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, NamedTuple

from checker import clock
from checker.arrival import Arrivals, arrived
from checker.backends import BACKENDS, Backend
from checker.bounds import INFINITY, is_finite
from checker.consequences import assessed
from checker.constraint import Constraint
from checker.contradiction import contradicted
from checker.correction import Change, Corrected, corrected
from checker.errors import UsageError, nearest
from checker.event import UNREADABLE, Event, Gap, Record, Rejected, Unknown
from checker.gaps import assets_of, gaps_in, hidden_events
from checker.interval import FAR, Lack
from checker.judge import Judge, Known
from checker.logs import Log
from checker.measure import DURATION, Clashes, Holds, Portion, Rule, Step, Within
from checker.obligation import WAIVER, Obligation, Passed, Verdict, Witness, cited, worst
from checker.pairing import narrowed
from checker.profile import NO_PROFILE, NoProfile
from checker.quick import dataclass
from checker.report import (
    ConditionOf,
    ConstraintOf,
    CorrectionOf,
    Finding,
    LogOf,
    MissingOf,
    Nearest,
    Observed,
    Range,
    RejectedOf,
    Report,
    RulebookOf,
    ToolOf,
    WaiverOf,
    WitnessOf,
)
from checker.rulebook import Rulebook
from checker.timeline import format_duration, format_instant
from checker.trace import Trace, in_order
from checker.version import __version__
from checker.waiver import (
    Excuse,
    Excuses,
    FindingWaiver,
    LeftOut,
    Part,
    Use,
    Waiver,
    grant,
    leaves_out,
    left_out_of,
    uses_of,
)
from checker.wording import evidence, excused, fact, number, standing, unit_of

NAME = "limited-use-checker"


_CAUSES = ("trigger", "opening", "possible opening")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One obligation with the constraint and rule it comes from; `clause` and `rule` count from 0."""

    constraint: Constraint
    rule: Rule
    place: tuple[int, int]
    obligation: Obligation
    excuse: Excuse | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict that `decide` made, or what a waiver makes of it."""
        return self.obligation.verdict if self.excuse is None else self.excuse.verdict

    @property
    def finding_id(self) -> str:
        """Stable under unrelated changes of the log: made of the constraint, the asset, the instants and the cause."""
        o = self.obligation
        record = next((w.event.record for w in o.witnesses if w.role in _CAUSES), None)
        cause = (record.type, record.source, record.seq, record.id) if record is not None else ()
        parts = (self.constraint.id, self.place, o.subject, _texts(o.key), o.at, o.start, cause, o.fact)
        return f"{self.constraint.id}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:10]}"


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
        unreadable = [reject for log in logs for reject in log.rejected]
        trace, notices, changes = trace_of(arrivals, rulebook, observed_from, arrivals.until, unreadable)
        spells = tuple(rulebook.definitions.intervals.values())
        claims = contradicted(trace, spells, rulebook.catalogue)
        wrong = _wrong(trace, arrivals, rulebook, notices)
        known = Known(trace, claims, rulebook.clock, wrong, rulebook.definitions.missing.never, spells)
        judge = Judge(_backend(backend, rulebook, sum(len(log.records) for log in logs)), known, profile)
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
    profile: NoProfile = NO_PROFILE,
) -> Check:
    """The check with what the judge says of every constraint, and what waivers make of it; `wrong` as for `Known`."""
    rulebook = check.rulebook
    with profile.stage("waivers"):
        invoked = _invoked(rulebook, check.trace, judge, profile)
        uses = [one.use for one in invoked if one.use is not None]
        excuses = Excuses(uses, wrong or {})
    found_all: list[Judged] = []
    passed: dict[str, list[tuple[Rule, Passed]]] = {}
    for constraint in rulebook.constraints:
        together = None if every else passed.setdefault(constraint.id, [])
        found = _judged(constraint, judge, profile, left_out_of(constraint.id, uses), together)
        with profile.stage("waivers"):
            found_all += found if not uses else [excused for one in found for excused in _excused(one, excuses)]
    with profile.stage("waivers"):
        granted = _granted(waivers, found_all) if waivers else []
    return replace(check, judged=found_all, waivers=[*invoked, *granted], passed=passed)


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
                found += [Judged(constraint, rule, (c, r), obligation) for obligation in obligations]
                continue
            if not left_out or not leaves_out(rule):
                found += [Judged(constraint, rule, (c, r), obligation) for obligation in judge.evaluate(rule)]
                continue
            open_ = left_out.so_far | left_out.possibly
            obligations = judge.evaluate(rule, left_out.surely, open_)
            best: Sequence[Obligation] = ()
            if left_out.so_far and any(o.verdict is Verdict.INCONCLUSIVE for o in obligations):
                best = judge.evaluate(rule, left_out.surely | left_out.so_far, left_out.possibly)
            found += [Judged(constraint, rule, (c, r), o, left_out.excuse(o, rule, best)) for o in obligations]
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


MANY = 20_000
"""Up to so many records are judged one by one if nothing else is asked for: columns would not be faster."""


def _backend(name: str | None, rulebook: Rulebook, records: int) -> Backend:
    if name is None:
        name = "reference" if records <= MANY else "columnar"
    if name not in BACKENDS:
        raise UsageError(f"unknown backend {name!r}", nearest(name, BACKENDS))
    return BACKENDS[name](rules_of(rulebook))


def rules_of(rulebook: Rulebook) -> list[Rule]:
    """Every rule of its constraints."""
    return [rule for constraint in rulebook.constraints for clause in constraint.clauses for rule in clause.rules]


def trace_of(
    arrivals: Arrivals,
    rulebook: Rulebook,
    observed_from: int | None = None,
    observed_until: int | None = None,
    unreadable: Sequence[Rejected] = (),
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
    missing = rulebook.definitions.missing
    gaps = gaps_in(events, missing, (start, end), rulebook.registers, unreadable)
    registers = {name: register.amended(events).opened(gaps) for name, register in rulebook.registers.items()}
    unknown: dict[str, int] = {}
    for event in events:
        if event.type not in rulebook.catalogue.types:
            unknown[event.type] = unknown.get(event.type, 0) + 1
    seen: dict[tuple[str, str], Event] = {}
    same: list[tuple[Record, Record]] = []
    for event in events:
        if event.record.id is not None:
            identity = (event.record.source or "", event.record.id)
            if identity in seen:
                same.append((seen[identity].record, event.record))
            seen[identity] = event
    notices = [f"{amended.place(remark.record)}: {remark.text}" for remark in remarks] + amended.notices
    notices += noticed(rulebook, arrivals.notices, duplicates, len(records) - len(kept), unknown, gaps, same)
    hidden = hidden_events(gaps, assets_of(events) if gaps else {}, missing)
    trace = Trace(events, start, end, registers, gaps, hidden)
    return narrowed(trace, rulebook.definitions.intervals.values()), notices, amended.changes


def ends_before_it_begins() -> UsageError:
    """What to raise for an observation of no time."""
    return UsageError("observation would end before it begins", "--from comes before --until")


def noticed(
    rulebook: Rulebook,
    arrivals: Sequence[str],
    duplicates: int,
    after: int,
    unknown: Mapping[str, int],
    gaps: Sequence[Gap],
    same: Sequence[tuple[Record, Record]],
) -> list[str]:
    """What a reader should know of how logs were read.

    How many records stood there twice or came `after` the end, the types that the rulebook does not know, and which
    records are of the `same` id.
    """
    notices = list(arrivals)
    if duplicates:
        notices.append(f"{_many(duplicates, 'record')} stood in the logs more than once and counted once")
    if after:
        notices.append(f"{_many(after, 'record')} after the end of observation took no part")
    for name in sorted(unknown):
        hint = nearest(name, rulebook.catalogue.types)
        hint = f" ({hint})" if hint.startswith("did you mean") else ""
        notices.append(f"{_many(unknown[name], 'record')} of type {name!r}, which the rulebook does not know{hint}")
    notices += [_told(gap) for gap in gaps if gap.reason != UNREADABLE]
    notices += [
        f"id {other.id!r} stands for different records: {first.location} and {other.location}" for first, other in same
    ]
    return notices


def _told(gap: Gap) -> str:
    count = "records" if gap.missing == INFINITY else _many(int(gap.missing), "record")
    span = f"between {format_instant(gap.start)} and {format_instant(gap.end)}"
    may_be = "may be " if gap.missing == INFINITY else ""
    return f"{count} of source {gap.source!r} {may_be}missing {span}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def report(check: Check, *, all_findings: bool = False, profile: NoProfile = NO_PROFILE) -> Report:
    """Tell what a check found out; `all_findings` adds the satisfied ones with their margins."""
    with profile.stage("report"):
        return _report(check, all_findings, profile)


def _report(check: Check, all_findings: bool, profile: NoProfile) -> Report:
    by_constraint: dict[str, list[Judged]] = {constraint.id: [] for constraint in check.rulebook.constraints}
    for judged in check.judged:
        by_constraint[judged.constraint.id].append(judged)
    rows = [
        _row(constraint, by_constraint[constraint.id], check.passed.get(constraint.id, ()))
        for constraint in check.rulebook.constraints
    ]
    findings = []
    for constraint in check.rulebook.constraints:
        chosen = [j for j in by_constraint[constraint.id] if all_findings or j.verdict in _TOLD]
        chosen.sort(key=lambda j: (j.obligation.start, j.obligation.subject or "", j.obligation.end, j.finding_id))
        findings += [finding_of(j) for j in chosen]
    waivers = audit(check)
    with profile.stage("assessments"):
        assessments, remarks = assessed(check.rulebook, findings, waivers)
    rejected = [RejectedOf(*reject.location, reject.reason) for log in check.logs for reject in log.rejected]
    rulebook = check.rulebook
    complete = not check.trace.empty and not rejected and not check.trace.gaps
    return Report(
        report_version=1,
        tool=ToolOf(NAME, __version__),
        verdict=str(_whole(rows, complete, any(finding.provisional for finding in findings))),
        rulebook=RulebookOf(
            rulebook.id, rulebook.version, rulebook.title, rulebook.digest, rulebook.position,
            dict(rulebook.parameters),
        ),
        logs=[LogOf(log.name, log.digest, log.records, len(log.rejected)) for log in check.logs],
        observed=_observed(check.trace),
        complete=complete,
        constraints=rows,
        findings=findings,
        waivers=waivers,
        assessments=assessments,
        rejected=rejected,
        notices=[*check.notices, *remarks],
        as_of=format_instant(check.as_of) if check.as_of is not None else None,
        corrections=[
            CorrectionOf(
                _witness("corrected", change.record), change.field, change.before, change.after,
                _witness("correction", change.by.record),
            )
            for change in check.corrections
        ],
    )  # fmt: skip


_TOLD = (Verdict.VIOLATED, Verdict.INCONCLUSIVE, Verdict.PENDING, Verdict.EXCUSED)


def _observed(trace: Trace) -> Observed:
    if trace.empty and trace.observed_from == trace.observed_until:
        return Observed(None, None)
    return Observed(format_instant(trace.observed_from), format_instant(trace.observed_until))


def _whole(rows: Sequence[ConstraintOf], complete: bool, provisional: bool) -> Verdict:
    """Violated, else inconclusive, else pending, else satisfied; a log that lacks records is never satisfied.

    What is excused counts as satisfied, and as pending while the excuse is provisional.
    """
    verdicts = {Verdict(row.verdict) for row in rows}
    if provisional:
        verdicts.add(Verdict.PENDING)
    if not complete:
        verdicts.add(Verdict.INCONCLUSIVE)
    found = worst(verdicts)
    return found if found in (Verdict.VIOLATED, Verdict.INCONCLUSIVE, Verdict.PENDING) else Verdict.SATISFIED


def _row(constraint: Constraint, judged: Sequence[Judged], passed: Sequence[tuple[Rule, Passed]]) -> ConstraintOf:
    occasions: dict[tuple[tuple[int, int], int], set[Verdict]] = {}
    for j in judged:
        occasions.setdefault((j.place, j.obligation.occasion), set()).add(j.verdict)
    verdicts = [worst(found) for found in occasions.values()]
    kept = sum(together.times for _, together in passed)
    whole = {*verdicts, Verdict.SATISFIED} if kept else set(verdicts)
    return ConstraintOf(
        id=constraint.id,
        title=constraint.title,
        text=constraint.text,
        group=constraint.group,
        severity=constraint.severity,
        source=constraint.source,
        kind=constraint.kind,
        verdict=str(worst(whole)),
        activations=len(verdicts) + kept,
        satisfied=verdicts.count(Verdict.SATISFIED) + kept,
        violated=verdicts.count(Verdict.VIOLATED),
        inconclusive=verdicts.count(Verdict.INCONCLUSIVE),
        pending=verdicts.count(Verdict.PENDING),
        excused=verdicts.count(Verdict.EXCUSED),
        nearest=_nearest(judged, passed),
    )


def _nearest(judged: Sequence[Judged], passed: Sequence[tuple[Rule, Passed]]) -> Nearest | None:
    """The pass with the least margin, in time if any was measured in time; None for what is either so or not so."""
    kept = [(j.rule, j.obligation) for j in judged if j.obligation.verdict is Verdict.SATISFIED]
    passes = [
        (_degree(rule, o.unit), o.decision.margin.low, o.at, o.subject or "", o.subject, o.unit) for rule, o in kept
    ]
    passes += [(_degree(rule, p.unit), p.margin, p.at, p.subject or "", p.subject, p.unit) for rule, p in passed]
    closest = min((one for one in passes if one[0] < 2), key=lambda one: one[:4], default=None)
    if closest is None:
        return None
    _, margin, at, _, subject, unit = closest
    return Nearest(number(margin, unit), unit_of(unit), subject, format_instant(at))


def _degree(rule: Rule, unit: str) -> int:
    """0 for what is measured in time, 1 for other quantities, 2 for what is either so or not so."""
    if isinstance(rule.measure, (Clashes, Holds, Portion, Step, Within)):
        return 2
    return 0 if unit == DURATION else 1


def finding_of(judged: Judged) -> Finding:
    """One obligation as the report tells it: the norm, then the fact."""
    o, excuse = judged.obligation, judged.excuse
    unit = o.unit

    def both(bounds: Any) -> Range:
        return Range(number(bounds.low, unit), number(bounds.high, unit))

    return Finding(
        id=judged.finding_id,
        constraint=judged.constraint.id,
        verdict=str(judged.verdict),
        severity=judged.constraint.severity,
        subject=o.subject,
        key={name: _text(value) for name, value in o.key},
        from_=format_instant(o.start),
        until=format_instant(o.end),
        measured=both(o.measured),
        limit=number(o.decision.limit, unit),
        margin=both(o.decision.margin),
        unit=unit_of(unit),
        message=" ".join(filter(None, (judged.constraint.text, fact(o, judged.rule), excused(excuse)))),
        reason=_reason(judged),
        evidence=evidence(o, judged.rule) if judged.verdict is Verdict.INCONCLUSIVE else None,
        shown=not o.hidden,
        missing=[_missing(lack) for lack in o.lacks] if judged.verdict is Verdict.INCONCLUSIVE else [],
        due=format_instant(o.due) if o.due is not None else None,
        waiver=excuse.waiver if excuse is not None and judged.verdict is Verdict.EXCUSED else None,
        provisional=excuse is not None and excuse.provisional,
        witnesses=_witnesses(o.witnesses),
    )


def _reason(judged: Judged) -> str | None:
    if judged.verdict is not Verdict.INCONCLUSIVE:
        return None
    return judged.obligation.reason or WAIVER


def _missing(lack: Lack) -> MissingOf:
    start, end = (format_instant(at) if abs(at) < FAR else None for at in (lack.start, lack.end))
    return MissingOf(None if lack.types is None else sorted(lack.types), lack.source, start, end)


def _witnesses(witnesses: Iterable[Witness]) -> list[WitnessOf]:
    """Each record once, in order; for what a gap may hide the records around it."""
    told = []
    for witness in cited(witnesses):
        gap = witness.event.hidden
        if gap is None:
            told.append((witness.role, witness.event))
        else:
            told += [
                (role, e) for role, e in (("before the gap", gap.before), ("after the gap", gap.after)) if e is not None
            ]
    seen: dict[int, WitnessOf] = {}
    for role, event in sorted(told, key=lambda pair: (pair[1].earliest, pair[1].latest)):
        seen.setdefault(id(event.record), _witness(role, event.record))
    return list(seen.values())


def _witness(role: str, record: Record) -> WitnessOf:
    place = record.location
    return WitnessOf(role, place.file, place.line, record.id, format_instant(record.earliest), record.type)


# ---- the audit of waivers ----


def audit(check: Check) -> list[WaiverOf]:
    """Every waiver and what became of it: exceptions in the order of the rulebook, then those of single findings."""
    ids = {id(j): j.finding_id for j in check.judged if j.verdict is not Verdict.SATISFIED} if check.waivers else {}
    known = set(ids.values())
    selected = {constraint.id for constraint in check.rulebook.constraints}
    claimed: dict[int, list[tuple[Judged, str]]] = {}
    for judged in check.judged if ids else ():
        if judged.excuse is not None and judged.excuse.use is not None:
            claimed.setdefault(id(judged.excuse.use), []).append((judged, ids[id(judged)]))
    found = []
    for one in check.waivers:
        if one.granted is not None:
            found.append(_told_of_file(one, one.granted))
        elif one.use is not None:
            if one.use.activity.hidden and id(one.use) not in claimed:
                continue  # a gap may hide it, and it would change nothing
            found.append(_told_of_use(one.use, claimed.get(id(one.use), []), known, selected))
    listed = {one.id for one in found}
    for waiver in {one.waiver.id: one.waiver for one in check.waivers if one.waiver is not None}.values():
        if waiver.id not in listed:
            found.append(_waiver_of(waiver.id, waiver.title, "exception", "unused"))
    order = {waiver.id: at for at, waiver in enumerate(check.rulebook.waivers)}
    return sorted(found, key=lambda one: order.get(one.id, len(order)) if one.kind == "exception" else len(order))


def _waiver_of(name: str, title: str, kind: str, state: str, **more: Any) -> WaiverOf:
    nothing: dict[str, Any] = dict.fromkeys(
        ("subject", "from_", "until", "note", "reason", "approver", "granted", "expires", "log", "line")
    )
    nothing |= {field: [] for field in ("conditions", "excused", "open", "revived", "left_out_of", "witnesses")}
    return WaiverOf(id=name, title=title, kind=kind, state=state, **{**nothing, **more})


def _told_of_use(use: Use, claimed: Sequence[tuple[Judged, str]], known: set[str], selected: set[str]) -> WaiverOf:
    validity, activity = use.validity(), use.activity
    left_out = [name for name in use.waiver.left_out_of if name in selected and validity is Verdict.SATISFIED]
    by: dict[Verdict, list[str]] = {}
    for judged, name in claimed:
        by.setdefault(judged.verdict, []).append(name)
    excused_ids = by.get(Verdict.EXCUSED, [])
    if validity is Verdict.VIOLATED:
        state = "partly" if excused_ids else "revived"
    elif validity is Verdict.INCONCLUSIVE:
        state = "inconclusive"
    elif use.provisional:
        state = "provisional"
    else:
        state = "used" if excused_ids or left_out else "unused"
    until = activity.end.high if is_finite(activity.end.high) else None
    return _waiver_of(
        use.waiver.id, use.waiver.title, "exception", state,
        subject=activity.subject,
        from_=format_instant(int(activity.start.low)) if is_finite(activity.start.low) else None,
        until=format_instant(int(until)) if until is not None else None,
        conditions=[
            _condition(constraint, when, [part for part in parts if part.constraint == constraint.id], known)
            for when, constraints, parts in (
                ("precedent", use.waiver.precedent, use.precedent),
                ("subsequent", use.waiver.subsequent, use.subsequent),
            )
            for constraint in constraints
        ],
        excused=excused_ids,
        open=[name for verdict in (Verdict.INCONCLUSIVE, Verdict.PENDING) for name in by.get(verdict, [])],
        revived=by.get(Verdict.VIOLATED, []),
        left_out_of=left_out,
        note=standing(use, bool(excused_ids or left_out)) or None,
        witnesses=_witnesses(activity.witnesses),
    )  # fmt: skip


def _condition(constraint: Constraint, when: str, parts: Sequence[Part], known: set[str]) -> ConditionOf:
    due = min((part.due for part in parts if part.verdict is Verdict.PENDING and part.due is not None), default=None)
    return ConditionOf(
        constraint.id, when, str(worst({part.verdict for part in parts})),
        format_instant(due) if due is not None else None,
        list(dict.fromkeys(part.finding for part in parts if part.finding in known)),
    )  # fmt: skip


def _told_of_file(one: Invoked, granted: FindingWaiver) -> WaiverOf:
    judged = one.finding
    o = judged.obligation if judged is not None else None
    return _waiver_of(
        granted.finding, judged.constraint.title if judged is not None else "", "file", one.state,
        subject=o.subject if o is not None else None,
        from_=format_instant(o.start) if o is not None else None,
        until=format_instant(o.end) if o is not None else None,
        excused=[granted.finding] if one.state == "used" else [],
        note=one.note or None,
        reason=granted.reason,
        approver=granted.approver,
        granted=format_instant(granted.granted) if granted.granted is not None else None,
        expires=format_instant(granted.expires),
        log=granted.location.file,
        line=granted.location.line,
    )  # fmt: skip


def _text(value: Any) -> Any:
    if value is None or isinstance(value, Unknown):
        return None
    return value if isinstance(value, (str, bool, int)) else str(value)


def _texts(key: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, _text(value)) for name, value in key]


__all__ = ["Check", "Judged", "Rejected", "finding_of", "report", "run", "trace_of"]
