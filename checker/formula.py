"""Sums of times and numbers as scenarios write them: `$emission_limit + 15 min`, `RADAR_OFF - size`, `2 * $quota`.

Exact: a value is a fraction, and what it is of (a number, a length of time, an instant) is known before it is reckoned.
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

from checker.errors import nearest
from checker.timeline import parse_duration, parse_time_of_day

NUMBER, LENGTH, INSTANT = "a number", "a length of time", "an instant"
"""What a value may be of. Lengths and instants are in microseconds."""

_SUM = re.compile(r"\s+([+-])\s+")
_PRODUCT = re.compile(r"\s+\*\s+")
_NUMBER = re.compile(r"([0-9]+)(?:\.([0-9]+))?(\s*%)?")
_NAME = re.compile(r"\$?[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)?")
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?")


class Value(NamedTuple):
    """An exact number, and what it is of."""

    amount: Fraction
    of: str

    @property
    def whole(self) -> int:
        """As an integer; ValueError if it is none."""
        if self.amount.denominator != 1:
            raise ValueError(f"{float(self.amount)} is not whole")
        return self.amount.numerator


class Name(NamedTuple):
    """A value that is only known when it is reckoned: a parameter, a step, an attribute of an asset, a time of day."""

    text: str


Factor = Value | Name


class Term(NamedTuple):
    """A product, added or taken away."""

    sign: int
    factors: tuple[Factor, ...]


class Formula(NamedTuple):
    """A sum of products."""

    terms: tuple[Term, ...]

    @property
    def names(self) -> list[str]:
        """What it refers to."""
        return [factor.text for term in self.terms for factor in term.factors if isinstance(factor, Name)]

    def kind(self, kinds: Mapping[str, str]) -> str:
        """What its value is of, given that of each name; ValueError if a name is unknown, or the parts do not fit."""
        found = ""
        for term in self.terms:
            of = NUMBER
            for factor in term.factors:
                part = _kind_of(factor.text, kinds) if isinstance(factor, Name) else factor.of
                of = _product(of, part)
            found = _sum(found, of, term.sign)
        return found

    def value(self, known: Callable[[str], Value]) -> Value:
        """Its value. `known` gives that of each name."""
        whole: Value | None = None
        for sign, factors in self.terms:
            part: Value | None = None
            for factor in factors:
                each = known(factor.text) if isinstance(factor, Name) else factor
                part = each if part is None else Value(part.amount * each.amount, _product(part.of, each.of))
            assert part is not None  # noqa: S101 - a term has a factor
            if whole is None:
                whole = part if sign > 0 else Value(-part.amount, _sum("", part.of, sign))
            else:
                amount = whole.amount + part.amount if sign > 0 else whole.amount - part.amount
                whole = Value(amount, _sum(whole.of, part.of, sign))
        assert whole is not None  # noqa: S101 - likewise
        return whole


def parse_formula(text: str) -> Formula:
    """Read a sum; signs and `*` stand between blanks. ValueError says what was expected."""
    stripped = text.strip()
    sign = 1
    if stripped.startswith("-"):
        sign, stripped = -1, stripped[1:].strip()
    if not stripped:
        raise ValueError("expected a length of time, a number or a name, such as `$limit + 15 min`")
    parts = _SUM.split(stripped)
    signs = [sign, *(1 if mark == "+" else -1 for mark in parts[1::2])]
    return Formula(
        tuple(
            Term(each, tuple(_factor(factor) for factor in _PRODUCT.split(part)))
            for each, part in zip(signs, parts[::2], strict=True)
        )
    )


def parse_value(text: str) -> Value | None:
    """A number, a share or a length of time; None for any other text."""
    try:
        found = _factor(text.strip())
    except ValueError:
        return None
    return found if isinstance(found, Value) else None


def _kind_of(name: str, kinds: Mapping[str, str]) -> str:
    if _CLOCK.fullmatch(name):
        return INSTANT
    if name not in kinds:
        raise ValueError(f"unknown name {name!r}; {nearest(name, kinds)}")
    if kinds[name] not in (NUMBER, LENGTH, INSTANT):
        raise ValueError(f"{name!r} is {kinds[name]}")
    return kinds[name]


def _factor(text: str) -> Factor:
    match = _NUMBER.fullmatch(text)
    if match is not None:
        whole, decimals, share = match.groups()
        decimals = decimals or ""
        amount = Fraction(int(whole + decimals), 10 ** len(decimals))
        return Value(amount / 100 if share else amount, NUMBER)
    if _CLOCK.fullmatch(text):
        parse_time_of_day(text)
        return Name(text)
    if _NAME.fullmatch(text):
        return Name(text)
    return Value(Fraction(parse_duration(text)), LENGTH)


def _product(left: str, right: str) -> str:
    if left == NUMBER:
        return right
    if right == NUMBER:
        return left
    raise ValueError(f"{left} cannot be multiplied with {right}")


def _sum(left: str, right: str, sign: int) -> str:
    if not left:
        if right == INSTANT and sign < 0:
            raise ValueError("an instant cannot be taken from nothing")
        return right
    if left == INSTANT:
        if right == LENGTH:
            return INSTANT
        if right == INSTANT and sign < 0:
            return LENGTH
    elif left == LENGTH and right == INSTANT and sign > 0:
        return INSTANT
    elif left == right != INSTANT:
        return left
    raise ValueError(f"{right} cannot be {'added to' if sign > 0 else 'taken from'} {left}")
