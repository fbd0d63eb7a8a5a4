"""One log under several positions: what each asks, how they stand to one another by the rulebook, and on this log.

By the rulebook alone, a position asks more of a constraint if whatever keeps it keeps the other's too: that follows
from limits where all else is the same, from windows that lie inside one another, from a constraint that is not in force
for one of them, and from nothing else here; exceptions that may excuse it are left aside (that they differ is said).
Wherever it does not follow, the two are incomparable, and it is said why.
On the log, findings are matched as `difference` matches those of two reports.
"""

from collections.abc import Sequence
from itertools import combinations

from checker import answers
from checker.answers import Compared, OnlyIn, Relation, Side
from checker.constraint import Constraint
from checker.difference import FindingChange, difference
from checker.errors import UsageError, nearest
from checker.measure import (
    DURATION,
    Clashes,
    Holds,
    Portion,
    Rule,
    Step,
    Within,
)
from checker.report import ConstraintOf, Finding, Report, ToolOf
from checker.rulebook import Rulebook
from checker.strictness import EQUAL, INCOMPARABLE, LOOSER, STRICTER, by_rulebook, together
from checker.telling import NAME
from checker.version import __version__
from checker.wording import amount, limits

_WORSE = ("satisfied", "not_applicable", "excused", "pending", "inconclusive", "violated")
"""From the best that can come of an occasion to the worst."""
_BOOLEAN = (Holds, Within, Step, Clashes)


def chosen(positions: Sequence[str], book: Rulebook) -> list[str]:
    """The positions to compare, each once: at least two that the rulebook has. Raises UsageError otherwise."""
    names = list(dict.fromkeys(name.strip() for name in positions if name.strip())) or list(book.positions)
    for name in names:
        if name not in book.positions:
            raise UsageError(f"the rulebook has no position {name!r}", nearest(name, book.positions))
    if len(names) < 2:
        raise UsageError("to compare takes at least two positions", f"--positions a,b of {', '.join(book.positions)}")
    return names


def compare(books: Sequence[Rulebook], reports: Sequence[Report]) -> answers.Comparison:
    """Compare what a rulebook under several positions says of the same logs; `reports` list satisfied findings."""
    names = [book.position or "" for book in books]
    changes = {(a, b): difference(reports[a], reports[b]).findings for a, b in combinations(range(len(books)), 2)}
    rows = []
    for at, constraint in enumerate(books[0].constraints):
        under = [book.constraints[at] for book in books]
        sides = [
            _side(name, one, report.constraints[at], report)
            for name, one, report in zip(names, under, reports, strict=True)
        ]
        relations = []
        for (a, b), found in changes.items():
            asked, because = by_rulebook(under[a], under[b])
            because += _aside(constraint.id, books[a], books[b])
            if because and asked == EQUAL and _registers(books[a]) != _registers(books[b]):
                asked = INCOMPARABLE
            seen = _on_log([change for change in found if change.constraint == constraint.id])
            relations.append(Relation(names[a], names[b], asked, seen, because))
        differing = _parameters(under, books)
        same = all(r.by_rulebook == EQUAL and r.on_log == EQUAL for r in relations)
        rows.append(Compared(
            constraint.id, constraint.title, constraint.text, constraint.group, constraint.severity, same, differing,
            sides, relations,
        ))  # fmt: skip
    return answers.Comparison(
        comparison_version=answers.VERSION,
        tool=ToolOf(NAME, __version__),
        rulebooks=[report.rulebook for report in reports],
        logs=reports[0].logs,
        observed=reports[0].observed,
        totals=[_total(name, report) for name, report in zip(names, reports, strict=True)],
        constraints=rows,
        only_in=[one for (a, b), found in changes.items() for one in _only(found, names[a], names[b])],
        notices=list(dict.fromkeys(notice for report in reports for notice in report.notices)),
    )


def _total(name: str, report: Report) -> answers.Total:
    counts = {verdict: sum(f.verdict == verdict for f in report.findings) for verdict in _WORSE}
    return answers.Total(
        name, report.verdict, counts["violated"], counts["inconclusive"], counts["pending"], counts["excused"]
    )


