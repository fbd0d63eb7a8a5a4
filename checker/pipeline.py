"""The line from logs and a rulebook to a report: the one function that everything else is a way to call."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from checker.backends import BACKENDS
from checker.bounds import INFINITY
from checker.catalogue import Remark
from checker.consequences import assessed
from checker.constraint import Constraint
from checker.contradiction import contradicted, supposing, weighed
from checker.errors import UsageError, nearest
from checker.event import UNREADABLE, Gap, Rejected, Unknown
from checker.gaps import gaps_in, hidden_events
from checker.interval import FAR, Lack
from checker.logs import Log
from checker.measure import DURATION, Clashes, Holds, Portion, Rule, Step, Within
from checker.obligation import Obligation, Verdict, worst
from checker.pairing import narrowed
from checker.report import (
    ConstraintOf,
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
    WitnessOf,
)
from checker.rulebook import Rulebook
from checker.timeline import format_instant
from checker.trace import Trace, in_order
from checker.version import __version__
from checker.wording import evidence, fact, number, unit_of

NAME = "limited-use-checker"


_CAUSES = ("trigger", "opening", "possible opening")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One obligation with the constraint and rule it comes from; `clause` and `rule` count from 0."""

    constraint: Constraint
    rule: Rule
    place: tuple[int, int]
    obligation: Obligation

    @property
    def finding_id(self) -> str:
        """Stable under unrelated changes of the log: made of the constraint, the asset, the instants and the cause."""
        o = self.obligation
        record = next((w.event.record for w in o.witnesses if w.role in _CAUSES), None)
        cause = (record.type, record.source, record.seq, record.id) if record is not None else ()
        parts = (self.constraint.id, self.place, o.subject, _texts(o.key), o.at, o.start, cause, o.fact)
        return f"{self.constraint.id}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class Check:
    """Everything that one check found out, before it is told."""

    rulebook: Rulebook
    logs: Sequence[Log]
    trace: Trace
    judged: Sequence[Judged]
    notices: Sequence[str]


def run(
    logs: Sequence[Log],
    rulebook: Rulebook,
    *,
    observed_from: int | None = None,
    observed_until: int | None = None,
    backend: str | None = None,
) -> Check:
    """Judge the logs by the rulebook, from the first record to the last unless told otherwise (µs, both included)."""
    trace, notices = trace_of(logs, rulebook, observed_from, observed_until)
    judge = _backend(backend)(trace)
    claims = contradicted(trace, rulebook.definitions.intervals.values(), rulebook.catalogue)
    supposed = _backend(backend)(supposing(trace, claims)) if claims else None
    judged = []
    for constraint in rulebook.constraints:
        for c, clause in enumerate(constraint.clauses):
            for r, rule in enumerate(clause.rules):
                found = judge.evaluate(rule)
                if supposed is not None and not rule.as_received:
                    found = weighed(rule, found, supposed.evaluate(rule))
                judged += [Judged(constraint, rule, (c, r), obligation) for obligation in found]
    return Check(rulebook, logs, trace, judged, notices)


def _backend(name: str | None) -> Any:
    if name is None:
        return next(iter(BACKENDS.values()))
    if name not in BACKENDS:
        raise UsageError(f"unknown backend {name!r}", nearest(name, BACKENDS))
    return BACKENDS[name]


