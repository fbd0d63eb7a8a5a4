"""The words rulebooks are written in: how durations, patterns and intervals are read from YAML, mistakes included.

Every type here takes a node of the YAML tree (or plain Python data of the same shape) and gives the object of the
core language. What is wrong is collected, all of it, and raised as `Mistakes` with the place of each.
"""

from checker.terms.reader import Mistake, Mistakes, Reader, types_of
from checker.terms.types import (
    SHARED,
    SHARED_SCHEMAS,
    Amount,
    Calendrical,
    Duration,
    EventPattern,
    FieldNames,
    Flag,
    IntervalExpression,
    MatchFields,
    Moment,
    Quantity,
    RegisterName,
    Renewals,
    Several,
    Share,
    Words,
    quantity_of,
)

__all__ = [
    "SHARED",
    "SHARED_SCHEMAS",
    "Amount",
    "Calendrical",
    "Duration",
    "EventPattern",
    "FieldNames",
    "Flag",
    "IntervalExpression",
    "MatchFields",
    "Mistake",
    "Mistakes",
    "Moment",
    "Quantity",
    "Reader",
    "RegisterName",
    "Renewals",
    "Several",
    "Share",
    "Words",
    "quantity_of",
    "types_of",
]
