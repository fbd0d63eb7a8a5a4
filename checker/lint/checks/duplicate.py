"""duplicate: two constraints, parts of one, or definitions that say the same."""

from collections.abc import Iterator

from checker.constraint import Constraint
from checker.lint.book import Book
from checker.lint.remark import NOTE, Remark
from checker.lint.spells import bare
from checker.measure import Rule

CODE = "duplicate"


def check(book: Book) -> Iterator[Remark]:
    """Each constraint against those before it, then intervals and calendars by name."""
    in_force = [constraint for constraint in book.rulebook.constraints if constraint.in_force]
    by_rules: dict[str, Constraint] = {}
    for constraint in in_force:
        rules = repr(_rules(constraint))
        first = by_rules.setdefault(rules, constraint)
        if first is not constraint:
            yield book.remark(
                CODE, book.nodes[constraint.id]["id"],
                f"{constraint.id} asks the same as {first.id}{book.under}: whatever keeps one keeps the other, and a "
                "breach is told twice",
                "keep one of them, or say in which they differ", constraints=(constraint.id, first.id),
            )  # fmt: skip
        seen: dict[str, int] = {}
        for at, clause in enumerate(constraint.clauses):
            key = repr(tuple(_bare(rule) for rule in clause.rules))
            if key in seen:
                yield book.remark(
                    CODE, book.body(constraint, at).get("kind", book.nodes[constraint.id]),
                    f"part {at + 1} of {constraint.id} asks the same as part {seen[key] + 1}{book.under}",
                    "leave one out", constraints=(constraint.id,),
                )  # fmt: skip
            seen.setdefault(key, at)
    yield from _definitions(book)


def _rules(constraint: Constraint) -> tuple[Rule, ...]:
    return tuple(_bare(rule) for clause in constraint.clauses for rule in clause.rules)


def _bare(rule: Rule) -> Rule:
    """Without the names of its intervals."""
    on = rule.on
    spell = getattr(on, "spell", None)
    if spell is not None:
        return rule._replace(on=on._replace(spell=bare(spell)))  # type: ignore[call-arg]
    return rule


def _definitions(book: Book) -> Iterator[Remark]:
    sections = book.files.sections
    for section, known in (("intervals", book.definitions.intervals), ("calendars", book.definitions.calendars)):
        seen: dict[str, str] = {}
        for name in sections[section]:
            found = known.get(str(name))
            if found is None:
                continue
            key = repr(bare(found)) if section == "intervals" else repr(found)  # type: ignore[arg-type]
            first = seen.setdefault(key, str(name))
            if first != name:
                yield book.remark(
                    CODE, sections[section].key(name),
                    f"{section[:-1]} {str(name)!r} is the same as {first!r}{book.under}",
                    "use one name for it", level=NOTE, about=(str(name), first),
                )  # fmt: skip