def _parameters(under: Sequence[Constraint], books: Sequence[Rulebook]) -> dict[str, dict[str, str]]:
    """The parameters that the constraint refers to and whose values are not the same under all."""
    found = {}
    for name in dict.fromkeys(name for one in under for name in one.parameters):
        values = {book.position or "": book.parameters.get(name, "") for book in books}
        if len(set(values.values())) > 1:
            found[name] = values
    return found


def _side(name: str, constraint: Constraint, row: ConstraintOf, report: Report) -> Side:
    findings = [f for f in report.findings if f.constraint == constraint.id and f.verdict != "satisfied"]
    return Side(
        name, constraint.in_force, constraint.kind,
        list(dict.fromkeys(_told(rule) for clause in constraint.clauses for rule in clause.rules)),
        row.verdict, row.activations, row.satisfied, row.violated, row.inconclusive, row.pending, row.excused,
        _worst([f for f in findings if f.verdict == "violated"]), [f.id for f in findings],
    )  # fmt: skip


def _told(rule: Rule) -> str:
    limit = rule.limit
    nothing = limit.at_most == 0 and limit.exclusive and limit.at_least is None
    if nothing or isinstance(rule.measure, (*_BOOLEAN, Portion)):
        return "none allowed"
    return limits(limit, rule.unit)


def _worst(findings: Sequence[Finding]) -> str | None:
    """By how much the limit was missed most, in the words of the margin; None where there is no such amount."""
    missed = [
        (-f.margin.high, f.unit) for f in findings
        if f.margin.high is not None and not (f.unit == "count" and f.limit == 0)  # either so or not so
    ]  # fmt: skip
    if not missed:
        return None
    most, unit = max(missed)
    if unit == "s":
        return amount(round(most * 1_000_000), DURATION)
    return f"{most}" if unit == "count" else f"{most} {unit}"


def _aside(name: str, one: Rulebook, two: Rulebook) -> list[str]:
    """What may come out otherwise though the constraint itself asks the same."""
    found = []
    mine, theirs = ([w for w in book.waivers if name in (*w.excuses, *w.left_out_of)] for book in (one, two))
    if mine != theirs:
        found.append("the exceptions that may excuse it are under other conditions")
    if _registers(one) != _registers(two):
        found.append("registers hold other members")
    return found


def _registers(book: Rulebook) -> dict[str, str]:
    return {name: repr(register.entries) for name, register in book.registers.items()}


# ---- on this log ----


def _on_log(changes: Sequence[FindingChange]) -> str:
    """How the second stands to the first, by what came of each occasion that both or one of them asks about."""
    return together([_direction(change) for change in changes])


def _direction(change: FindingChange) -> str:
    before, after = (_rank(verdict) for verdict in (change.old_verdict, change.new_verdict))
    if before != after:
        return STRICTER if after > before else LOOSER
    if change.old is not None and change.new is not None and change.old.unit == change.new.unit:
        return _nearer(change.old, change.new)
    return EQUAL


def _rank(verdict: str | None) -> int:
    return _WORSE.index(verdict) if verdict in _WORSE[2:] else 0


def _nearer(old: Finding, new: Finding) -> str:
    """Which of two has less margin; an end that is not there is no end."""
    found = []
    for before, after, absent in (
        (old.margin.low, new.margin.low, float("-inf")), (old.margin.high, new.margin.high, float("inf"))
    ):  # fmt: skip
        a, b = absent if before is None else before, absent if after is None else after
        if a != b:
            found.append(STRICTER if b < a else LOOSER)
    return together(found)


def _only(changes: Sequence[FindingChange], first: str, second: str) -> list[OnlyIn]:
    """The findings that one of two positions has: what the other does not call so, or does not ask at all."""
    found = []
    for change in changes:
        before, after = _rank(change.old_verdict) > 0, _rank(change.new_verdict) > 0
        if before and not after and change.old is not None:
            found.append(OnlyIn(first, second, change.old, change.new_verdict))
        elif after and not before and change.new is not None:
            found.append(OnlyIn(second, first, change.new, change.old_verdict))
    return found


__all__ = ["EQUAL", "INCOMPARABLE", "LOOSER", "STRICTER", "by_rulebook", "chosen", "compare", "together"]
