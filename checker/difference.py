"""What changed from one report to another, and through what: records, parameters, the rulebook, the time observed."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from typing import Any

from checker.quick import dataclass
from checker.report import (
    ConstraintOf,
    Finding,
    LogOf,
    Report,
    ToolOf,
    WitnessOf,
    plain,
    schema_of,
)
from checker.timeline import parse_instant
from checker.version import __version__

VERSION = 1
_NEAR = 8
"""How many findings on either side of another are looked at as its neighbours in time."""


@dataclass(slots=True)
class Counts:
    """A constraint in one of the reports: its verdict, and how many occasions came out how."""

    verdict: str
    activations: int
    satisfied: int
    violated: int
    inconclusive: int
    pending: int
    excused: int


@dataclass(slots=True)
class ConstraintChange:
    """A constraint that came out otherwise; null where a report does not hold it."""

    id: str
    title: str
    old: Counts | None
    new: Counts | None


@dataclass(slots=True)
class FindingChange:
    """A finding that appeared, vanished, or changed in verdict, in magnitude, or in what it rests on.

    `old_verdict` and `new_verdict` are told even where a report lists no such finding but shows by its counts what
    became of the occasion (satisfied, or no longer activated); null where it does not show it. `old_records` and
    `new_records` are those that only one of both cites. `through`: what it came through, as far as both reports show
    it: a parameter, another limit, another norm, a waiver, records, the time observed, the rulebook.
    """

    change: str
    constraint: str
    norm: str
    subject: str | None
    key: dict[str, Any]
    old_verdict: str | None
    new_verdict: str | None
    old: Finding | None
    new: Finding | None
    old_records: list[WitnessOf]
    new_records: list[WitnessOf]
    through: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Circumstance:
    """Something else in which the reports differ, and that what changed may come from; null where one has none."""

    what: str
    name: str
    old: str | None
    new: str | None


@dataclass(slots=True)
class Difference:
    """All in which two reports differ. Nothing here says which of them is right."""

    difference_version: int
    tool: ToolOf
    same: bool
    """Whether the reports differ in nothing that is compared."""
    old_verdict: str
    new_verdict: str
    circumstances: list[Circumstance]
    constraints: list[ConstraintChange] = field(default_factory=list)
    findings: list[FindingChange] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, in the shape of the schema."""
        made: dict[str, Any] = plain(self)
        return made

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """The JSON Schema of `to_dict()`, generated from these classes."""
        return schema_of(cls, "Difference of two reports")


def difference(old: Report, new: Report) -> Difference:
    """Compare two reports: findings by their ids, else by constraint, asset and key where they lie over one another."""
    circumstances = list(_circumstances(old, new))
    rows = list(_constraints(old, new))
    findings = _findings(old, new)
    return Difference(
        difference_version=VERSION,
        tool=ToolOf(new.tool.name, __version__),
        same=not circumstances and not rows and not findings and old.verdict == new.verdict,
        old_verdict=old.verdict,
        new_verdict=new.verdict,
        circumstances=circumstances,
        constraints=rows,
        findings=findings,
    )


# ---- what else differs ----


def _circumstances(old: Report, new: Report) -> Iterable[Circumstance]:
    pairs: list[tuple[str, str, str | None, str | None]] = [
        ("tool", old.tool.name, old.tool.version, new.tool.version),
        ("rulebook", "id", old.rulebook.id, new.rulebook.id),
        ("rulebook", "version", old.rulebook.version, new.rulebook.version),
        ("rulebook", "digest", old.rulebook.digest, new.rulebook.digest),
        ("position", "", old.rulebook.position, new.rulebook.position),
    ]
    mine, theirs = old.rulebook.parameters, new.rulebook.parameters
    pairs += [("parameter", name, mine.get(name), theirs.get(name)) for name in _names(mine, theirs)]
    pairs += [
        ("observed", "from", old.observed.from_, new.observed.from_),
        ("observed", "until", old.observed.until, new.observed.until),
        ("observed", "as of", old.as_of, new.as_of),
    ]
    pairs += _logs(old.logs, new.logs)
    pairs += _listed("unreadable record", old.rejected, new.rejected, lambda r: f"{r.log}:{r.line}", lambda r: r.reason)
    pairs += _listed(
        "correction", old.corrections, new.corrections,
        lambda c: f"{c.record.log}:{c.record.line} {c.field}", lambda c: "null" if c.to is None else c.to,
    )  # fmt: skip
    pairs += _listed("waiver", plain(old.waivers), plain(new.waivers), _id, _compact)
    pairs += _listed("assessment", old.assessments, new.assessments, lambda a: a.id, lambda a: a.text)
    for what, name, before, after in pairs:
        if before != after:
            yield Circumstance(what, name, before, after)


