"""never-activated: a constraint, or an exception, that no log can ever bring into play."""

from collections.abc import Iterator

from checker.interval import Spell, Where, Widened
from checker.lint.book import Book, listed
from checker.lint.patterns import possible, together
from checker.lint.remark import NOTE, Remark
from checker.lint.spells import is_times, opening, times
from checker.measure import Clashes, Holds, OnEvents, Portion, Rule, Within

CODE = "never-activated"


def check(book: Book) -> Iterator[Remark]:
    """What is in force nowhere, what asks for occasions that there are none of, exceptions with nothing to excuse."""
    for constraint in book.rulebook.constraints:
        if not any(c.in_force for other in book.books for c in other.constraints if c.id == constraint.id):
            yield book.remark(
                CODE, book.nodes[constraint.id]["id"],
                f"{constraint.id} is in force under no position" if len(book.books) > 1
                else f"{constraint.id} is not in force: what it refers to sets no limit",
                "set the parameter that it refers to, or leave it out", constraints=(constraint.id,),
            )  # fmt: skip
    for asked in book.asked:
        why = _never(book, asked.rule)
        if why:
            yield book.on(
                CODE, asked, ("event", "of", "interval", "during", "outside"),
                f"{asked.id} is never activated{book.under}: {why}", "correct what it is about, or leave it out",
            )  # fmt: skip
    yield from _exceptions(book)


def _never(book: Book, rule: Rule) -> str:
    known = book.definitions
    if (
        isinstance(rule.measure, (Within, Portion))
        and rule.measure.inside
        and (why := _nothing(book, rule.measure.spell))
    ):
        return why
    if isinstance(rule.on, OnEvents):
        if not possible(rule.on.pattern, known):
            return "no record can be what it looks at"
        if isinstance(rule.measure, Holds) and not possible(together(rule.on.pattern, rule.measure.pattern), known):
            return "no record can be what it does not permit"
        if rule.on.during is not None:
            return _nothing(book, rule.on.during)
    else:
        return _nothing(book, rule.on.spell)
    if isinstance(rule.measure, Clashes) and sum(possible(role.pattern, known) for role in rule.measure.roles) < 2:
        return "no two of its roles can be played"
    return ""


def _nothing(book: Book, spell: Spell) -> str:
    """Why such an interval never goes on; empty if it may."""
    if is_times(spell):
        return "" if times(spell).spans else "its calendar permits no time at all"
    if isinstance(spell, (Where, Widened)) and (why := _nothing(book, spell.part)):
        return why
    opens = opening(spell)
    if opens is not None and not possible(opens, book.definitions):
        return "no record can begin what it looks at"
    return ""


def _exceptions(book: Book) -> Iterator[Remark]:
    for waiver in book.rulebook.waivers:
        node = book.waiver_nodes[waiver.id]
        named = [name for name in (*waiver.excuses, *waiver.left_out_of) if name in book.constraints]
        if named and not any(book.constraints[name].in_force for name in named):
            yield book.remark(
                CODE, node["id"], f"exception {waiver.id} excuses nothing{book.under}: {listed(named)} is not in force",
                f"take {waiver.id} out of force under this position", level=NOTE, about=(waiver.id,),
            )  # fmt: skip
        elif not isinstance(waiver.on, OnEvents) and (why := _nothing(book, waiver.on.spell)):
            yield book.remark(
                CODE, node["id"], f"exception {waiver.id} is never claimed{book.under}: {why}", "correct its activity",
                about=(waiver.id,),
            )  # fmt: skip
