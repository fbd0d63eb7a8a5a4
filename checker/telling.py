"""What a check found out, as a report tells it: rows, findings, waivers, and what follows from them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from checker import limits
from checker.bounds import Bounds, Number, is_finite
from checker.consequences import assessed
from checker.constraint import Constraint
from checker.event import Record
from checker.interval import FAR, Lack
from checker.measure import DURATION, Clashes, Holds, Portion, Rule, Step, Within
from checker.obligation import WAIVER, Obligation, Verdict, Witness, cited, worst
from checker.pipeline import Check, Found, Invoked, Judged, Read, plain_text
from checker.profile import NO_PROFILE, NoProfile
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
    Sort,
    ToolOf,
    WaiverOf,
    WitnessOf,
    as_json,
)
from checker.spool import Key, Spool, Streamed
from checker.stored import finding_of as read_finding
from checker.timeline import format_instant
from checker.trace import Trace
from checker.version import __version__
from checker.waiver import (
    FindingWaiver,
    Part,
    Use,
)
from checker.wording import evidence, excused, fact, number, standing, unit_of

NAME = "limited-use-checker"
UNREADABLE_HELD = limits.limit("unreadable_held")


def report(check: Check, *, all_findings: bool = False, profile: NoProfile = NO_PROFILE) -> Report:
    """Tell what a check found out; `all_findings` adds the satisfied ones with their margins."""
    with profile.stage("report"):
        return _report(check, all_findings, profile)


def _report(check: Check, all_findings: bool, profile: NoProfile) -> Report:
    rows = []
    findings: list[Finding] | Spool = [] if check.streamed is None else Spool(read_finding)
    for constraint, parts in groupby(check.found(), key=lambda part: part.constraint):
        tally = _Tally(constraint)
        if isinstance(findings, Spool):
            findings.begin()
        for part in parts:
            tally.add(part)
            told = (j for j in part.judged if all_findings or j.verdict in _TOLD)
            chosen = [(_order(j.obligation, name := j.finding_id), name, j) for j in told]
            chosen.sort(key=itemgetter(0))
            if not isinstance(findings, Spool):
                findings += [finding_of(j, name) for _, name, j in chosen]
                continue
            labels = [Sort(constraint.id, str(j.verdict), not j.obligation.hidden) for _, _, j in chosen]
            for label in dict.fromkeys(labels):
                these = (one for one, its in zip(chosen, labels, strict=True) if its == label)
                findings.add(((key, as_json(finding_of(j, name))) for key, name, j in these), label)
        rows.append(tally.row())
    waivers = audit(check)
    with profile.stage("assessments"):
        assessments, remarks = assessed(check.rulebook, findings, waivers)
    rejected = _rejected(check)
    rulebook = check.rulebook
    used = any(waiver.state != "unused" for waiver in waivers)  # without that nothing is provisional
    provisional = used and any(finding.provisional for finding in findings)
    shown = not (check.trace.empty or check.trace.foreign)
    complete = shown and not rejected and not check.trace.gaps
    return Report(
        report_version=1,
        tool=ToolOf(NAME, __version__),
        verdict=str(_whole(rows, complete, provisional)),
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
        notices=[*_empty(check.logs), *check.notices, *remarks, *limits.told()],
        as_of=format_instant(check.as_of) if check.as_of is not None else None,
        corrections=[
            CorrectionOf(
                _witness("corrected", change.record), change.field, change.before, change.after,
                _witness("correction", change.by.record),
            )
            for change in check.corrections
        ],
    )  # fmt: skip


class _Unread(Streamed):
    """What could not be read, as a report has it: of all logs, each made when it is asked for."""

    def __init__(self, logs: Sequence[Read]) -> None:
        self._logs = logs

    def __len__(self) -> int:
        return sum(len(log.rejected) for log in self._logs)

    def __iter__(self) -> Iterator[RejectedOf]:
        for log in self._logs:
            for reject in log.rejected:
                yield RejectedOf(*reject.location, reject.reason)


def _empty(logs: Sequence[Read]) -> list[str]:
    """The notices on logs that hold nothing, beside others; of one alone the page itself says so."""
    found = [log.name for log in logs if not log.records and not log.rejected]
    return [f"{name} holds no record" for name in found] if len(logs) > 1 else []


def _rejected(check: Check) -> Sequence[RejectedOf]:
    unread = _Unread(check.logs)
    return list(unread) if len(unread) <= UNREADABLE_HELD else unread


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


class _Tally:
    """What a constraint comes to, added up part by part."""

    def __init__(self, constraint: Constraint) -> None:
        self._constraint = constraint
        self._counts: Counter[Verdict] = Counter()
        self._closest: Closeness | None = None

    def add(self, found: Found) -> None:
        """Take a part: no occasion is in two of them."""
        occasions: dict[tuple[tuple[int, int], int], set[Verdict]] = {}
        for j in found.judged:
            occasions.setdefault((j.place, j.obligation.occasion), set()).add(j.verdict)
        self._counts.update(worst(verdicts) for verdicts in occasions.values())
        self._counts[Verdict.SATISFIED] += sum(together.times for _, together in found.passed)
        passes = [*_passes(found), *([self._closest] if self._closest is not None else [])]
        self._closest = min(passes, key=lambda one: one[:4], default=None)

    def row(self) -> ConstraintOf:
        """The constraint as a report tells it."""
        constraint, counts = self._constraint, self._counts
        return ConstraintOf(
            id=constraint.id,
            title=constraint.title,
            text=constraint.text,
            group=constraint.group,
            severity=constraint.severity,
            source=constraint.source,
            kind=constraint.kind,
            verdict=str(worst({verdict for verdict, count in counts.items() if count})),
            activations=counts.total(),
            satisfied=counts[Verdict.SATISFIED],
            violated=counts[Verdict.VIOLATED],
            inconclusive=counts[Verdict.INCONCLUSIVE],
            pending=counts[Verdict.PENDING],
            excused=counts[Verdict.EXCUSED],
            nearest=self._nearest(),
        )

    def _nearest(self) -> Nearest | None:
        """The pass with the least margin, in time if any was measured in time."""
        if self._closest is None:
            return None
        _, margin, at, _, subject, unit = self._closest
        return Nearest(number(margin, unit), unit_of(unit), subject, format_instant(at))


Closeness = tuple[int, Number, int, str, str | None, str]
"""Of a pass: its degree, its margin, when, of whom (twice: as text to sort by, and as it is), and the unit."""


def _passes(found: Found) -> Iterator[Closeness]:
    """The passes of what is not just either so or not so."""
    for j in found.judged:
        o = j.obligation
        if o.verdict is Verdict.SATISFIED and (degree := _degree(j.rule, o.unit)) < 2:
            yield degree, o.decision.margin.low, o.at, o.subject or "", o.subject, o.unit
    for rule, p in found.passed:
        if (degree := _degree(rule, p.unit)) < 2:
            yield degree, p.margin, p.at, p.subject or "", p.subject, p.unit


def _degree(rule: Rule, unit: str) -> int:
    """0 for what is measured in time, 1 for other quantities, 2 for what is either so or not so."""
    if isinstance(rule.measure, (Clashes, Holds, Portion, Step, Within)):
        return 2
    return 0 if unit == DURATION else 1


def _order(obligation: Obligation, name: str) -> Key:
    return obligation.start, obligation.subject or "", obligation.end, name


def finding_of(judged: Judged, name: str) -> Finding:
    """One obligation as the report tells it, under its id: the norm, then the fact."""
    o, excuse = judged.obligation, judged.excuse
    unit, verdict = o.unit, judged.verdict
    open_ = verdict is Verdict.INCONCLUSIVE

    def both(bounds: Bounds) -> Range:
        low = number(bounds.low, unit)
        return Range(low, low if bounds.low == bounds.high else number(bounds.high, unit))

    return Finding(
        id=name,
        constraint=judged.constraint.id,
        verdict=str(verdict),
        severity=judged.constraint.severity,
        subject=o.subject,
        key={name: plain_text(value) for name, value in o.key},
        from_=format_instant(o.start),
        until=format_instant(o.end),
        measured=both(o.measured),
        limit=number(o.decision.limit, unit),
        margin=both(o.decision.margin),
        unit=unit_of(unit),
        message=" ".join(filter(None, (judged.constraint.text, fact(o, judged.rule), excused(excuse)))),
        reason=(o.reason or WAIVER) if open_ else None,
        evidence=evidence(o, judged.rule) if open_ else None,
        shown=not o.hidden,
        missing=[_missing(lack) for lack in o.lacks] if open_ else [],
        due=format_instant(o.due) if o.due is not None else None,
        waiver=excuse.waiver if excuse is not None and verdict is Verdict.EXCUSED else None,
        provisional=excuse is not None and excuse.provisional,
        witnesses=_witnesses(o.witnesses),
    )


def _missing(lack: Lack) -> MissingOf:
    start, end = (format_instant(at) if abs(at) < FAR else None for at in (lack.start, lack.end))
    return MissingOf(None if lack.types is None else sorted(lack.types), lack.source, start, end, lack.places)


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
                ("precedent", use.waiver.precedent, [part for parts in use.precedent for part in parts]),
                ("subsequent", use.waiver.subsequent, [part for parts in use.subsequent for part in parts]),
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