def _names(old: Iterable[str], new: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*old, *new]))


def _listed(
    what: str, old: Sequence[Any], new: Sequence[Any], name: Callable[[Any], str], told: Callable[[Any], str]
) -> list[tuple[str, str, str | None, str | None]]:
    """Entries of two lists by name; several of one name by their order."""
    mine, theirs = _numbered(old, name, told), _numbered(new, name, told)
    return [(what, key[0], mine.get(key), theirs.get(key)) for key in dict.fromkeys([*mine, *theirs])]


def _numbered(
    entries: Sequence[Any], name: Callable[[Any], str], told: Callable[[Any], str]
) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    for entry in entries:
        number = 0
        while (name(entry), number) in found:
            number += 1
        found[name(entry), number] = told(entry)
    return found


def _id(entry: Any) -> str:
    return str(entry.get("id", "")) if isinstance(entry, dict) else ""


def _compact(entry: Any) -> str:
    import json

    return json.dumps(entry, sort_keys=True, ensure_ascii=False)


def _logs(old: Sequence[LogOf], new: Sequence[LogOf]) -> list[tuple[str, str, str | None, str | None]]:
    """Logs by their content, else by their name: one that only moved is the same log."""
    found: list[tuple[str, str, str | None, str | None]] = []
    gone, come = _without(old, new), _without(new, old)
    for log in gone:
        other = next((one for one in come if one.name == log.name), None)
        if other is not None:
            come.remove(other)
        found.append(("log", log.name, _log(log), None if other is None else _log(other)))
    return found + [("log", log.name, None, _log(log)) for log in come]


def _without(logs: Sequence[LogOf], others: Sequence[LogOf]) -> list[LogOf]:
    """The logs without those of equal content among the others, one for one."""
    rest = [_content(log) for log in others]
    found = []
    for log in logs:
        if _content(log) in rest:
            rest.remove(_content(log))
        else:
            found.append(log)
    return found


def _content(log: LogOf) -> tuple[str, int, int]:
    return (log.digest or log.name, log.records, log.rejected)


def _log(log: LogOf) -> str:
    records = f"{log.records} record{'' if log.records == 1 else 's'}"
    unread = f", {log.rejected} unreadable" if log.rejected else ""
    return f"{records}{unread}" + (f", {log.digest}" if log.digest else "")


# ---- constraints ----


def _constraints(old: Report, new: Report) -> Iterable[ConstraintChange]:
    mine = {row.id: row for row in old.constraints}
    theirs = {row.id: row for row in new.constraints}
    for name in _names(mine, theirs):
        before, after = _counts(mine.get(name)), _counts(theirs.get(name))
        if before != after:
            yield ConstraintChange(name, (theirs.get(name) or mine[name]).title, before, after)


def _counts(row: ConstraintOf | None) -> Counts | None:
    if row is None:
        return None
    return Counts(row.verdict, row.activations, row.satisfied, row.violated, row.inconclusive, row.pending, row.excused)


# ---- findings ----

Group = tuple[str, str | None, str]


