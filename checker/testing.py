"""Runs the examples of a rulebook on the very line that checks logs, and says what they show of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from checker import mutation, pipeline, telling
from checker.constraint import Constraint
from checker.errors import CheckerError
from checker.interval import Spell, named_spells
from checker.logs import Log, from_dicts
from checker.measure import Rule
from checker.obligation import Verdict
from checker.report import Finding, Report, ToolOf
from checker.rulebook import Rulebook
from checker.rulebook.examples import Example, Expected, Quantity
from checker.tested import ERROR, FAILED, PASSED, BookOf, Coverage, ExampleResult, Mutation, Outcome, Survivor
from checker.version import __version__
from checker.waiver import Waiver

VERSION = 1

Load = Callable[[str | None, Mapping[str, str]], Rulebook]
"""The rulebook under a position, with parameters set."""


class _Case(NamedTuple):
    """An example, ready to be judged by what it asks of its rulebook, or by what differs from that in one thing."""

    example: Example
    book: Rulebook
    asked: Rulebook
    log: Log

    def report(self, book: Rulebook) -> Report:
        found = pipeline.run(
            [self.log], book,
            observed_from=self.example.observed_from, observed_until=self.example.observed_until,
        )  # fmt: skip
        return telling.report(found, all_findings=True)

    def differences(self, report: Report) -> list[str]:
        """What comes out otherwise than expected."""
        unread = [f"record {one.line} cannot be read: {one.reason}" for one in report.rejected]
        return unread + [told for one in self.example.expected for told in differences(one, report)]


def run(
    examples: Sequence[Example], load: Load, *, only: Sequence[str] = (), mutate: bool = False,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Outcome:  # fmt: skip
    """Run examples, those about constraints, exceptions or groups of `only` if there are any, and judge mutants too.

    Raises UsageError for a name in `only` that the rulebook does not have.
    """
    book = load(None, {})
    asked = {constraint.id for constraint in book.only(only).constraints}
    loaded: dict[tuple[str | None, tuple[tuple[str, str], ...]], Rulebook] = {}
    cases: list[_Case] = []
    results: list[ExampleResult] = []
    reports: list[tuple[_Case, Report]] = []
    for example in examples:
        about = [one.constraint for one in example.expected]
        if not asked & set(about):
            continue
        place = example.location
        result = ExampleResult(example.name, place.file, place.line, example.position, about, ERROR)
        results.append(result)
        key = (example.position, tuple(sorted(example.parameters.items())))
        try:
            if key not in loaded:
                loaded[key] = load(example.position, example.parameters)
        except CheckerError as wrong:
            result.differences = [str(problem) for problem in wrong.problems]
            continue
        book_of = loaded[key]
        log = from_dicts(example.records, name=example.name, mapping=book_of.mapping)
        case = _Case(example, book_of, book_of.only(about), log)
        report = case.report(case.asked)
        result.differences = case.differences(report)
        result.verdict = FAILED if result.differences else PASSED
        reports.append((case, report))
        if not result.differences:
            cases.append(case)
    verdicts = [result.verdict for result in results]
    return Outcome(
        VERSION, ToolOf("checker", __version__), BookOf(book.id, book.version, book.title, book.digest),
        verdicts.count(PASSED), verdicts.count(FAILED), verdicts.count(ERROR), results,
        [_coverage(constraint, reports) for constraint in book.constraints if constraint.id in asked],
        _mutation(cases, asked, progress) if mutate else None,
    )  # fmt: skip


# ---- one example ----


def differences(expected: Expected, report: Report) -> Iterator[str]:
    """In what a report differs from what is expected of a constraint, in words."""
    row = next(row for row in report.constraints if row.id == expected.constraint)
    found = [finding for finding in report.findings if finding.constraint == expected.constraint]
    if row.verdict != expected.verdict:
        told = "; ".join(finding.message for finding in found if finding.verdict == row.verdict)
        yield f"{row.id}: expected {expected.verdict}, found {row.verdict}" + (f": {told}" if told else "")
    if expected.activations is not None and row.activations != expected.activations:
        yield f"{row.id}: expected {expected.activations} occasions, found {row.activations}"
    broken = [finding for finding in found if finding.verdict != Verdict.SATISFIED]
    if expected.findings is not None and len(broken) != expected.findings:
        yield f"{row.id}: expected {expected.findings} findings, found {len(broken)}"
    wanted = {
        "measured": expected.measured, "margin": expected.margin, "from": expected.start, "until": expected.until,
        "reason": expected.reason, "waiver": expected.waiver,
    }  # fmt: skip
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if wanted and row.verdict == expected.verdict:
        candidates = [_told(finding) for finding in found if finding.verdict == expected.verdict]
        if not any(all(one[name] == value for name, value in wanted.items()) for one in candidates):
            told = "; ".join(_shown({name: one[name] for name in wanted}) for one in candidates) or "none is told"
            yield f"{row.id}: expected one with {_shown(wanted)}, found {told}"


def _told(finding: Finding) -> dict[str, object]:
    return {
        "measured": (finding.measured.low, finding.measured.high),
        "margin": (finding.margin.low, finding.margin.high),
        "from": finding.from_,
        "until": finding.until,
        "reason": finding.reason,
        "waiver": finding.waiver,
    }


def _shown(values: dict[str, object] | dict[str, Quantity | str | None]) -> str:
    def one(value: object) -> str:
        if isinstance(value, tuple):
            low, high = value
            return str(low) if low == high else f"{low} to {high}"
        return str(value)

    return ", ".join(f"{name} {one(value)}" for name, value in values.items())


# ---- coverage ----


def _coverage(constraint: Constraint, reports: Iterable[tuple[_Case, Report]]) -> Coverage:
    seen: dict[str, int] = {}
    mine = [
        (case, report) for case, report in reports if constraint.id in {o.constraint for o in case.example.expected}
    ]
    options: dict[str, bool] = {}
    for case, report in mine:
        row = next(row for row in report.constraints if row.id == constraint.id)
        seen[row.verdict] = seen.get(row.verdict, 0) + 1
        if row.satisfied:
            seen.setdefault("satisfied", 0)
        [under] = [one for one in case.book.constraints if one.id == constraint.id]
        if row.verdict == Verdict.NOT_APPLICABLE and _only_prohibits(under):
            seen.setdefault("satisfied", 0)
        events = case.book.catalogue.events(case.log.records, case.book.registers)[0]
        for clause in under.clauses:
            for rule in clause.rules:
                for whole, part, told in mutation.branches((rule.on, rule.measure)):
                    met = any(
                        part.test(event, case.book.registers) and whole.test(event, case.book.registers)
                        for event in events
                    )
                    options[told] = options.get(told, False) or met
    unseen = sorted(told for told, met in options.items() if not met)
    activated = any(verdict != Verdict.NOT_APPLICABLE for verdict in seen)
    complete = "satisfied" in seen and "violated" in seen and not unseen
    return Coverage(
        constraint.id, constraint.title, constraint.group, len(mine),
        {str(verdict.value): seen[verdict] for verdict in Verdict if verdict in seen},
        activated, len(options), unseen, complete,
    )  # fmt: skip


def _only_prohibits(constraint: Constraint) -> bool:
    """Whether it is kept by nothing but that there is no occasion."""
    rules = [rule for clause in constraint.clauses for rule in clause.rules]
    return bool(rules) and all(map(mutation.prohibits, rules))


# ---- mutation ----


class _Target(NamedTuple):
    """A mutant: what it is of, and how the rulebook reads with it."""

    of: str
    position: str | None
    change: str
    cases: Sequence[_Case]
    applied: Callable[[Rulebook], Rulebook]


def _mutation(cases: Sequence[_Case], asked: set[str], progress: Callable[[int, int], None]) -> Mutation:
    targets = [*_of_constraints(cases, asked), *_of_intervals(cases, asked)]
    survivors = []
    for done, target in enumerate(targets):
        progress(done, len(targets))
        if not any(_noticed(case, target) for case in target.cases):
            survivors.append(Survivor(target.of, target.position, target.change))
    return Mutation(len(targets), len(targets) - len(survivors), survivors)


def _noticed(case: _Case, target: _Target) -> bool:
    try:
        return bool(case.differences(case.report(target.applied(case.asked))))
    except (CheckerError, ArithmeticError, LookupError, TypeError, ValueError):
        return True  # a rule that no author could have written


def _of_constraints(cases: Sequence[_Case], asked: set[str]) -> Iterator[_Target]:
    """Of each constraint as it is under the positions that its examples name; equal rules are changed once."""
    done: set[tuple[str, Rule]] = set()
    by_book: dict[int, list[_Case]] = {}
    for case in cases:
        by_book.setdefault(id(case.book), []).append(case)
    for together in by_book.values():
        book = together[0].book
        for constraint in book.constraints:
            about = [case for case in together if constraint.id in _concerned(case, constraint)]
            if constraint.id not in asked or not about:
                continue
            for c, clause in enumerate(constraint.clauses):
                for r, rule in enumerate(clause.rules):
                    if (constraint.id, rule) in done:
                        continue
                    done.add((constraint.id, rule))
                    all_about = [
                        case for case in cases
                        if constraint.id in _concerned(case, constraint) and rule in _rules(case.book, constraint.id)
                    ]  # fmt: skip
                    for mutant in mutation.mutants(rule, book.catalogue):
                        yield _Target(
                            constraint.id, book.position, mutant.change, all_about,
                            partial(_with_rule, id=constraint.id, place=(c, r), rule=mutant.rule),
                        )  # fmt: skip


def _concerned(case: _Case, constraint: Constraint) -> set[str]:
    """What an example is about: the constraints that it names, and the conditions of what may excuse them."""
    about = {one.constraint for one in case.example.expected}
    for waiver in case.book.waivers:
        if waiver.concerns & about:
            about |= {condition.id for condition in (*waiver.precedent, *waiver.subsequent)}
    return about


def _rules(book: Rulebook, id: str) -> list[Rule]:
    return [rule for one in book.constraints if one.id == id for clause in one.clauses for rule in clause.rules]


def _of_intervals(cases: Sequence[_Case], asked: set[str]) -> Iterator[_Target]:
    """Of each named interval, wherever it is used."""
    books = {id(case.book): case.book for case in cases}
    done: list[Spell] = []
    for book in books.values():
        used = {
            spell.name: spell for one in book.constraints if one.id in asked
            for clause in one.clauses for rule in clause.rules for spell in named_spells((rule.on, rule.measure))
        }  # fmt: skip
        for name in sorted(used):
            spell = used[name]
            if spell in done:
                continue
            done.append(spell)
            for change, changed in mutation.of_spell(spell):
                yield _Target(
                    f"interval {name}", book.position, change,
                    [case for case in cases if _uses(case, spell)], partial(_with_spell, old=spell, new=changed),
                )  # fmt: skip


def _uses(case: _Case, spell: Spell) -> bool:
    about = {one.constraint for one in case.example.expected}
    return any(
        spell == found for one in case.book.constraints if one.id in about
        for clause in one.clauses for rule in clause.rules for found in named_spells((rule.on, rule.measure))
    )  # fmt: skip


def _with_rule(book: Rulebook, id: str, place: tuple[int, int], rule: Rule) -> Rulebook:
    def changed(constraint: Constraint) -> Constraint:
        if constraint.id != id:
            return constraint
        clauses = list(constraint.clauses)
        rules = list(clauses[place[0]].rules)
        rules[place[1]] = rule
        clauses[place[0]] = clauses[place[0]]._replace(rules=tuple(rules))
        return constraint._replace(clauses=tuple(clauses))

    return _changed(book, changed)


def _with_spell(book: Rulebook, old: Spell, new: Spell) -> Rulebook:
    def changed(constraint: Constraint) -> Constraint:
        clauses = tuple(
            clause._replace(rules=tuple(mutation.exchanged(rule, old, new) for rule in clause.rules))
            for clause in constraint.clauses
        )
        return constraint._replace(clauses=clauses)

    made = _changed(book, changed)
    definitions = book.definitions  # what another source says of an interval is asked of all of them
    intervals = {name: mutation.exchanged(spell, old, new) for name, spell in definitions.intervals.items()}
    return replace(made, definitions=replace(definitions, intervals=intervals))


def _changed(book: Rulebook, changed: Callable[[Constraint], Constraint]) -> Rulebook:
    def waiver(one: Waiver) -> Waiver:
        return one._replace(
            precedent=tuple(map(changed, one.precedent)), subsequent=tuple(map(changed, one.subsequent))
        )

    return replace(book, constraints=tuple(map(changed, book.constraints)), waivers=tuple(map(waiver, book.waivers)))
