"""A rulebook as pages to read: one for each constraint and kind, and an index.

Beside the agreement's own words stands the sentence that is made of the formal rule, under each position.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from textwrap import dedent
from typing import Any

from checker.blocks import Block, Code, Grid, Heading, Page, Paragraph, Points, literal
from checker.constraint import Constraint, Kind
from checker.interval import named_spells
from checker.kinds import KINDS
from checker.pattern import Pattern
from checker.plainly import rule_text, spell_text
from checker.rulebook import Rulebook
from checker.rulebook.examples import Example
from checker.rulebook.reading import field_names
from checker.timeline import format_instant
from checker.yamltree import Text, core_value

Load = Callable[[str], Rulebook]
"""The rulebook under a position."""

INDEX = "index"


def pages(book: Rulebook, load: Load, examples: Sequence[Example], only: Sequence[str] = ()) -> Iterator[Page]:
    """Every page; with `only`, those of the constraints so named (and no index or kinds)."""
    under: dict[str | None, Rulebook] = {book.position: book}
    for position in book.positions:
        if position not in under:
            under[position] = load(position)
    books = [under[position] for position in book.positions] or [book]
    chosen = book.only(only).constraints
    if not only:
        yield _index(book)
    for constraint in chosen:
        yield _constraint(constraint, books, [one for one in examples if _is_of(one, constraint.id)])
    if not only:
        for name, kind in KINDS.items():
            using = [one for one in book.constraints if any(clause.kind == name for clause in one.clauses)]
            yield _kind(name, kind, using)


def _is_of(example: Example, id: str) -> bool:
    return any(one.constraint == id for one in example.expected)


def _link(id: str, of: str = "") -> str:
    return f"[{id}]({of}constraints/{id})"


# ---- the index ----


def _index(book: Rulebook) -> Page:
    blocks: list[Block] = [
        Heading(1, literal(book.title)),
        Paragraph(f"Rulebook {literal(book.id)}, version {literal(book.version)}, {book.digest}."),
    ]
    if book.positions:
        named = ", ".join(f"`{name}`" for name in book.positions)
        blocks.append(Paragraph(f"Positions: {named}. The kinds below are those under `{book.position}`."))
    groups: dict[str, list[Constraint]] = {}
    for constraint in book.constraints:
        groups.setdefault(constraint.group, []).append(constraint)
    for group, constraints in groups.items():
        rows = [
            [_link(one.id), literal(one.title), literal(one.text), one.severity, _kinds_of(one)] for one in constraints
        ]
        blocks += [Heading(2, literal(group)), Grid(["id", "title", "norm", "severity", "kind"], rows)]
    if book.waivers:
        rows = [
            [one.id, literal(one.title), literal(one.text), ", ".join(map(_link, one.excuses))] for one in book.waivers
        ]
        blocks += [Heading(2, "Exceptions"), Grid(["id", "title", "text", "excuses"], rows)]
    kinds = [f"[{name}](kinds/{name}): {_doc(kind)[0]}" for name, kind in KINDS.items()]
    blocks += [Heading(2, "Kinds of constraint"), Points(kinds)]
    return Page(INDEX, book.title, blocks)


def _kinds_of(constraint: Constraint) -> str:
    names = dict.fromkeys(clause.kind for clause in constraint.clauses)
    return ", ".join(f"[{name}](kinds/{name})" for name in names) or "not in force"


# ---- a constraint ----


def _constraint(constraint: Constraint, books: Sequence[Rulebook], examples: Sequence[Example]) -> Page:
    title = f"{constraint.id} {constraint.title}"
    facts = [
        ["group", literal(constraint.group)],
        ["severity", constraint.severity],
        ["source", literal(constraint.source)],
        ["kind", _kinds_of(constraint).replace("(kinds/", "(../kinds/")],
        ["defined", literal(f"{constraint.location.file}:{constraint.location.line}")],
    ]
    if constraint.exception:
        facts.append(["condition of", literal(constraint.exception)])
    blocks: list[Block] = [
        Heading(1, literal(title)), Paragraph(literal(constraint.text), quoted=True),
        *([Paragraph(literal(constraint.note))] if constraint.note else []),
        Grid(["", ""], facts), Heading(2, "What is checked"), *_checked(constraint.id, books),
    ]  # fmt: skip
    rows = _values(constraint.id, books)
    if rows:
        blocks += [Heading(2, "Limits"), Grid(["parameter", *(literal(_named(book)) for book in books)], rows)]
    blocks += [Heading(2, "What a log has to hold"), *_needed(constraint, books)]
    blocks += [Heading(2, "If it is not kept"), Points(list(_after(constraint, books)))]
    for head, verdicts in (("An example that holds", ("satisfied",)), ("An example that does not", ("violated",))):
        found = next((one for one in examples if _expects(one, constraint.id) in verdicts), None)
        if found is not None:
            blocks += [Heading(2, head), *_example(found, constraint.id)]
    others = [one for one in examples if _expects(one, constraint.id) not in ("satisfied", "violated")]
    for one in others[:1]:
        blocks += [Heading(2, f"An example that is {_expects(one, constraint.id)}"), *_example(one, constraint.id)]
    return Page(f"constraints/{constraint.id}", title, blocks)


def _named(book: Rulebook) -> str:
    return book.position or "value"


def _of(book: Rulebook, id: str) -> Constraint:
    return next(one for one in book.constraints if one.id == id)


def _checked(id: str, books: Sequence[Rulebook]) -> Iterator[Block]:
    """Positions that say the same are told together."""
    told: dict[tuple[str, ...], list[str]] = {}
    for book in books:
        constraint = _of(book, id)
        sentences = [rule_text(rule) for clause in constraint.clauses for rule in clause.rules]
        told.setdefault(tuple(sentences or ["It is not in force."]), []).append(_named(book))
    for together, names in told.items():
        if len(books) > 1:
            yield Paragraph(f"Under {', '.join(f'`{name}`' for name in names)}:")
        yield Points(together)
    spells = {
        spell.name: spell for book in books for clause in _of(book, id).clauses for rule in clause.rules
        for spell in named_spells((rule.on, rule.measure))
    }  # fmt: skip
    if spells:
        yield Paragraph("where")
        yield Points([f"`{name}` is {spell_text(spells[name], by_name=False)}" for name in sorted(spells)])


def _values(id: str, books: Sequence[Rulebook]) -> list[list[str]]:
    names = dict.fromkeys(name for book in books for name in _of(book, id).parameters)
    return [[f"`{name}`", *(literal(book.parameters.get(name, "")) for book in books)] for name in names]


def _needed(constraint: Constraint, books: Sequence[Rulebook]) -> Iterator[Block]:
    """Event types that its rules look at, and which of their fields."""
    types: set[str] = set()
    fields: set[str] = set()
    for book in books:
        for clause in _of(book, constraint.id).clauses:
            for rule in clause.rules:
                for pattern in _patterns((rule.on, rule.measure)):
                    types |= pattern.types or set()
                    fields |= pattern.fields
                fields |= set(_texts((rule.on, rule.measure)))
    catalogue = books[0].catalogue.types
    rows = []
    for name in sorted(types & set(catalogue)):
        known = catalogue[name].fields
        looked = [f"`{field}`" for field in known if field in fields]
        rows.append([name, ", ".join(looked) or "no field but the time and the subject"])
    if rows:
        yield Grid(["event", "fields that are looked at"], rows)
    else:
        yield Paragraph("It looks at records of every type.")


def _patterns(part: Any) -> Iterator[Pattern]:
    if hasattr(part, "test"):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from _patterns(one)


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple) and not hasattr(part, "test"):
        for one in part:
            yield from _texts(one)


def _after(constraint: Constraint, books: Sequence[Rulebook]) -> Iterator[str]:
    if constraint.never_waivable:
        yield "No exception excuses it."
    waivers = {waiver.id: waiver for book in books for waiver in book.waivers}
    for waiver in waivers.values():
        if constraint.id in waiver.excuses:
            conditions = ", ".join(_link(one.id, "../") for one in (*waiver.precedent, *waiver.subsequent))
            yield f"{waiver.id} ({literal(waiver.title)}) may excuse it" + (
                f", under {conditions}." if conditions else "."
            )
        for when, conditions_ in (("precedent", waiver.precedent), ("subsequent", waiver.subsequent)):
            if constraint.id in {one.id for one in conditions_}:
                effect = "what it excused stands as a breach" if when == "precedent" else "the exception stands"
                yield f"It is a condition {when} of {waiver.id}: if it is not kept, {effect}."
    yield f"`checker explain {constraint.id} LOG` tells why, by how much, and what would have kept it."


def _expects(example: Example, id: str) -> str:
    return next(one.verdict for one in example.expected if one.constraint == id)


def _example(example: Example, id: str) -> Iterator[Block]:
    under = f" (under {example.position})" if example.position else ""
    yield Paragraph(literal(f"{example.name}{under}. {example.text}".strip()))
    yield Code("", "\n".join(line_of(record) for record in example.records))
    expected = next(one for one in example.expected if one.constraint == id)
    if expected.margin is not None and expected.margin[0] == expected.margin[1]:
        yield Paragraph(f"Margin: {expected.margin[0]} (seconds for durations, else the unit of the limit).")
    if example.observed_until is not None:
        yield Paragraph(f"Observed until {format_instant(example.observed_until)}.")


def line_of(record: Mapping[str, Any]) -> str:
    """A record in one line, as examples write it."""
    fields = {name: value for name, value in record.items() if name not in ("time", "type", "subject", "data")}
    told = [f"{name}={_written(value)}" for name, value in {**fields, **(record.get("data") or {})}.items()]
    return " ".join([str(record["time"]), str(record["type"]), str(record.get("subject") or "-"), *told])


def _written(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_written(one)}" for name, one in value.items()) + "}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = str(value)
    if isinstance(value, str) and not isinstance(core_value(Text(text)), str):
        return f'"{text}"'  # a text that looks like a number
    return f'"{text}"' if re.search(r"[\s=\[\]{},\"']", text) or not text else text


# ---- a kind ----


def _kind(name: str, kind: type[Kind], using: Sequence[Constraint]) -> Page:
    _, holds, breaks = _parts(kind)
    blocks: list[Block] = [Heading(1, name), *kind_blocks(kind)]
    blocks += [Heading(2, "It holds"), Code("", holds), Heading(2, "It does not"), Code("", breaks)]
    if using:
        links = [f"{_link(one.id, '../')} {literal(one.title)}" for one in using]
        blocks += [Heading(2, "In this rulebook"), Points(links)]
    return Page(f"kinds/{name}", f"Kind {name}", blocks)


def kind_blocks(kind: type[Kind]) -> Iterator[Block]:
    """What a kind says, its fields, and an example of it."""
    title, rest = _doc(kind)
    yield Paragraph(title)
    if rest:
        yield Paragraph(rest)
    rows = []
    for alias, field in zip(field_names(kind), kind.model_fields.values(), strict=True):
        if alias != "kind":
            rows.append([f"`{alias}`", f"{field.description}{' (required)' if field.is_required() else ''}"])
    yield Grid(["field", "meaning"], rows)
    yield Code("yaml", _parts(kind)[0])


def _doc(kind: type[Kind]) -> tuple[str, str]:
    title, _, rest = (sys.modules[kind.__module__].__doc__ or "").partition("\n\n")
    told = title.partition(": ")[2].replace("\n", " ").strip()
    return told[:1].upper() + told[1:], rest.strip()


def _parts(kind: type[Kind]) -> tuple[str, str, str]:
    """The example of a kind: its constraint, the log that holds, and the one that does not."""
    text = dedent(kind.example).strip("\n")
    found = re.search(r"^constraint:(.*?)\nholds:(.*?)\nbreaks:(.*)", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise ValueError(f"kind {kind.__name__} has no example")
    body, holds, breaks = found.groups()
    lines = dedent(body.strip("\n")).strip()
    one = " ".join(part.strip() for part in lines.splitlines()) if lines.startswith("{") else lines
    logs = [re.sub(r"(?m)^\[|^- |\]$", "", dedent(part.strip("\n")).strip()) for part in (holds, breaks)]
    return one, logs[0], logs[1]