def _findings(old: Report, new: Report) -> list[FindingChange]:
    """In the order of the new report's constraints, then of time."""
    place = {
        name: at for at, name in enumerate(_names((c.id for c in new.constraints), (c.id for c in old.constraints)))
    }
    known = _Records(old, new)
    by_id = {finding.id: finding for finding in new.findings}
    pairs: list[tuple[Finding | None, Finding | None]] = []
    left: dict[Group, list[Finding]] = {}
    for finding in old.findings:
        other = by_id.pop(finding.id, None)
        if other is not None:
            pairs.append((finding, other))
        else:
            left.setdefault(_group(finding), []).append(finding)
    come: dict[Group, list[Finding]] = {}
    for finding in by_id.values():
        come.setdefault(_group(finding), []).append(finding)
    for group in dict.fromkeys([*left, *come]):
        pairs += _paired(left.get(group, []), come.get(group, []), known)
    changes = [change for one, two in pairs if (change := _change(one, two, old, new, known)) is not None]
    _account(changes, old, new)
    for change in changes:
        change.through = _through(change, old, new)
    listed = [_lists_satisfied(old), _lists_satisfied(new)]
    changes = [c for c in changes if not (c.old is None and not listed[0] and c.new_verdict == "satisfied")]
    changes = [c for c in changes if not (c.new is None and not listed[1] and c.old_verdict == "satisfied")]

    def order(change: FindingChange) -> tuple[int, int, str, str]:
        told = change.new or change.old
        assert told is not None  # noqa: S101 - a change is of a finding in one of both
        return (place.get(told.constraint, len(place)), _start(told), told.subject or "", told.id)

    return sorted(changes, key=order)


def _group(finding: Finding) -> Group:
    return (finding.constraint, finding.subject, _compact(finding.key))


def _lists_satisfied(report: Report) -> bool:
    """Whether the report lists satisfied findings too, or has none that it could list."""
    return any(f.verdict == "satisfied" for f in report.findings) or not any(c.satisfied for c in report.constraints)


class _Records:
    """Which records are the same in both reports: by id, else by line of the log, whose name may have changed."""

    def __init__(self, old: Report, new: Report) -> None:
        names = {log.digest: log.name for log in old.logs if log.digest}
        self._renamed = {log.name: names[log.digest] for log in new.logs if log.digest in names}
        taken = {log.name for log in old.logs}
        self._renamed = {n: m for n, m in self._renamed.items() if n == m or n not in taken}

    def key(self, witness: WitnessOf) -> tuple[Any, ...]:
        if witness.id is not None:
            return (witness.id, witness.type, witness.time)
        return (self._renamed.get(witness.log, witness.log), witness.line, witness.type, witness.time)

    def only(self, one: Finding | None, other: Finding | None) -> list[WitnessOf]:
        """The records that the one cites and the other does not."""
        cited = {self.key(witness) for witness in other.witnesses} if other is not None else set()
        return [witness for witness in one.witnesses if self.key(witness) not in cited] if one is not None else []

    def cause(self, finding: Finding) -> tuple[Any, ...] | None:
        """The record that raised a finding; None for one of no single record."""
        return next((self.key(w) for w in finding.witnesses if w.role in ("trigger", "opening")), None)

    def share(self, one: Finding, other: Finding) -> bool:
        """Whether both cite a record."""
        return len(self.only(one, other)) < len(one.witnesses)


def _paired(old: list[Finding], new: list[Finding], known: _Records) -> list[tuple[Finding | None, Finding | None]]:
    """Findings that the same record raised; of the rest, the nearest that touch in time or cite the same record."""
    pairs: list[tuple[Finding | None, Finding | None]] = []
    raised: dict[Any, list[Finding]] = {}
    for two in sorted(new, key=_start):
        raised.setdefault(known.cause(two), []).append(two)
    rest: list[Finding] = []
    for one in sorted(old, key=_start):
        found = raised.get(known.cause(one)) if known.cause(one) is not None else None
        if found:
            pairs.append((one, found.pop(0)))
        else:
            rest.append(one)
    free = sorted((two for found in raised.values() for two in found), key=_start)
    starts = [_start(two) for two in free]
    candidates = []
    for a, one in enumerate(rest):
        at = bisect_left(starts, _start(one))
        for b in range(max(0, at - _NEAR), min(len(free), at + _NEAR)):
            apart = _apart(one, free[b])
            if apart == 0 or known.share(one, free[b]):
                candidates.append((apart, abs(_start(one) - starts[b]), a, b))
    used: tuple[set[int], set[int]] = (set(), set())
    for *_, a, b in sorted(candidates):
        if a not in used[0] and b not in used[1]:
            used[0].add(a)
            used[1].add(b)
            pairs.append((rest[a], free[b]))
    pairs += [(one, None) for a, one in enumerate(rest) if a not in used[0]]
    return pairs + [(None, two) for b, two in enumerate(free) if b not in used[1]]