def trace_of(
    logs: Sequence[Log], rulebook: Rulebook, observed_from: int | None = None, observed_until: int | None = None
) -> tuple[Trace, list[str]]:
    """The events of all logs in one order, and what a reader should know of how they were read."""
    records, duplicates = in_order(record for log in logs for record in log.records)
    start = observed_from if observed_from is not None else min((r.earliest for r in records), default=0)
    end = observed_until if observed_until is not None else max((r.latest for r in records), default=start)
    if start > end:
        raise UsageError("observation would end before it begins", "--from comes before --until")
    kept = [record for record in records if record.earliest <= end]
    events, remarks = rulebook.catalogue.events(kept, rulebook.registers)
    missing = rulebook.definitions.missing
    unreadable = [reject for log in logs for reject in log.rejected]
    gaps = gaps_in(events, missing, (start, end), rulebook.registers, unreadable)
    registers = {name: register.amended(events).opened(gaps) for name, register in rulebook.registers.items()}
    notices = _remarked(remarks)
    if duplicates:
        notices.append(f"{_many(duplicates, 'record')} stood in the logs more than once and counted once")
    if len(kept) < len(records):
        late = _many(len(records) - len(kept), "record")
        notices.append(f"{late} after the end of observation took no part")
    unknown: dict[str, int] = {}
    for event in events:
        if event.type not in rulebook.catalogue.types:
            unknown[event.type] = unknown.get(event.type, 0) + 1
    for name in sorted(unknown):
        hint = nearest(name, rulebook.catalogue.types)
        hint = f" ({hint})" if hint.startswith("did you mean") else ""
        notices.append(f"{_many(unknown[name], 'record')} of type {name!r}, which the rulebook does not know{hint}")
    notices += [_told(gap) for gap in gaps if gap.reason != UNREADABLE]
    seen: dict[tuple[str, str], Any] = {}
    for event in events:
        identity = (event.record.source or "", event.record.id or "")
        if event.record.id is not None and identity in seen:
            first, other = seen[identity].record.location, event.record.location
            notices.append(f"id {event.record.id!r} stands for different records: {first} and {other}")
        seen[identity] = event
    hidden = hidden_events(gaps, events, missing)
    trace = Trace(events, start, end, registers, gaps, hidden)
    return narrowed(trace, rulebook.definitions.intervals.values()), notices


def _told(gap: Gap) -> str:
    count = "records" if gap.missing == INFINITY else _many(int(gap.missing), "record")
    span = f"between {format_instant(gap.start)} and {format_instant(gap.end)}"
    may_be = "may be " if gap.missing == INFINITY else ""
    return f"{count} of source {gap.source!r} {may_be}missing {span}"


def _remarked(remarks: Iterable[Remark]) -> list[str]:
    return [f"{remark.record.location}: {remark.text}" for remark in remarks]


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def report(check: Check, *, all_findings: bool = False) -> Report:
    """Tell what a check found out; `all_findings` adds the satisfied ones with their margins."""
    by_constraint: dict[str, list[Judged]] = {constraint.id: [] for constraint in check.rulebook.constraints}
    for judged in check.judged:
        by_constraint[judged.constraint.id].append(judged)
    rows = [_row(constraint, by_constraint[constraint.id]) for constraint in check.rulebook.constraints]
    findings = []
    for constraint in check.rulebook.constraints:
        chosen = [j for j in by_constraint[constraint.id] if all_findings or j.obligation.verdict in _TOLD]
        chosen.sort(key=lambda j: (j.obligation.start, j.obligation.subject or "", j.obligation.end, j.finding_id))
        findings += [finding_of(j) for j in chosen]
    assessments, remarks = assessed(check.rulebook, findings)
    rejected = [RejectedOf(*reject.location, reject.reason) for log in check.logs for reject in log.rejected]
    rulebook = check.rulebook
    complete = bool(check.trace.events) and not rejected and not check.trace.gaps
    return Report(
        report_version=1,
        tool=ToolOf(NAME, __version__),
        verdict=str(_whole(rows, complete)),
        rulebook=RulebookOf(
            rulebook.id, rulebook.version, rulebook.title, rulebook.digest, rulebook.position,
            dict(rulebook.parameters),
        ),
        logs=[LogOf(log.name, log.digest, len(log.records), len(log.rejected)) for log in check.logs],
        observed=_observed(check.trace),
        complete=complete,
        constraints=rows,
        findings=findings,
        assessments=assessments,
        rejected=rejected,
        notices=[*check.notices, *remarks],
    )  # fmt: skip


_TOLD = (Verdict.VIOLATED, Verdict.INCONCLUSIVE, Verdict.PENDING, Verdict.EXCUSED)


def _observed(trace: Trace) -> Observed:
    if not trace.events and trace.observed_from == trace.observed_until:
        return Observed(None, None)
    return Observed(format_instant(trace.observed_from), format_instant(trace.observed_until))


def _whole(rows: Sequence[ConstraintOf], complete: bool) -> Verdict:
    """Violated, else inconclusive, else pending, else satisfied; a log that lacks records is never satisfied."""
    verdicts = {Verdict(row.verdict) for row in rows}
    if not complete:
        verdicts.add(Verdict.INCONCLUSIVE)
    found = worst(verdicts)
    return found if found in (Verdict.VIOLATED, Verdict.INCONCLUSIVE, Verdict.PENDING) else Verdict.SATISFIED


