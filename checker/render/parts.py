"""What pages have in common: the words for verdicts, the sentence of the whole check, and which findings come first."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from typing import Protocol

from checker.report import SEVERITIES, ConstraintOf, Finding, Report, Sort, WitnessOf
from checker.spool import Spool

SIGNS = {
    "violated": "✗",
    "inconclusive": "?",
    "pending": "…",
    "excused": "○",
    "satisfied": "✓",
    "not_applicable": "–",
}
"""From what a reader should see first to what needs no look."""

NEVER = "never activated, or not in force"
"""What not applicable means."""

CAUSES = ("trigger", "opening", "possible opening")
"""Parts of a record that a finding is about; other witnesses say what was or was not so beside it."""


class Spanning(Protocol):
    """What begins and ends."""

    from_: str
    until: str


def word(verdict: str) -> str:
    """The verdict as people write it."""
    return "not applicable" if verdict == "not_applicable" else verdict


def many(count: int, noun: str) -> str:
    """A number of things."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def span(one: Spanning) -> str:
    """When: an instant, or from when to when."""
    return one.from_ if one.from_ == one.until else f"{one.from_} to {one.until}"


def about(finding: Finding) -> str:
    """Whose finding it is: the asset, and what else it is told apart by."""
    return (finding.subject or "all") + "".join(f", {name} {value}" for name, value in finding.key.items())


def fact(finding: Finding, constraint: ConstraintOf) -> str:
    """What the records show, without the norm."""
    return finding.message.removeprefix(constraint.text).strip()


def covered(report: Report) -> str:
    """The span that the logs cover."""
    return f"{report.observed.from_} to {report.observed.until}"


def sentence(report: Report, time: str | None = None) -> str:
    """The whole check in a sentence; `time` stands for the span where that was told before."""
    sorts = sorts_of(report.findings)
    if report.verdict == "violated":
        count = by_verdict(sorts)["violated"]
        constraints = len({sort.constraint for sort in sorts if sort.verdict == "violated"})
        return f"{many(count, 'finding')} on {many(constraints, 'constraint')} in the supplied logs."
    if report.observed.from_ is None:
        return "Nothing can be concluded."
    if report.verdict == "satisfied" and not any(constraint.activations for constraint in report.constraints):
        return "No constraint was activated: the supplied logs show nothing that the rulebook asks about."
    time = time or covered(report)
    excused = by_verdict(sorts)["excused"]
    if report.verdict == "satisfied" and excused:
        return f"No violation found but {many(excused, 'finding')} excused; the supplied logs cover {time}."
    if report.verdict == "satisfied":
        return f"No violation found in the supplied logs, which cover {time}."
    return "No violation found in the supplied logs; not everything could be concluded."


def counted(names: Iterable[str]) -> dict[str, int]:
    """How often each name comes."""
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found


def sorts_of(findings: Sequence[Finding]) -> Counter[Sort]:
    """How many findings there are of each sort; what was written down was counted then."""
    if isinstance(findings, Spool):
        return Counter({Sort(*label): count for label, count in findings.counts.items()})
    return Counter(Sort(one.constraint, one.verdict, one.shown) for one in findings)


def by_verdict(sorts: Counter[Sort]) -> Counter[str]:
    """The same of each verdict."""
    found: Counter[str] = Counter()
    for sort, count in sorts.items():
        found[sort.verdict] += count
    return found


def of_sorts(findings: Sequence[Finding], chosen: Callable[[Sort], bool]) -> Iterator[Finding]:
    """The findings of some sorts; of what was written down no others are read."""
    if isinstance(findings, Spool):
        return findings.some(lambda label: chosen(Sort(*label)))
    return (one for one in findings if chosen(Sort(one.constraint, one.verdict, one.shown)))


def counts(report: Report) -> str:
    """How many findings there are of each verdict, in words."""
    found = by_verdict(sorts_of(report.findings))
    return ", ".join(f"{found[verdict]:,} {word(verdict)}" for verdict in SIGNS if verdict in found) or "none"


def ranked(findings: Iterable[Finding], most: int) -> list[Finding]:
    """At most so many of them: breaches first, then what is open, the severest first, else as in the report."""
    return nsmallest(most, findings, key=_rank)


def severest(findings: Sequence[Finding], most: int) -> Iterator[Finding]:
    """At most so many of them, by rank, in the order of the report; none but these are held."""
    if len(findings) <= most:
        yield from findings
        return
    chosen = {place for _, place in nsmallest(most, ((_rank(f), place) for place, f in enumerate(findings)))}
    yield from (finding for place, finding in enumerate(findings) if place in chosen)


def _rank(finding: Finding) -> tuple[int, bool, int]:
    return _PLACES[finding.verdict], not finding.shown, -SEVERITIES.index(finding.severity)


_PLACES = {verdict: place for place, verdict in enumerate(SIGNS)}


def main_witness(finding: Finding) -> WitnessOf | None:
    """The record that a finding is about; None where it is about what is not there."""
    chosen = next((witness for witness in finding.witnesses if witness.role in CAUSES), None)
    return chosen or (finding.witnesses[0] if finding.witnesses else None)


def main_place(finding: Finding) -> str:
    """Where the record stands that a finding is about."""
    main = main_witness(finding)
    return f"{main.log}:{main.line}" if main is not None else ""


def level(finding: Finding) -> str:
    """`error`, `warning` or `note`, as reviewing tools sort what they show."""
    if finding.verdict == "violated":
        return "warning" if finding.severity == "minor" else "error"
    return "warning" if finding.verdict == "inconclusive" else "note"


def uri(name: str) -> str:
    """The name of a log as a URI: relative where the name is, every other sign percent-encoded."""
    from posixpath import normpath
    from urllib.parse import quote

    try:
        raw = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = name.encode("utf-8", "surrogatepass")
    path = normpath(raw)
    return ("file://" if path.startswith(b"/") else "") + quote(path)
