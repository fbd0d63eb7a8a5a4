"""Checks simulated logs and compares what is found with what was put in."""

from collections.abc import Callable, Iterable, Iterator

from checker import pipeline, telling
from checker.logs import from_dicts
from checker.obligation import Verdict
from checker.report import Finding, Report, ToolOf
from checker.rulebook import Rulebook
from checker.scenario import Scenario
from checker.simulated import Checked, Miss, Recall, ScenarioName
from checker.simulation import Label, Simulated
from checker.timeline import format_instant
from checker.version import __version__

VERSION = 1


def report_on(made: Simulated, scenario: Scenario, book: Rulebook) -> Report:
    """What a check says of a simulated log, in the scope of its scenario."""
    log = from_dicts(made.records, name=f"{scenario.id}-{made.seed}", mapping=book.mapping)
    found = pipeline.run(
        [log],
        book.only(scenario.only),
        observed_from=scenario.start,
        observed_until=scenario.until,
        every=False,
    )
    return telling.report(found)


def differences(made: Simulated, report: Report, scenario: Scenario) -> tuple[list[str], list[Label]]:
    """In what a report differs from the truth, in words; and the labels that were found as they say."""
    told = [f"record {one.line} cannot be read: {one.reason}" for one in report.rejected]
    if not made.open:
        more, found = _exactly(made.labels, report.findings)
        return told + more, found
    # to what is asked of the records as received, one that was taken out is simply none
    ignored = scenario.as_received if made.holes else frozenset()
    more, found = _soundly([one for one in made.labels if one.constraint not in ignored], report, ignored)
    for label in made.labels:
        if label.opens and label.constraint not in ignored:  # it leaves other things open, and is itself beyond doubt
            exact, _ = _exactly([label], [one for one in report.findings if one.constraint == label.constraint])
            more += [one for one in exact if one.startswith("not found")]
    return told + more, found


def _exactly(labels: Iterable[Label], findings: Iterable[Finding]) -> tuple[list[str], list[Label]]:
    left = [finding for finding in findings if finding.verdict in (Verdict.VIOLATED, Verdict.INCONCLUSIVE)]
    told, found = [], []
    for label in labels:
        match = next((finding for finding in left if _same(label, finding)), None)
        if match is None:
            like = [f for f in left if f.constraint == label.constraint]
            told.append(f"not found: {_shown(label)}" + "".join(f"; found {_told(one)}" for one in like[:2]))
        else:
            left.remove(match)
            found.append(label)
    told += [f"no label: {_told(finding)}" for finding in left]
    return told, found


def _soundly(labels: Iterable[Label], report: Report, ignored: frozenset[str]) -> tuple[list[str], list[Label]]:
    """Where records are missing or contradict each other: only what is not true is a difference."""
    told, found = [], []
    labels = list(labels)
    for finding in report.findings:
        if finding.verdict == Verdict.VIOLATED and finding.constraint not in ignored:
            fit = [label for label in labels if _within(label, finding)]
            if not fit:
                told.append(f"not true: {_told(finding)}")
            found += [label for label in fit if label not in found]
    verdicts = {row.id: row.verdict for row in report.constraints}
    for label in labels:
        if verdicts[label.constraint] in (Verdict.SATISFIED, Verdict.NOT_APPLICABLE):
            told.append(f"told as {verdicts[label.constraint]}: {_shown(label)}")
    return told, found


def _same(label: Label, finding: Finding) -> bool:
    margin = label.to_dict()["margin"]
    return (
        finding.verdict == Verdict.VIOLATED
        and finding.constraint == label.constraint
        and finding.subject == label.subject
        and (finding.margin.low, finding.margin.high) == (margin["low"], margin["high"])
        and finding.from_ == format_instant(label.start)
        and finding.until == format_instant(label.until)
    )


def _within(label: Label, finding: Finding) -> bool:
    """Whether what is told of a breach allows for the label: its size lies within the bounds."""
    if finding.constraint != label.constraint:
        return False
    if finding.subject is not None and label.subject is not None and not _shared(finding.subject, label.subject):
        return False
    margin = label.to_dict()["margin"]
    low, high = finding.margin.low, finding.margin.high
    if margin["high"] is None:
        return True
    if margin["low"] is not None and low is not None and margin["low"] < low:
        return False
    return high is None or margin["low"] is None or margin["low"] <= high


def _shared(one: str, other: str) -> bool:
    """Whether an asset is among both; several are told as `A+B`."""
    return bool({*one.split("+")} & {*other.split("+")})


def _shown(label: Label) -> str:
    whose = f" of {label.subject}" if label.subject else ""
    size = f" by {label.shown}" if label.shown else ""
    when = f"{format_instant(label.start)} to {format_instant(label.until)}"
    return f"{label.constraint}{whose}{size}, {when} ({label.breach} in {label.activity})"


def _told(finding: Finding) -> str:
    whose = f" of {finding.subject}" if finding.subject else ""
    margin = f"margin {finding.margin.low} to {finding.margin.high} {finding.unit}"
    return f"{finding.constraint} {finding.verdict}{whose}, {margin}, {finding.from_} to {finding.until}"


def checked(
    scenario: Scenario, book: Rulebook, file: str, logs: Iterable[Simulated],
    progress: Callable[[int], None] = lambda done: None,
) -> Checked:  # fmt: skip
    """Check logs of one scenario, and say how what was found compares with their labels."""
    labels: dict[str, int] = {}
    found: dict[str, int] = {}
    misses: list[Miss] = []
    many = whole = records = open_ = false = 0
    first: int | None = None
    for made in logs:
        first = made.seed if first is None else first
        many += 1
        progress(many)
        whole += not made.open
        records += len(made.records)
        told, seen = differences(made, report_on(made, scenario, book), scenario)
        if told:
            misses.append(Miss(made.seed, told))
            false += sum(not one.startswith("not found") for one in told)
        for label in made.labels:
            if made.open and label not in seen:
                open_ += 1  # an exact one that is missing is told above
                continue
            labels[label.constraint] = labels.get(label.constraint, 0) + 1
            found[label.constraint] = found.get(label.constraint, 0) + (label in seen)
    scope = [one.id for one in book.only(scenario.only).constraints if one.in_force]
    recall = [Recall(name, labels[name], found[name]) for name in scope if name in labels]
    return Checked(
        VERSION, ToolOf("checker", __version__),
        ScenarioName(scenario.id, scenario.title, file, book.id, book.position), first or 0, many, whole, records,
        sum(labels.values()), sum(found.values()), open_, false, recall,
        [name for name in scope if name not in labels], misses,
    )  # fmt: skip


def breakable(scenario: Scenario, book: Rulebook) -> Iterator[tuple[str, bool]]:
    """Each constraint in the scope of a scenario, and whether one of its breaches breaks it."""
    broken = {one.constraint for breach in scenario.breaches for one in breach.broken}
    for constraint in book.only(scenario.only).constraints:
        if constraint.in_force:
            yield constraint.id, constraint.id in broken
