"""What the page says, in words and numbers; the sentences are those of the text format wherever it has them."""

import html
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from markupsafe import Markup

from checker.legible import legible
from checker.limits import limit
from checker.render.parts import NEVER, SIGNS, about, main_place, many, sentence, word
from checker.render.text import MAX_WITNESSES, NO_DETERMINATION, STATES, Trail, again, condition, hidden
from checker.report import ConstraintOf, Finding, Range, Report, Timeline, Value, WitnessOf
from checker.timeline import format_duration

VERDICTS = ("violated", "inconclusive", "pending", "excused", "satisfied")

MEANING = (
    ("violated", "The limit was not kept, however any missing record reads."),
    ("inconclusive", "The records leave open whether the limit was kept; why, and what would decide it, is told."),
    ("pending", "The time in which the duty can be met had not run out when observation ended."),
    ("excused", "The limit was not kept, and a waiver that the rulebook or a named approver gives excuses it."),
    ("satisfied", "The limit was kept on every occasion that the records show, however any missing record reads."),
    ("not_applicable", "Nothing in the records made the constraint apply, or it was not in force."),
)  # fmt: skip

OPEN_SHOWN = 3
HIDDEN_SHOWN = 1
NAMED_SHOWN = 5
"""So many open items, gaps, and constraints that a gap leaves open are listed in the statement, so that it keeps to a
page; all are among the findings."""

ROOM = limit("repeated_characters")
"""So many characters of records are repeated at most; what lies beyond is named by file and line only."""


UNREADABLE_SHOWN = limit("html_unreadable")
"""So many unreadable records are named one by one."""


class Group(NamedTuple):
    """The constraints of a group, how their occasions were judged, and the worst magnitudes."""

    name: str
    constraints: int
    counts: dict[str, int]
    worst: list[tuple[Finding, str]]


