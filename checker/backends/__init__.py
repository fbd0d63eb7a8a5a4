"""The backends: each evaluates rules on a trace. One more is one file and one line here."""

from collections.abc import Callable, Iterable
from typing import Any

from checker.measure import Rule
from checker.trace import Trace

Backend = Callable[[Trace], Any]
"""Makes of a trace what is asked with `evaluate(rule)`."""


def _reference(rules: Iterable[Rule]) -> Backend:
    from checker.backends.reference import Reference

    return Reference


def _columnar(rules: Iterable[Rule]) -> Backend:
    from checker.backends.screening import of_trace  # numpy is slow to import

    return of_trace(rules)


BACKENDS: dict[str, Callable[[Iterable[Rule]], Backend]] = {
    "reference": _reference,
    "columnar": _columnar,
}
"""Name on the command line -> what makes the backend for these rules."""