def _start(finding: Finding) -> int:
    return parse_instant(finding.from_)[0]


def _apart(one: Finding, two: Finding) -> int:
    """The time between two stretches (µs); 0 where they touch."""
    ends = [parse_instant(finding.until)[0] for finding in (one, two)]
    return max(0, max(_start(one), _start(two)) - min(ends))


def _change(
    one: Finding | None, two: Finding | None, old: Report, new: Report, known: _Records
) -> FindingChange | None:
    told = two or one
    assert told is not None  # noqa: S101 - pairs hold at least one
    gone, come = known.only(one, two), known.only(two, one)
    if one is None or two is None:
        what = "vanished" if two is None else "appeared"
    elif one.verdict != two.verdict:
        what = "verdict"
    elif _magnitude(one) != _magnitude(two):
        what = "magnitude"
    elif gone or come:
        what = "records"
    else:
        return None
    return FindingChange(
        change=what,
        constraint=told.constraint,
        norm=next((row.text for row in (new if two else old).constraints if row.id == told.constraint), ""),
        subject=told.subject,
        key=told.key,
        old_verdict=one.verdict if one is not None else None,
        new_verdict=two.verdict if two is not None else None,
        old=one,
        new=two,
        old_records=gone,
        new_records=come,
    )


def _magnitude(finding: Finding) -> tuple[Any, ...]:
    return (
        finding.from_, finding.until, plain(finding.measured), finding.limit, plain(finding.margin), finding.unit,
        finding.reason, finding.due, finding.waiver, finding.severity,
    )  # fmt: skip


def _account(changes: Sequence[FindingChange], old: Report, new: Report) -> None:
    """What the counts show of an occasion that only one of the reports lists as a finding."""
    for constraint in dict.fromkeys(change.constraint for change in changes):
        lone = [c for c in changes if c.constraint == constraint and (c.old is None or c.new is None)]
        rows = [next((r for r in report.constraints if r.id == constraint), None) for report in (old, new)]
        gone = [c for c in lone if c.new is None and c.old_verdict != "satisfied"]
        come = [c for c in lone if c.old is None and c.new_verdict != "satisfied"]
        for change in gone:
            change.new_verdict = _shown(rows[1], rows[0], len(gone), bool(come))
        for change in come:
            change.old_verdict = _shown(rows[0], rows[1], len(come), bool(gone))


def _shown(row: ConstraintOf | None, other: ConstraintOf | None, count: int, both: bool) -> str | None:
    """The verdict on an occasion that a report does not list, as far as its counts show it."""
    if row is None:
        return None
    if row.verdict in ("satisfied", "not_applicable"):
        return row.verdict
    if other is not None and not both and row.activations == other.activations:
        return "satisfied" if row.satisfied - other.satisfied >= count else None
    return None


# ---- through what a finding changed ----


