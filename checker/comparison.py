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
from checker.bounds import INFINITY, Number
from checker.constraint import Constraint
from checker.difference import FindingChange, difference
from checker.errors import UsageError, nearest
from checker.measure import (
    DURATION,
    NONE_ALLOWED,
    Clashes,
    Deviation,
    Distance,
    Holds,
    Lag,
    Lead,
    Length,
    Limit,
    Portion,
    Rule,
    Step,
    Total,
    Value,
    Within,
)
from checker.pattern import ANYTHING
from checker.report import ConstraintOf, Finding, Report, ToolOf
from checker.rulebook import Rulebook
from checker.telling import NAME
from checker.version import __version__
from checker.wording import amount, limits

EQUAL, STRICTER, LOOSER, INCOMPARABLE = "equal", "stricter", "looser", "incomparable"

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
    if isinstance(rule.measure, (*_BOOLEAN, Portion)):
        return "none allowed"
    return limits(rule.limit, rule.unit)


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


# ---- by the rulebook alone ----


def by_rulebook(first: Constraint, second: Constraint) -> tuple[str, list[str]]:
    """How the second stands to the first, whatever the log, and why."""
    if not first.in_force or not second.in_force:
        if first.in_force == second.in_force:
            return EQUAL, ["not in force under either"]
        return (LOOSER, ["not in force under the second"]) if first.in_force else (
            STRICTER, ["not in force under the first"],
        )  # fmt: skip
    mine = [rule for clause in first.clauses for rule in clause.rules]
    theirs = [rule for clause in second.clauses for rule in clause.rules]
    if mine == theirs:
        return EQUAL, []
    mine_only, theirs_only = [r for r in mine if r not in theirs], [r for r in theirs if r not in mine]
    if not theirs_only:
        return LOOSER, [f"{_many(len(mine_only))} fewer under the second"]
    if not mine_only:
        return STRICTER, [f"{_many(len(theirs_only))} more under the second"]
    if _forbid_all(theirs_only, mine_only):
        return STRICTER, ["none is permitted under the second"]
    if _forbid_all(mine_only, theirs_only):
        return LOOSER, ["none is permitted under the first"]
    if len(mine_only) != len(theirs_only):
        return INCOMPARABLE, ["of another form"]
    because: list[str] = []
    found = []
    for one, two in zip(mine_only, theirs_only, strict=True):
        relation, why = _rules(one, two)
        found.append(relation)
        because += why
    return together(found), list(dict.fromkeys(because))


def together(relations: Sequence[str]) -> str:
    """The relation of wholes whose parts stand so."""
    parts = set(relations) - {EQUAL}
    if not parts:
        return EQUAL
    return parts.pop() if len(parts) == 1 else INCOMPARABLE


_OF_EACH = (Deviation, Distance, Holds, Lag, Lead, Length, Portion, Value, Within)
"""Measures that ask something of occasions that take place, and nothing where none does."""


def _forbid_all(rules: Sequence[Rule], others: Sequence[Rule]) -> bool:
    """Whether one of the rules is broken by every occasion on which the others ask anything."""
    return any(
        (
            (isinstance(rule.measure, Length) and rule.limit == Limit(at_most=0, exclusive=True))
            or (rule.measure == Holds(ANYTHING) and rule.limit == NONE_ALLOWED)
        )
        and all(
            isinstance(other.measure, _OF_EACH)
            and (other.on, other.start, other.end) == (rule.on, rule.start, rule.end)
            for other in others
        )
        for rule in rules
    )


def _many(count: int) -> str:
    return f"{count} part{'' if count == 1 else 's'}"


def _rules(one: Rule, two: Rule) -> tuple[str, list[str]]:
    found, why = [], []
    if one._replace(limit=two.limit, measure=two.measure) != two:
        return INCOMPARABLE, ["asked on other occasions, or at other times" if type(one.measure) is type(two.measure)
                              else "of another form"]  # fmt: skip
    if one.measure != two.measure:
        windows = _windows(one, two)
        if windows is None:
            return INCOMPARABLE, ["another quantity is measured, or set against something else"]
        found.append(windows)
        why.append(f"the window is {'longer' if windows == STRICTER else 'shorter'} under the second")
    if one.limit != two.limit:
        found.append(_limits(one.limit, two.limit))
        unit = one.unit
        why.append(f"{limits(one.limit, unit)} under the first, {limits(two.limit, unit)} under the second")
    return together(found), why


_INSIDE = ("day", "month", "year")
"""Calendar windows each of which lies inside one of the next."""


def _windows(one: Rule, two: Rule) -> str | None:
    """How a total over another window stands, if nothing else is measured otherwise; None where that tells nothing.

    A longer window holds no less, and a total that may be at most so much is then harder to keep. Not so where what is
    added may be negative, or a least total is asked for.
    """
    mine, theirs = one.measure, two.measure
    if not isinstance(mine, Total) or not isinstance(theirs, Total) or mine._replace(window=theirs.window) != theirs:
        return None
    sides = (one.limit.at_least, two.limit.at_least)
    if mine.of not in ("duration", "count") or sides != (None, None):
        return None
    a, b = mine.window, theirs.window
    if a.rolling is not None and b.rolling is not None:
        return STRICTER if a.rolling < b.rolling else LOOSER
    names = [str(window.unit or "") for window in (a, b)]
    if a._replace(unit=b.unit) == b and (a.anchor == (1, 1)) and all(name in _INSIDE for name in names):
        return STRICTER if _INSIDE.index(names[0]) < _INSIDE.index(names[1]) else LOOSER
    return None


def _limits(one: Limit, two: Limit) -> str:
    """Whatever keeps the stricter of two limits keeps the other."""

    def bounds(limit: Limit) -> tuple[tuple[Number, int], tuple[Number, int]]:
        least = -INFINITY if limit.at_least is None else limit.at_least
        most = INFINITY if limit.at_most is None else limit.at_most
        return (least, int(limit.exclusive)), (most, -int(limit.exclusive))

    (low, high), (other_low, other_high) = bounds(one), bounds(two)
    found = []
    if low != other_low:
        found.append(STRICTER if other_low > low else LOOSER)
    if high != other_high:
        found.append(STRICTER if other_high < high else LOOSER)
    return together(found)


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
