"""unused: definitions to which nothing refers, whatever the position."""

from collections.abc import Iterator
from typing import Any

from checker.lint.book import Book, scalars
from checker.lint.remark import NOTE, WARNING, Remark
from checker.rulebook.parameters import references
from checker.yamltree import Table

CODE = "unused"

_TOLD = {"id", "title", "text", "note", "source", "group", "severity", "exception", "meant", "needs"}
"""Fields of constraints, waivers and rules of assessment that say something to readers."""


def check(book: Book) -> Iterator[Remark]:
    """Every definition of the files; the same whatever the position."""
    sections = book.files.sections
    bodies: list[Any] = [node for node, _ in book.files.items["constraints"]]
    bodies += [*(node for name in ("waivers", "assessments") for node, _ in book.files.items[name])]
    other = [sections[name] for name in ("unauthenticated", "gaps", "corrections", "clock") if name in sections]
    named = {str(text) for body in bodies for text in scalars(_formal(body))}
    named |= {str(text) for node in other for text in scalars(node)}
    asked = {name for node in (*bodies, *other, *sections["intervals"].values()) for name in references(node)}
    named |= {str(text) for name in asked for text in scalars(_values(book, name))}
    named |= _behind(sections["intervals"], named)
    named |= {
        str(text) for name in sections["intervals"] if name in named for text in scalars(sections["intervals"][name])
    }
    registers = set(named)
    for node in sections["events"].values():
        registers |= {str(text) for text in scalars(node)}
    types = set(named) | {
        str(node["amended_by"]) for node in sections["registers"].values() if isinstance(node, Table) and
        "amended_by" in node
    }  # fmt: skip
    yield from _unused(book, "parameters", asked, WARNING)
    yield from _unused(book, "intervals", named, WARNING)
    yield from _unused(book, "calendars", named, WARNING)
    yield from _unused(book, "registers", registers, WARNING)
    yield from _unused(book, "events", types, NOTE)
    yield from _positions(book, bodies)


def _formal(node: Any) -> Any:
    """Without what is only said to readers."""
    if not isinstance(node, Table):
        return node
    return Table({key: value for key, value in node.items() if key not in _TOLD})


def _values(book: Book, parameter: str) -> Table:
    """What a parameter may stand for."""
    sections = book.files.sections
    node = sections["parameters"].get(parameter)
    made = Table({key: node[key] for key in ("value", "values") if isinstance(node, Table) and key in node})
    for name, position in sections["positions"].items():
        listed = position.get("values") if isinstance(position, Table) else None
        if isinstance(listed, Table) and parameter in listed:
            made[name] = listed[parameter]
    return made


def _behind(intervals: Table, named: set[str]) -> set[str]:
    """The intervals that used ones are made of."""
    found: set[str] = set()
    pending = [str(name) for name in intervals if name in named]
    while pending:
        name = pending.pop()
        if name in found:
            continue
        found.add(name)
        pending += [str(text) for text in scalars(intervals[name]) if text in intervals]
    return found


def _unused(book: Book, section: str, used: set[str], level: str) -> Iterator[Remark]:
    for name in book.files.sections[section]:
        if name not in used:
            word = {"events": "event type"}.get(section, section[:-1])
            yield book.remark(
                CODE, book.files.sections[section].key(name), f"nothing refers to {word} {str(name)!r}",
                "leave it out, or say what it is for (section `meant`)", level=level, about=(str(name),),
            )  # fmt: skip


def _positions(book: Book, bodies: list[Any]) -> Iterator[Remark]:
    positions = book.files.sections["positions"]
    for name, node in positions.items():
        if len(positions) < 2 or (isinstance(node, Table) and node.get("values")):
            continue
        by_value = any(
            isinstance(one, Table) and isinstance(one.get("values"), Table) and name in one["values"]
            for one in book.files.sections["parameters"].values()
        )
        by_form = any(
            isinstance(body, Table) and isinstance(body.get("under"), Table) and name in body["under"]
            for body in bodies
        )
        if not by_value and not by_form:
            yield book.remark(
                CODE, positions.key(name),
                f"position {str(name)!r} changes nothing: no value and no constraint is another under it",
                "give it values, or leave it out", about=(str(name),),
            )  # fmt: skip
