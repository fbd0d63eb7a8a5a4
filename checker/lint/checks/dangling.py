"""dangling: something that no record can carry and no section names: an empty register, a role that nobody can play."""

from collections.abc import Iterator
from typing import Any

from checker.interval import Between, primitives
from checker.lint.book import Asked, Book, listed
from checker.lint.patterns import leaves, possible
from checker.lint.remark import NOTE, WARNING, Remark
from checker.lint.walking import patterns, spells
from checker.measure import Clashes, Deviation, Lag, Lead, Rule, Step
from checker.pattern import Is, Listed
from checker.register import Register

CODE = "dangling"


def check(book: Book) -> Iterator[Remark]:
    """Registers and what is looked up in them; records asked for; states, roles and sources; exceptions."""
    yield from _registers(book)
    yield from _lookups(book)
    yield from _mapping(book)
    for asked in book.asked:
        yield from _records(book, asked)
        yield from _values(book, asked)
        if isinstance(asked.rule.measure, Step):
            yield from _states(book, asked, asked.rule.measure)
    yield from _intervals(book)
    yield from _names(book)
    yield from _conditions(book)


# ---- registers ----


def _registers(book: Book) -> Iterator[Remark]:
    types = book.definitions.catalogue.types
    for name, register in book.definitions.registers.items():
        node: Any = book.files.sections["registers"].get(name)
        amended = register.amended_by
        if amended is not None and amended not in types:
            yield book.remark(
                CODE, node["amended_by"], f"register {name!r} is amended by {amended}, and no event type is called so",
                f"declare {amended} under `events`, or leave `amended_by` out", about=(name,),
            )  # fmt: skip
        elif amended is not None:
            lacking = [f for f in ("register", "entry", "action") if f not in types[amended].fields]
            if lacking:
                yield book.remark(
                    CODE, node["amended_by"],
                    f"register {name!r} is amended by {amended}, which carries no {listed(lacking)}: no record of it "
                    "adds or removes anybody",
                    f"declare {listed(lacking)} as fields of {amended}", about=(name,),
                )  # fmt: skip
        users = [asked for asked in book.asked if name in _asked_of(asked.rule)]
        if users and not register.entries and (amended is None or amended not in types):
            ids = [asked.id for asked in users]
            yield book.remark(
                CODE, book.files.sections["registers"].key(name),
                f"register {name!r} has no member{book.under}, and {listed(ids)} asks who is listed in it",
                "list its members, or name the event type that adds them with "
                "`amended_by`", constraints=ids, about=(name,),
            )  # fmt: skip
        elif users and register.entries and (amended is None or amended not in types):
            late = [asked for asked in users if not _ever(register, asked.rule)]
            if late:
                ids = [asked.id for asked in late]
                yield book.remark(
                    CODE, book.files.sections["registers"].key(name),
                    f"register {name!r} lists nobody at any time at which {listed(ids)} applies{book.under}",
                    "bring `from` and `until` of its members into line with "
                    "`effective`", constraints=ids, about=(name,),
                )  # fmt: skip


def _asked_of(rule: Rule) -> set[str]:
    named = {leaf.register for pattern in patterns(rule) for leaf in leaves(pattern) if isinstance(leaf, Listed)}
    register = getattr(rule.measure, "register", None)
    return named | ({register} if register is not None else set())


def _ever(register: Register, rule: Rule) -> bool:
    return any(entry.start < rule.end and rule.start < entry.end for entry in register.entries)


def _lookups(book: Book) -> Iterator[Remark]:
    events = book.files.sections["events"]
    for name, kind in book.definitions.catalogue.types.items():
        for field, declared in kind.fields.items():
            lookup = declared.lookup
            if lookup is None:
                continue
            node: Any = events[name]
            if not book.definitions.has_field(frozenset((name,)), lookup.by):
                yield book.remark(
                    CODE, node[field]["lookup"],
                    f"{name}.{field} is looked up by {lookup.by!r}, which {name} does not carry",
                    f"declare {lookup.by} as a field of {name}", about=(name,),
                )  # fmt: skip
            register = book.definitions.registers.get(lookup.register)
            if register is not None and not any(lookup.take in entry.attributes for entry in register.entries):
                yield book.remark(
                    CODE, node[field]["lookup"],
                    f"{name}.{field} is what stands as {lookup.take!r} beside a member of {lookup.register!r}, and no "
                    "member has it",
                    f"write {lookup.take} beside the members", about=(name, lookup.register),
                )  # fmt: skip


