"""An explanation as text: the constraint, then each occasion: how it was measured, and what would have turned it."""

from collections.abc import Iterator

from checker.answers import Explanation, Occasion
from checker.legible import inert, legible


def render(explanation: Explanation, width: int = 100) -> str:
    """The whole explanation as lines, ending with a newline; lines are not wrapped, so that they can be searched."""
    lines = [inert(legible(line)).rstrip() for line in _lines(explanation)]
    return "\n".join(lines).rstrip() + "\n"


def _lines(one: Explanation) -> Iterator[str]:
    yield f"{one.constraint}  {one.title}  ({one.severity}, {one.group})"
    yield f"  Norm      {one.text}"
    if one.note:
        yield f"  Reading   {one.note}"
    yield f"  Source    {one.source}"
    yield f"  Kind      {one.kind}"
    yield f"  Defined   {one.defined}"
    position = f", position {one.rulebook.position}" if one.rulebook.position else ""
    yield f"  Rulebook  {one.rulebook.id} {one.rulebook.version}{position}"
    for name, value in one.parameters.items():
        yield f"  Parameter {name} = {value}"
    yield f"  Observed  {one.observed.from_} to {one.observed.until}"
    if one.subjects:
        yield f"  Assets    {', '.join(one.subjects)}"
    yield ""
    if not one.in_force:
        yield "  Not in force under this position."
    elif not one.occasions:
        whom = f" for {', '.join(one.subjects)}" if one.subjects else ""
        yield f"  Never activated: no record in the observed time makes it apply{whom}."
    for number, occasion in enumerate(one.occasions, 1):
        yield from (f"  {line}" for line in _occasion(number, occasion))
        yield ""


def _occasion(number: int, o: Occasion) -> Iterator[str]:
    span = o.from_ + (f" to {o.until}" if o.until != o.from_ else "")
    key = "".join(f", {name} {value}" for name, value in o.key.items())
    yield f"{number}. {o.verdict.upper()}  {o.subject or 'all'}{key}  {span}   [{o.id}]"
    yield from (f"   {line}" for line in o.lines)
    if o.activation is not None:
        yield f"   applies   since {o.activation.type} at {o.activation.time} ({o.activation.log}:{o.activation.line})"
    yield from (f"   counted   {step}" for step in o.steps)
    yield f"   measured  {o.measured_text}"
    yield f"   limit     {o.limit_text}"
    if o.margin_text is not None:
        yield f"   margin    {o.margin_text}"
    if o.due is not None:
        yield f"   due       {o.due}"
    if o.evidence is not None:
        yield f"   to decide {o.evidence}"
    if o.flip is not None:
        yield f"   {o.flip.text}"
    for witness in o.witnesses:
        yield f"   {witness.role:<16} {witness.log}:{witness.line}  {witness.time}  {witness.type}"
