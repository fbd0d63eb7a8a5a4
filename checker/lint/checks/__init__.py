"""The checks: what can be wrong with a rulebook as an agreement. One file for each code, and one line in this list."""

from collections.abc import Callable, Iterator

from checker.lint.book import Book
from checker.lint.checks import vacuous
from checker.lint.remark import Remark

CHECKS: dict[str, Callable[[Book], Iterator[Remark]]] = {
    vacuous.CODE: vacuous.check,
}
"""Code -> the check that finds it, under one position."""