def _mapping(book: Book) -> Iterator[Remark]:
    mapping = book.rulebook.mapping
    node: Any = book.files.sections.get("mapping")
    if mapping is None:
        return
    for given, name in mapping.types.items():
        if name not in book.definitions.catalogue.types:
            yield book.remark(
                CODE, node["types"].key(given),
                f"the mapping makes {given!r} the event type {name!r}, which is not declared",
                f"declare {name} under `events`", about=(name,),
            )  # fmt: skip
    if mapping.type_of_all is not None and mapping.type_of_all not in book.definitions.catalogue.types:
        yield book.remark(
            CODE, node["type_of_all"],
            f"the mapping makes every record one of the event type {mapping.type_of_all!r}, which is not declared",
            f"declare {mapping.type_of_all} under `events`", about=(mapping.type_of_all,),
        )  # fmt: skip
    for given, name in mapping.rename.items():
        if not book.definitions.has_field(None, name.split(".")[0]):
            yield book.remark(
                CODE, node["rename"].key(given),
                f"the mapping makes {given!r} the field {name!r}, which no event type declares",
                f"declare {name} as a field", about=(name,),
            )  # fmt: skip


# ---- records that there can be none of ----


def _records(book: Book, asked: Asked) -> Iterator[Remark]:
    measure, known = asked.rule.measure, book.definitions
    if isinstance(measure, (Lag, Lead, Deviation)) and not possible(measure.pattern, known):
        yield book.on(
            CODE, asked, ("by", "with"),
            f"{asked.id} asks for a record that there can be none of{book.under}: no type carries fields that fit",
            "correct the pattern, or the event catalogue",
        )  # fmt: skip
    if isinstance(measure, Clashes):
        nobody = [role.name for role in measure.roles if not possible(role.pattern, known)]
        if nobody:
            yield book.on(
                CODE, asked, ("roles",), f"no record can play the role of {listed(nobody)} in {asked.id}{book.under}",
                "correct the pattern of the role, or the event catalogue",
            )  # fmt: skip


def _values(book: Book, asked: Asked) -> Iterator[Remark]:
    """Texts that a looked-up field never is; registers that hold no value which the field may take."""
    for pattern in patterns(asked.rule):
        types = pattern.types
        for leaf in leaves(pattern):
            if isinstance(leaf, Is):
                yield from _never_looked_up(book, asked, leaf, types)
                yield from _no_source(book, asked, leaf)
            elif isinstance(leaf, Listed):
                values = book.definitions.field_values(types, leaf.field)
                register = book.definitions.registers[leaf.register]
                if not values or not register.entries or register.amended_by is not None:
                    continue
                if not values & {entry.member for entry in register.entries}:
                    yield book.on(
                            CODE, asked, ("require", "event"),
                            f"no value that {leaf.field!r} may take is a member of {leaf.register!r}{book.under}",
                            "bring the values and the members into line", about=(leaf.register,),
                        )  # fmt: skip


def _never_looked_up(book: Book, asked: Asked, leaf: Is, types: frozenset[str] | None) -> Iterator[Remark]:
    known = book.definitions.catalogue
    for name in types or ():
        declared = known.fields_of(name).get(leaf.field)
        register = book.definitions.registers.get(declared.lookup.register) if declared and declared.lookup else None
        if declared is None or declared.lookup is None or register is None:
            continue
        attributes = {entry.attributes.get(declared.lookup.take) for entry in register.entries}
        unheard = [str(value) for value in leaf.values if value not in attributes]
        if unheard:
            yield book.on(
                CODE, asked, ("event", "of", "require", "with", "from"),
                f"{asked.id} asks for {leaf.field} {listed(unheard)}, and no member of {declared.lookup.register!r} "
                f"has that{book.under}",
                f"correct the value, or list a member with {declared.lookup.take}: "
                f"{unheard[0]}", about=(declared.lookup.register,),
            )  # fmt: skip


