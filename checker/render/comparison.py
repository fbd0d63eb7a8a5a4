"""A comparison as text: totals, a table of constraints by position, then each constraint that differs, and why."""

from collections.abc import Iterator

from checker.answers import Compared, Comparison, Side
from checker.legible import inert, legible
from checker.render.layout import FIXED, NARROWEST, columns, fitted, row, wrapped
from checker.render.parts import SIGNS

_VERDICTS = ("violated", "inconclusive", "pending", "excused", "satisfied")


def render(comparison: Comparison, width: int = FIXED) -> str:
    """The whole comparison as lines no wider than `width` where words allow, ending with a newline."""
    lines = list(_lines(comparison, max(NARROWEST, width)))
    return "\n".join(inert(line.rstrip()) for line in lines) + "\n"


def _lines(comparison: Comparison, width: int) -> Iterator[str]:
    book = comparison.rulebooks[0]
    yield from wrapped(f"{book.title} (version {book.version}) under {len(comparison.totals)} positions", width, 0, 2)
    records = sum(log.records for log in comparison.logs)
    yield from wrapped(
        f"Observed {comparison.observed.from_} to {comparison.observed.until}: {records} records from "
        f"{', '.join(log.name for log in comparison.logs)}", width, 0, 2,
    )  # fmt: skip
    yield ""
    yield "Findings by position"
    name = max(columns(legible(total.position)) for total in comparison.totals)
    for total in comparison.totals:
        told = [f"{getattr(total, verdict)} {verdict}" for verdict in _VERDICTS[1:4] if getattr(total, verdict)]
        counted = ", ".join([f"{total.violated} violated", *told])
        hanging = min(name, width // 3) + 4
        yield from wrapped(
            f"{fitted(legible(total.position), name)}  {word(total.verdict)}: {counted}", width, 2, hanging
        )
    yield ""
    yield from _table(comparison, width)
    differing = [one for one in comparison.constraints if not one.same]
    if differing:
        yield ""
        yield "What differs"
        for one in differing:
            yield ""
            yield from _constraint(one, width)
    yield ""
    yield from _only(comparison, width)
    same = len(comparison.constraints) - len(differing)
    yield ""
    yield f"Constraints: {len(differing)} differ, {same} the same under all positions."
    for notice in comparison.notices:
        yield from wrapped(f"- {notice}", width, 0, 2)


def _table(comparison: Comparison, width: int) -> Iterator[str]:
    """A row for each constraint; as many columns of positions at once as fit."""
    positions = [total.position for total in comparison.totals]
    ids = min(max([columns(one.id) for one in comparison.constraints] + [10]), width // 3)
    cells = {one.id: [cell(side) for side in one.sides] for one in comparison.constraints}
    wide = [
        min(max([columns(name), *(columns(told[at]) for told in cells.values())]), width - ids - 4)
        for at, name in enumerate(positions)
    ]
    at = 0
    while at < len(positions):
        until, used = at + 1, ids + 4 + wide[at]
        while until < len(positions) and used + 2 + wide[until] <= width:
            used += 2 + wide[until]
            until += 1
        widths = [ids, *wide[at:until]]
        yield from (f"  {line}" for line in row(["Constraint", *positions[at:until]], widths))
        for one in comparison.constraints:
            yield from (f"  {line}" for line in row([one.id, *cells[one.id][at:until]], widths))
        at = until
        if at < len(positions):
            yield ""


def cell(side: Side) -> str:
    """What came of a constraint under a position, in a few words."""
    if not side.in_force:
        return "– not in force"
    told = [f"{getattr(side, verdict)} {verdict}" for verdict in _VERDICTS if getattr(side, verdict)][:1]
    worst = f", by {side.worst}" if side.worst else ""
    return f"{SIGNS[side.verdict]} {told[0] if told else word(side.verdict)}{worst}"


def counts(side: Side) -> str:
    """How many occasions came out how, and the largest magnitude in breach."""
    told = ", ".join(f"{getattr(side, verdict)} {verdict}" for verdict in _VERDICTS if getattr(side, verdict))
    return (told or "never activated") + (f", by {side.worst} at most" if side.worst else "")


def _constraint(compared: Compared, width: int) -> Iterator[str]:
    yield from wrapped(f"{compared.id}  {compared.title}", width, 2, 4)
    yield from wrapped(compared.text, width, 4, 4)
    for name, values in compared.parameters.items():
        told = "; ".join(f"{value} ({position})" for position, value in values.items())
        yield from wrapped(f"{name}: {told}", width, 4, 6)
    for side in compared.sides:
        asked = "; ".join(side.limits) if side.in_force else "not in force"
        yield from wrapped(f"{side.position}: {asked} -> {counts(side)}", width, 4, 6)
    for relation in compared.relations:
        why = f" ({'; '.join(relation.because)})" if relation.because else ""
        yield from wrapped(
            f"{relation.second} to {relation.first}: {relation.by_rulebook} by the rulebook{why}, "
            f"{relation.on_log} on this log", width, 4, 6,
        )  # fmt: skip


def _only(comparison: Comparison, width: int) -> Iterator[str]:
    pairs = dict.fromkeys((one.position, one.other) for one in comparison.only_in)
    if not pairs:
        yield "No finding under one position that another does not have."
    for number, (position, other) in enumerate(pairs):
        found = [one for one in comparison.only_in if (one.position, one.other) == (position, other)]
        if number:
            yield ""
        yield from wrapped(f"Findings under {position} and not under {other}: {len(found)}", width, 0, 2)
        for one in found:
            finding = one.finding
            span = finding.from_ if finding.from_ == finding.until else f"{finding.from_} to {finding.until}"
            there = f"; {word(one.instead)} under {other}" if one.instead else ""
            about = f"{finding.constraint}  {word(finding.verdict)}  {finding.subject or 'all'}  {span}"
            yield from wrapped(f"{about}  [{finding.id}]{there}", width, 2, 4)


def word(verdict: str) -> str:
    """A verdict as it is read."""
    return verdict.replace("_", " ")