def _through(change: FindingChange, old: Report, new: Report) -> list[str]:
    """What the change came through, as far as the reports show it; what could not bear on it is left out."""
    rows = [next((r for r in report.constraints if r.id == change.constraint), None) for report in (old, new)]
    found: list[str] = []
    before, after = change.old, change.new
    for side, row in (("old", rows[0]), ("new", rows[1])):
        if row is None:
            found.append(f"the {side} report does not ask about {change.constraint}")
    if rows[0] is not None and rows[1] is not None:
        if rows[0].kind != rows[1].kind:
            found.append(f"rule: {rows[0].kind} -> {rows[1].kind}")
        if rows[0].text != rows[1].text:
            found.append("the norm reads otherwise")
    found += _parameters(change, old, new)
    limits = [None if one is None else (one.limit, one.unit) for one in (before, after)]
    if before is not None and after is not None and limits[0] != limits[1]:
        found.append(f"limit: {_quantity(before)} -> {_quantity(after)}")
    if before is not None and after is not None and before.waiver != after.waiver:
        found.append(f"waiver: {before.waiver or 'none'} -> {after.waiver or 'none'}")
    if before is not None and after is not None and before.severity != after.severity:
        found.append(f"severity: {before.severity} -> {after.severity}")
    if before is not None and after is not None:
        for word, records in (("no longer", change.old_records), ("now", change.new_records)):
            if records:
                found.append(f"record: {word} {', '.join(_record(one) for one in records[:_NAMED])}")
    if not found:
        found += _around(old, new)
    return list(dict.fromkeys(found))


_NAMED = 3
"""How many records are named in one sentence."""


def _record(one: WitnessOf) -> str:
    return f"{one.log}:{one.line} {one.type}"


def _quantity(finding: Finding) -> str:
    if finding.limit is None:
        return "none"
    if finding.unit == "s":
        from checker.timeline import format_duration

        return format_duration(round(finding.limit * 1_000_000))
    return str(finding.limit) if finding.unit == "count" else f"{finding.limit} {finding.unit}"


def _parameters(change: FindingChange, old: Report, new: Report) -> list[str]:
    """The parameters that changed and whose values are the limits that the finding was compared with."""
    mine, theirs = old.rulebook.parameters, new.rulebook.parameters
    found = []
    for name in _names(mine, theirs):
        values = mine.get(name), theirs.get(name)
        if values[0] == values[1]:
            continue
        sides = [(one, value) for one, value in zip((change.old, change.new), values, strict=True) if one is not None]
        if all(value is not None and _is_limit(value, one) for one, value in sides):
            found.append(f"parameter {name}: {values[0] or 'none'} -> {values[1] or 'none'}")
    return [" or ".join(found)] if found else []  # of equal values, which one it was a report does not say


def _is_limit(value: str, finding: Finding) -> bool:
    """Whether a value, as a rulebook writes it, is the limit of a finding."""
    from checker.timeline import parse_duration

    if finding.limit is None:
        return False
    try:
        if finding.unit == "s":
            return parse_duration(value) == round(finding.limit * 1_000_000)
        return float(value) == finding.limit
    except ValueError:
        return False


def _around(old: Report, new: Report) -> list[str]:
    """What else differs that any finding may have come through."""
    found = []
    if old.rulebook.position != new.rulebook.position:
        found.append(f"position: {old.rulebook.position} -> {new.rulebook.position}")
    if (old.rulebook.id, old.rulebook.version) != (new.rulebook.id, new.rulebook.version):
        found.append(f"rulebook: {old.rulebook.id} {old.rulebook.version} -> {new.rulebook.id} {new.rulebook.version}")
    elif old.rulebook.digest != new.rulebook.digest:
        found.append("rulebook: other files of the same version")
    if old.rulebook.position == new.rulebook.position:
        mine, theirs = old.rulebook.parameters, new.rulebook.parameters
        differing = [name for name in _names(mine, theirs) if mine.get(name) != theirs.get(name)]
        told = [f"{name}: {mine.get(name)} -> {theirs.get(name)}" for name in differing]
        if told:
            found.append(f"parameter {' or '.join(told)}" if len(told) <= _NAMED else "parameters")
    if _logs(old.logs, new.logs):
        found.append("the logs")
    if plain(old.observed) != plain(new.observed) or old.as_of != new.as_of:
        found.append("the time observed")
    return found or ["the records"]  # nothing else differs