def _no_source(book: Book, asked: Asked, leaf: Is) -> Iterator[Remark]:
    sources = book.definitions.missing.sources
    unheard = (
        [str(value) for value in leaf.values if value not in sources] if leaf.field == "source" and sources else []
    )
    if unheard:
        yield book.on(
            CODE, asked, ("event", "of", "by", "require"),
            f"{asked.id} looks at records of source {listed(unheard)}, which is not among the sources that write to "
            f"the log ({', '.join(sources)})",
            "add it to `sources` under `gaps`, or correct the name",
        )  # fmt: skip


def _states(book: Book, asked: Asked, measure: Step) -> Iterator[Remark]:
    reached = {measure.initial} if measure.initial is not None else set()
    for move in measure.moves:
        if move.to_state is not None:
            reached.add(move.to_state)
        elif move.to_field is not None:
            values = book.definitions.field_values(move.pattern.types, move.to_field)
            if not values:
                return  # it may lead anywhere
            reached |= values
    named = dict.fromkeys(state for pair in measure.allowed for state in pair)
    lost = [state for state in named if state not in reached]
    if lost:
        yield book.on(
            CODE, asked, ("allowed",), f"no move of {asked.id} leads to {listed(lost)}{book.under}",
            "correct the name of the state, or add the move that leads there",
        )  # fmt: skip


def _intervals(book: Book) -> Iterator[Remark]:
    """Intervals that nothing can end."""
    used = [(asked, inner) for asked in book.asked for spell in spells(asked.rule) for inner in primitives(spell)]
    told: set[str] = set()
    for asked, inner in used:
        if not isinstance(inner, Between) or repr(inner) in told or possible(inner.closes, book.definitions):
            continue
        told.add(repr(inner))
        section = book.files.sections["intervals"]
        node = section.key(inner.name) if inner.name in section else book.place(asked, "of", "inside")
        users = [a.id for a, other in used if other == inner]
        yield book.remark(
            CODE, node,
            f"no record can end {inner.name or 'such an interval'}{book.under}: no type carries fields that fit",
            "correct `until`, or the event catalogue", constraints=users, about=(inner.name,) if inner.name else (),
        )  # fmt: skip


# ---- names of exceptions and conditions ----


def _names(book: Book) -> Iterator[Remark]:
    known = {*book.waiver_nodes, *book.nodes}
    for constraint in book.rulebook.constraints:
        if constraint.exception is not None and constraint.exception not in known:
            yield book.remark(
                CODE, book.nodes[constraint.id]["exception"],
                f"{constraint.id} is a condition of exception {constraint.exception}, and there is none of that name",
                "correct the name, or add the exception under `waivers`", constraints=(constraint.id,),
            )  # fmt: skip
        idle = [name for name in constraint.needs if name in book.constraints and not book.constraints[name].in_force]
        if constraint.in_force and idle:
            yield book.remark(
                CODE, book.nodes[constraint.id].key("needs"),
                f"{constraint.id} cannot be met without {listed(idle)}, which is not in force{book.under}: nothing "
                "there asks for what it needs",
                f"bring {listed(idle)} into force, or take {constraint.id} out", constraints=(constraint.id, *idle),
            )  # fmt: skip


def _conditions(book: Book) -> Iterator[Remark]:
    for waiver in book.rulebook.waivers:
        idle = [condition.id for condition in waiver.precedent if not condition.in_force]
        excused = [
            n for n in (*waiver.excuses, *waiver.left_out_of) if n in book.constraints and book.constraints[n].in_force
        ]
        if not idle or not excused:
            continue
        whole = len(idle) == len(waiver.precedent)
        rest = "so that it excuses without any condition" if whole else "so that the other conditions alone decide"
        yield book.remark(
            CODE, book.waiver_nodes[waiver.id].get("precedent", book.waiver_nodes[waiver.id]),
            f"condition {listed(idle)} of exception {waiver.id} is not in force{book.under}, {rest}",
            f"bring {listed(idle)} into force, or name another condition",
            level=WARNING if whole else NOTE, constraints=idle, about=(waiver.id,),
        )  # fmt: skip
