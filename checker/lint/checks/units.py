"""units: quantities that are put together or compared although they are not of one unit, or cannot be had at all."""

from collections.abc import Iterator
from decimal import Decimal

from checker.lint.book import Asked, Book, called, listed
from checker.lint.remark import ERROR, Remark
from checker.lint.walking import spells
from checker.measure import DURATION, Deviation, Level, OnEvents, Standing, Total, Value
from checker.terms import types_of

CODE = "units"


def check(book: Book) -> Iterator[Remark]:
    """Fields of several units taken as one, fields compared, parameters used for several units, parts of a count."""
    for asked in book.asked:
        yield from _mixed(book, asked)
        yield from _compared(book, asked)
        yield from _parts_of_one(book, asked)
    yield from _parameters(book)


def _field(asked: Asked) -> str | None:
    measure = asked.rule.measure
    if isinstance(measure, (Value, Standing, Deviation)):
        return measure.field
    if isinstance(measure, Level):
        return measure.weight
    if isinstance(measure, Total) and measure.of not in ("duration", "count"):
        return measure.of
    return None


def _types(asked: Asked) -> frozenset[str] | None:
    on = asked.rule.on
    return on.pattern.types if isinstance(on, OnEvents) else types_of(next(spells(asked.rule)))


def _units(book: Book, types: frozenset[str] | None, field: str) -> dict[str, list[str]]:
    """The units in which event types carry a field that is a number."""
    found: dict[str, list[str]] = {}
    for name in sorted(book.definitions.catalogue.types if types is None else types):
        declared = book.definitions.catalogue.fields_of(name).get(field)
        if declared is not None and declared.type == "number":
            found.setdefault(declared.unit or "no unit", []).append(name)
    return found


def _mixed(book: Book, asked: Asked) -> Iterator[Remark]:
    field = _field(asked)
    units = _units(book, _types(asked), field) if field is not None else {}
    if len(units) > 1:
        told = listed([f"{unit} in {', '.join(names)}" for unit, names in units.items()])
        yield book.on(
            CODE, asked, ("field",
            "sum"), f"{asked.id} takes {field} of several event types together, and it is {told}",
            "ask of each event type by itself, or give them one unit", level=ERROR,
        )  # fmt: skip


def _compared(book: Book, asked: Asked) -> Iterator[Remark]:
    measure = asked.rule.measure
    if not isinstance(measure, Deviation) or measure.scale != 1:
        return
    ours = _units(book, _types(asked), measure.field)
    theirs = _units(book, measure.pattern.types, measure.other)
    if len(ours) == len(theirs) == 1 and ours.keys() != theirs.keys():
        yield book.on(
            CODE, asked, ("its", "field"),
            f"{asked.id} compares {measure.field} (in {next(iter(ours))}) with {measure.other} (in "
            f"{next(iter(theirs))}) as if they were of one unit",
            "record both in one unit", level=ERROR,
        )  # fmt: skip


def _parts_of_one(book: Book, asked: Asked) -> Iterator[Remark]:
    """A number of things is a whole one."""
    measure, limit = asked.rule.measure, asked.rule.limit
    counted = (isinstance(measure, Total) and measure.of == "count") or (
        isinstance(measure, Level) and measure.weight is None
    )
    for name, value in (("at_most", limit.at_most), ("at_least", limit.at_least)):
        if counted and isinstance(value, Decimal) and value.is_finite() and value != value.to_integral_value():
            yield book.on(
                CODE, asked, (name, "exactly"),
                f"{asked.id} sets a limit of {value} on a number of {called(asked.rule.on)}, which "
                "is always a whole one",
                "write a whole number", level=ERROR,
            )  # fmt: skip
            return


def _counts_members(book: Book, asked: Asked) -> bool:
    """Whether it is the members of a list that are counted: a number of one thing compares with that of another."""
    field = _field(asked)
    return field is not None and book.definitions.field_type(_types(asked), field) == "list"


def _parameters(book: Book) -> Iterator[Remark]:
    """One parameter as the limit of quantities of several units."""
    found: dict[str, dict[str, list[Asked]]] = {}
    for asked in book.asked:
        unit = asked.rule.unit
        if unit in (DURATION, "") or _counts_members(book, asked):
            continue
        node = book.body(asked.constraint, asked.clause)
        for name in ("at_most", "at_least", "exactly", "tolerance"):
            given = node.get(name)
            if (
                isinstance(given, str)
                and given.startswith("$")
                and unit not in (DURATION, "")
                and not _counts_members(book, asked)
            ):
                found.setdefault(str(given)[1:], {}).setdefault(unit, []).append(asked)
    for parameter, by_unit in found.items():
        if len(by_unit) > 1:
            users = [asked for rules in by_unit.values() for asked in rules]
            told = listed([f"{unit} in {listed([a.id for a in rules])}" for unit, rules in by_unit.items()])
            yield book.on(
                CODE, users[-1], ("at_most", "at_least", "exactly", "tolerance"),
                f"parameter {parameter!r} limits quantities of several units: {told}",
                "use a parameter for each unit", level=ERROR, constraints=[a.id for a in users], about=(parameter,),
            )  # fmt: skip