def _row(constraint: Constraint, judged: Sequence[Judged]) -> ConstraintOf:
    occasions: dict[tuple[tuple[int, int], int], set[Verdict]] = {}
    for j in judged:
        occasions.setdefault((j.place, j.obligation.occasion), set()).add(j.obligation.verdict)
    verdicts = [worst(found) for found in occasions.values()]
    return ConstraintOf(
        id=constraint.id,
        title=constraint.title,
        text=constraint.text,
        group=constraint.group,
        severity=constraint.severity,
        source=constraint.source,
        kind=constraint.kind,
        verdict=str(worst(set(verdicts))),
        activations=len(verdicts),
        satisfied=verdicts.count(Verdict.SATISFIED),
        violated=verdicts.count(Verdict.VIOLATED),
        inconclusive=verdicts.count(Verdict.INCONCLUSIVE),
        pending=verdicts.count(Verdict.PENDING),
        excused=verdicts.count(Verdict.EXCUSED),
        nearest=_nearest(judged),
    )


def _nearest(judged: Sequence[Judged]) -> Nearest | None:
    """The pass with the least margin, in time if any was measured in time; None for what is either so or not so."""
    passed = [j for j in judged if j.obligation.verdict is Verdict.SATISFIED and _degree(j) < 2]
    if not passed:
        return None
    best = min(_degree(j) for j in passed)
    closest = min(
        (j.obligation for j in passed if _degree(j) == best),
        key=lambda o: (o.decision.margin.low, o.at, o.subject or ""),
    )
    margin = number(closest.decision.margin.low, closest.unit)
    return Nearest(margin, unit_of(closest.unit), closest.subject, format_instant(closest.at))


def _degree(judged: Judged) -> int:
    """0 for what is measured in time, 1 for other quantities, 2 for what is either so or not so."""
    if isinstance(judged.rule.measure, (Clashes, Holds, Portion, Step, Within)):
        return 2
    return 0 if judged.obligation.unit == DURATION else 1


def finding_of(judged: Judged) -> Finding:
    """One obligation as the report tells it: the norm, then the fact."""
    o = judged.obligation
    unit = o.unit

    def both(bounds: Any) -> Range:
        return Range(number(bounds.low, unit), number(bounds.high, unit))

    return Finding(
        id=judged.finding_id,
        constraint=judged.constraint.id,
        verdict=str(o.verdict),
        severity=judged.constraint.severity,
        subject=o.subject,
        key={name: _text(value) for name, value in o.key},
        from_=format_instant(o.start),
        until=format_instant(o.end),
        measured=both(o.measured),
        limit=number(o.decision.limit, unit),
        margin=both(o.decision.margin),
        unit=unit_of(unit),
        message=f"{judged.constraint.text} {fact(o, judged.rule)}",
        reason=o.reason or None,
        evidence=evidence(o, judged.rule),
        shown=not o.hidden,
        missing=[_missing(lack) for lack in o.lacks] if o.verdict is Verdict.INCONCLUSIVE else [],
        due=format_instant(o.due) if o.due is not None else None,
        waiver=None,
        witnesses=_witnesses(o),
    )


def _missing(lack: Lack) -> MissingOf:
    start, end = (format_instant(at) if abs(at) < FAR else None for at in (lack.start, lack.end))
    return MissingOf(None if lack.types is None else sorted(lack.types), lack.source, start, end)


def _witnesses(obligation: Obligation) -> list[WitnessOf]:
    """Each record once, in order; for what a gap may hide the records around it."""
    told = []
    for witness in obligation.witnesses:
        gap = witness.event.hidden
        if gap is None:
            told.append((witness.role, witness.event))
        else:
            told += [
                (role, e) for role, e in (("before the gap", gap.before), ("after the gap", gap.after)) if e is not None
            ]
    seen: dict[int, WitnessOf] = {}
    for role, event in sorted(told, key=lambda pair: (pair[1].earliest, pair[1].latest)):
        record = event.record
        if id(record) not in seen:
            seen[id(record)] = WitnessOf(
                role, record.location.file, record.location.line, record.id,
                format_instant(record.earliest), record.type,
            )  # fmt: skip
    return list(seen.values())


def _text(value: Any) -> Any:
    if value is None or isinstance(value, Unknown):
        return None
    return value if isinstance(value, (str, bool, int)) else str(value)


def _texts(key: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, _text(value)) for name, value in key]


__all__ = ["Check", "Judged", "Rejected", "finding_of", "report", "run", "trace_of"]
