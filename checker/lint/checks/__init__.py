"""The checks: what can be wrong with a rulebook as an agreement. One file for each code, and one line in this list."""

from collections.abc import Callable, Iterator

from checker.lint.book import Book
from checker.lint.checks import (
    conflicting,
    dangling,
    dominated,
    duplicate,
    near_unsatisfiable,
    never_activated,
    units,
    unsatisfiable,
    unused,
    vacuous,
    wrong_side,
)
from checker.lint.remark import Remark

CHECKS: dict[str, Callable[[Book], Iterator[Remark]]] = {
    unsatisfiable.CODE: unsatisfiable.check,
    near_unsatisfiable.CODE: near_unsatisfiable.check,
    conflicting.CODE: conflicting.check,
    dominated.CODE: dominated.check,
    duplicate.CODE: duplicate.check,
    vacuous.CODE: vacuous.check,
    wrong_side.CODE: wrong_side.check,
    dangling.CODE: dangling.check,
    never_activated.CODE: never_activated.check,
    units.CODE: units.check,
    unused.CODE: unused.check,
}
"""Code -> the check that finds it, under one position."""