class Told:
    """A report as the page tells it."""

    signs = SIGNS
    never = NEVER
    states = STATES
    verdicts = VERDICTS
    meaning = MEANING
    open_shown, hidden_shown, named_shown = OPEN_SHOWN, HIDDEN_SHOWN, NAMED_SHOWN
    shown_whole = MAX_WITNESSES
    unreadable_shown = UNREADABLE_SHOWN
    no_determination = NO_DETERMINATION
    word = staticmethod(word)
    about = staticmethod(about)
    many = staticmethod(many)
    condition = staticmethod(condition)
    main_place = staticmethod(main_place)

    def __init__(self, report: Report, timeline: Timeline | None) -> None:
        self._report = report
        self._records = timeline.records if timeline is not None else {}
        self._room = ROOM
        self._by_id = {constraint.id: constraint for constraint in report.constraints}
        self._findings: dict[str, list[Finding]] = {}
        for finding in report.findings:
            self._findings.setdefault(finding.constraint, []).append(finding)
        self.sentence = sentence(report)
        trail = Trail(report)
        self.down_to = trail.down_to
        self.finding = {finding.id: finding for finding in report.findings}
        self.assessment = {assessment.id: assessment for assessment in report.assessments}
        self.records = sum(log.records for log in report.logs)

    # ---- the statement ----

    def groups(self) -> list[Group]:
        """The groups in the order of the rulebook."""
        by_group: dict[str, list[ConstraintOf]] = {}
        for constraint in self._report.constraints:
            by_group.setdefault(constraint.group, []).append(constraint)
        return [
            Group(
                name, len(rows), {verdict: sum(getattr(row, verdict) for row in rows) for verdict in VERDICTS},
                self._worst([f for row in rows for f in self._findings.get(row.id, ())]),
            )
            for name, rows in by_group.items()
        ]  # fmt: skip

    def _worst(self, findings: Sequence[Finding]) -> list[tuple[Finding, str]]:
        """The largest breach of each unit, durations first: quantities of different units cannot be compared."""
        largest: dict[str, Finding] = {}
        for finding in findings:
            if finding.verdict != "violated" or finding.margin.high is None:
                continue
            known = largest.get(finding.unit)
            if known is None or finding.margin.high < (known.margin.high or 0):
                largest[finding.unit] = finding
        order = sorted(largest, key=lambda unit: (unit != "s", unit))
        return [(largest[unit], self.magnitude(largest[unit])) for unit in order]

    def open_items(self) -> list[tuple[Finding, str]]:
        """What is inconclusive or pending and shown by some record, with what is needed to conclude it.

        Of each constraint one comes first, so that the few that are listed speak of many.
        """
        found = [f for verdict in ("inconclusive", "pending") for f in self._report.findings if f.verdict == verdict]
        firsts = {(f.constraint, f.verdict): f.id for f in reversed(found) if f.shown}
        found.sort(key=lambda f: firsts.get((f.constraint, f.verdict)) != f.id)
        return [(finding, self.needed(finding) or "") for finding in found if finding.shown]

    def needed(self, finding: Finding) -> str | None:
        """What would conclude it, as a sentence; None for what is concluded."""
        if finding.verdict == "pending":
            return again(finding)
        if finding.verdict != "inconclusive":
            return None
        if finding.evidence is not None:
            return f"To decide it: {finding.evidence}."
        return f"Not concluded because of: {finding.reason}."

    def hidden(self) -> Iterator[tuple[str, list[str]]]:
        """What no record shows and gaps may hide."""
        return hidden(self._report)

    # ---- findings ----

    def constraints(self) -> list[tuple[ConstraintOf, list[Finding]]]:
        """The constraints that have findings, in the order of the rulebook."""
        return [(c, self._findings[c.id]) for c in self._report.constraints if c.id in self._findings]

    def fact(self, finding: Finding) -> str:
        """The message without the norm, which stands above it."""
        constraint = self._by_id.get(finding.constraint)
        return finding.message.removeprefix(constraint.text if constraint is not None else "").strip()

    def span(self, since: str | None, until: str | None) -> list[str]:
        """When: an instant, or from one to another."""
        if since is None:
            return [f"until {until}"] if until is not None else []
        return [since] if since == until else [since, until or "…"]

    def magnitude(self, finding: Finding) -> str:
        """By how much the limit was missed, or kept; empty where nothing bounds it."""
        low, high = finding.margin.low, finding.margin.high
        if finding.verdict in ("violated", "excused") and high is not None and high <= 0:
            measured, limit = finding.measured.low, finding.limit
            if finding.unit == "count" and limit == 0 and measured == finding.measured.high:
                return f"{self.quantity(measured, 'count')}, none allowed"
            over = measured is not None and limit is not None and measured >= limit
            missed = Range(-high, None if low is None else -low)
            return f"{'over' if over else 'short'} by {self.bounds(missed, finding.unit)}"
        if finding.verdict == "satisfied" and low is not None:
            return f"margin {self.quantity(low, finding.unit)}"
        return ""

    def quantity(self, value: Value, unit: str) -> str:
        """A quantity with its unit: durations in words, counts bare."""
        if value is None:
            return "no bound"
        if unit == "s":
            return format_duration(round(value * 1_000_000)).replace("-", "−")
        text = f"{value}".replace("-", "−")
        return text if unit == "count" else f"{text} {unit}"

    def bounds(self, both: Range, unit: str) -> str:
        """A quantity that is known, or both its bounds."""
        if both.low is None and both.high is None:
            return "no bound"
        if both.low == both.high:
            return self.quantity(both.low, unit)
        if both.high is None:
            return f"at least {self.quantity(both.low, unit)}"
        if both.low is None:
            return f"at most {self.quantity(both.high, unit)}"
        return f"{self.quantity(both.low, unit)} to {self.quantity(both.high, unit)}"

    def numbers(self, finding: Finding) -> list[str]:
        """What was measured and what it was compared with; a quantity without any bound says nothing."""
        told = [
            f"{name} {self.bounds(both, finding.unit)}"
            for name, both in (("measured", finding.measured), ("margin", finding.margin))
            if both.low is not None or both.high is not None
        ]
        told.insert(len(told[:1]), f"limit {self.quantity(finding.limit, finding.unit)}")
        told += [f"due {finding.due}"] if finding.due is not None else []
        if finding.waiver is not None:
            told.append(f"waiver {finding.waiver}{', provisionally' if finding.provisional else ''}")
        return [*told, f"reason: {finding.reason}"] if finding.reason is not None else told

    def record(self, witness: WitnessOf) -> Markup:
        """What the record says; empty where there is no room for it or it is not at hand.

        Escaped here, and not by the template, which would write six signs for each of its many quotes.
        """
        text = self._records.get((witness.log, witness.line))
        self._room -= len(text or "")
        text = text if self._room >= 0 else None
        return Markup("" if text is None else f"<code>{html.escape(legible(text), quote=False)}</code>")  # noqa: S704

    def places(self, witnesses: Sequence[WitnessOf]) -> list[tuple[str, str]]:
        """Where many records stand: those of one log, part and type together, by their lines."""
        lines: dict[tuple[str, str, str], list[str]] = {}
        for witness in witnesses:
            lines.setdefault((witness.role, witness.type, witness.log), []).append(str(witness.line))
        return [(f"{role} {type_}, {log}:", ", ".join(listed)) for (role, type_, log), listed in lines.items()]

    @property
    def records_left_out(self) -> int:
        """How many of the records of findings that are shown are named by file and line only."""
        cited = [w for _, fs in self.constraints() for f in fs for w in f.witnesses[:MAX_WITNESSES]]
        texts = [self._records.get((w.log, w.line)) for w in cited]
        lengths = accumulate(len(text or "") for text in texts)
        return sum(text is None or length > ROOM for text, length in zip(texts, lengths, strict=True))

    # ---- the rest ----

    def claimed(self) -> list[Any]:
        """The waivers that were claimed or given."""
        return [waiver for waiver in self._report.waivers if waiver.witnesses or waiver.kind == "file"]

    def rules(self) -> dict[str, list[Any]]:
        """The assessments by the rule that they follow from."""
        found: dict[str, list[Any]] = {}
        for assessment in self._report.assessments:
            found.setdefault(assessment.rule, []).append(assessment)
        return found

    def sources(self) -> dict[str, list[str]]:
        """Where constraints come from, each source with all that come from it."""
        found: dict[str, list[str]] = {}
        for constraint in self._report.constraints:
            found.setdefault(constraint.source, []).append(constraint.id)
        return found

    def because(self, name: str) -> list[Finding]:
        """The findings that another assessment rests on in the end."""
        return self.down_to(name)
