"""What is known of a quantity: the least and the greatest value that some completion of the log allows."""

from decimal import Context, Decimal, Inexact

from checker.quick import dataclass

Number = int | Decimal

INFINITY = Decimal("Infinity")
"""The bound of a quantity that nothing limits; compares exactly with whole and decimal numbers."""

_EXACT = Context(prec=2000, Emin=-5000, Emax=5000, traps=[Inexact])  # logs hold 40 digits, exponents to 400


def is_finite(value: Number) -> bool:
    """Whether the bound is a number and not the absence of one."""
    return isinstance(value, int) or value.is_finite()


def plus(a: Number, b: Number) -> Number:
    """Exact sum: whole numbers stay whole, decimals are never rounded; infinity absorbs."""
    if isinstance(a, int) and isinstance(b, int):
        return a + b
    return _EXACT.add(Decimal(a), Decimal(b))


def minus(a: Number, b: Number) -> Number:
    """Exact difference, as `plus`."""
    if isinstance(a, int) and isinstance(b, int):
        return a - b
    return plus(a, -b if isinstance(b, int) else b.copy_negate())


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both ends included: the true value lies in [low, high]; equal ends mean that it is known.

    Durations are whole microseconds, everything else whole or decimal counts of its unit.
    """

    low: Number
    high: Number

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"bounds out of order: {self.low} > {self.high}")

    @classmethod
    def exactly(cls, value: Number) -> "Bounds":
        """The bounds of a quantity that is known."""
        return cls(value, value)

    @property
    def known(self) -> bool:
        """Whether only one value is possible."""
        return self.low == self.high

    def __add__(self, other: "Bounds") -> "Bounds":
        return Bounds(plus(self.low, other.low), plus(self.high, other.high))

    def __sub__(self, other: "Bounds") -> "Bounds":
        return Bounds(minus(self.low, other.high), minus(self.high, other.low))

    def __neg__(self) -> "Bounds":
        return Bounds(minus(0, self.high), minus(0, self.low))

    def overlaps(self, other: "Bounds") -> bool:
        """Whether some value can be both."""
        return self.low <= other.high and other.low <= self.high

    def or_(self, other: "Bounds") -> "Bounds":
        """What is known when either may be the case: the hull of both."""
        return Bounds(min(self.low, other.low), max(self.high, other.high))

    def least(self, other: "Bounds") -> "Bounds":
        """The smaller of two quantities."""
        return Bounds(min(self.low, other.low), min(self.high, other.high))

    def greatest(self, other: "Bounds") -> "Bounds":
        """The larger of two quantities."""
        return Bounds(max(self.low, other.low), max(self.high, other.high))
