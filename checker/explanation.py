"""Why a verdict is what it is: told from the very obligations it was made of, with no second logic."""

from collections.abc import Iterator

from checker.bounds import is_finite, minus
from checker.errors import UsageError, nearest
from checker.legible import inert, legible
from checker.obligation import Obligation, Verdict, cited
from checker.pipeline import Check, Judged
from checker.timeline import format_instant
from checker.wording import amount, between, evidence, excused, fact


def explain(check: Check, target: str) -> str:
    """Tell everything about a constraint, or about one finding by its id. Raises UsageError if there is neither."""
    constraints = {constraint.id.casefold(): constraint for constraint in check.rulebook.constraints}
    constraint = constraints.get(target.casefold())
    if constraint is not None:
        chosen = [judged for judged in check.judged if judged.constraint is constraint]
    else:
        chosen = [judged for judged in check.judged if judged.finding_id == target]
        if not chosen and (stem := target.rpartition("-"))[0].casefold() in constraints and len(stem[2]) == 10:
            hint = "the id of a finding belongs to a log, a position and a span: give the same ones"
            raise UsageError(f"there is no finding {target!r} in this check", hint)
        if not chosen:
            known = [c.id for c in check.rulebook.constraints]
            raise UsageError(f"there is no constraint or finding {target!r}", nearest(target, known))
        constraint = chosen[0].constraint
    book = check.rulebook
    lines = [f"{constraint.id}  {constraint.title}  ({constraint.severity}, {constraint.group})"]
    lines.append(f"  Norm      {constraint.text}")
    if constraint.note:
        lines.append(f"  Reading   {constraint.note}")
    lines.append(f"  Source    {constraint.source}")
    lines.append(f"  Kind      {constraint.kind}")
    place = constraint.location
    lines.append(f"  Defined   {place.file}:{place.line}")
    position = f", position {book.position}" if book.position else ""
    lines.append(f"  Rulebook  {book.id} {book.version}{position}")
    for name in constraint.parameters:
        lines.append(f"  Parameter {name} = {book.parameters.get(name, '')}")
    until = format_instant(check.trace.observed_until)
    lines.append(f"  Observed  {format_instant(check.trace.observed_from)} to {until}")
    lines.append("")
    if not constraint.in_force:
        lines.append("  Not in force under this position.")
    elif not chosen:
        lines.append("  Never activated: no record in the observed time makes it apply.")
    for number, judged in enumerate(chosen, 1):
        lines += [f"  {line}" for line in _occasion(number, judged)]
        lines.append("")
    return "\n".join(inert(legible(line)).rstrip() for line in lines).rstrip() + "\n"


def _occasion(number: int, judged: Judged) -> Iterator[str]:
    o = judged.obligation
    span = format_instant(o.start) + (f" to {format_instant(o.end)}" if o.end != o.start else "")
    key = "".join(f", {name} {value}" for name, value in o.key)
    yield f"{number}. {str(judged.verdict).upper()}  {o.subject or 'all'}{key}  {span}   [{judged.finding_id}]"
    yield f"   {fact(o, judged.rule)}"
    if judged.excuse is not None and (told := excused(judged.excuse)):
        yield f"   {told}"
    yield f"   measured  {between(o.measured, o.unit)}"
    yield f"   limit     {_limits(judged)}"
    if is_finite(o.decision.margin.low) or is_finite(o.decision.margin.high):
        yield f"   margin    {between(o.decision.margin, o.unit)}"
    if o.due is not None:
        yield f"   due       {format_instant(o.due)}"
    decisive = evidence(o, judged.rule)
    if decisive is not None:
        yield f"   to decide {decisive}"
    flip = _flip(o)
    if flip:
        yield f"   {flip}"
    for witness in dict.fromkeys(cited(o.witnesses)):
        record = witness.event.record
        place = f"{record.location.file}:{record.location.line}"
        yield f"   {witness.role:<16} {place}  {format_instant(record.earliest)}  {record.type}"


def _limits(judged: Judged) -> str:
    limit, unit = judged.rule.limit, judged.obligation.unit
    parts = []
    if limit.at_least is not None and limit.at_least == limit.at_most:
        return f"exactly {amount(limit.at_most, unit)}"
    if limit.at_least is not None:
        parts.append(f"{'more than' if limit.exclusive else 'at least'} {amount(limit.at_least, unit)}")
    if limit.at_most is not None:
        parts.append(f"{'less than' if limit.exclusive else 'at most'} {amount(limit.at_most, unit)}")
    return " and ".join(parts)


def _flip(obligation: Obligation) -> str:
    """The change that would have turned the verdict, in the unit of the measure."""
    margin = obligation.decision.margin
    if obligation.verdict is Verdict.VIOLATED and is_finite(margin.high) and margin.high < 0:
        missing = amount(minus(0, margin.high), obligation.unit)
        above = obligation.measured.low > obligation.decision.limit
        return f"It would have been kept with {missing} {'less' if above else 'more'}."
    if obligation.verdict is Verdict.SATISFIED and is_finite(margin.low) and margin.low > 0:
        return f"It was kept with {amount(margin.low, obligation.unit)} to spare."
    return ""
