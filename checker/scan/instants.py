"""Times of the plain form, many at once: 2031-05-03T07:10:00Z, with up to six decimals."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Parse = Callable[[str], tuple[int, int]]

_DASH, _COLON, _DOT, _T, _Z = (ord(mark) for mark in "-:.TZ")
LENGTHS = (20, *range(22, 28))
"""How long texts of the plain form are."""

_DAYS_OF_MONTH = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, *[0] * 87], np.int32)
_DAYS_BEFORE = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, *[0] * 87], np.int64)


def instants(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Whole microseconds of each text, and whether it has the plain form (what stands for others means nothing)."""
    count = len(texts)
    if not count:
        return np.zeros(0, np.int64), np.zeros(0, np.bool_)
    length = len(texts[0])
    joined = "\n".join(texts)
    if length in LENGTHS and len(joined) == count * (length + 1) - 1 and joined.isascii():
        us, plain = _of_length(joined, count, length)
        if plain.all():
            return us, plain
    lengths = np.fromiter(map(len, texts), np.int64, count)
    counts = np.bincount(np.minimum(lengths, 28), minlength=29)
    most = max(LENGTHS, key=lambda length: int(counts[length]))
    if not counts[most]:
        return np.zeros(count, np.int64), np.zeros(count, np.bool_)
    # others are replaced where they stand, and looked at by themselves: they are few as a rule
    others = np.flatnonzero(lengths != most)
    stand_in = texts[int(np.argmax(lengths == most))]
    alike = list(texts)
    for at in others.tolist():
        alike[at] = stand_in
    joined = "\n".join(alike)
    if joined.isascii():
        us, plain = _of_length(joined, count, most)
    else:
        us, plain = np.zeros(count, np.int64), np.zeros(count, np.bool_)
        others = np.arange(count)
    plain[others] = False
    for length in LENGTHS:
        at = others[lengths[others] == length]
        if len(at):
            # one that is not ASCII would make columns of the others' bytes
            at = at[[texts[one].isascii() for one in at.tolist()]]
        if len(at):
            us[at], plain[at] = _of_length("\n".join([texts[one] for one in at.tolist()]), len(at), length)
    return us, plain


def _of_length(joined: str, count: int, length: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The texts of one length, joined by line feeds; a line feed at each end shows that each has that length."""
    square = np.frombuffer(f"{joined}\n".encode(), np.uint8).reshape(count, length + 1)
    us, fits = of_bytes(square, length)
    return us, fits & (square[:, length] == 10)


def of_bytes(square: NDArray[np.uint8], length: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The same of texts of one of `LENGTHS` as bytes, a row for each; what stands behind them is not looked at."""
    c = np.ascontiguousarray(square.T)
    digits = [*range(4), 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, *range(20, length - 1)]
    numbers = c - 48  # below '0' it wraps to beyond 9
    fits = numbers[digits].max(axis=0) <= 9
    fits &= (c[4] == _DASH) & (c[7] == _DASH) & (c[10] == _T) & (c[13] == _COLON) & (c[16] == _COLON)
    fits &= c[length - 1] == _Z
    if length > 20:
        fits &= c[19] == _DOT

    def two(at: int) -> NDArray[np.uint8]:
        found: NDArray[np.uint8] = numbers[at] * np.uint8(10) + numbers[at + 1]
        return found

    month, day, hour, minute, second = two(5), two(8), two(11), two(14), two(17)
    year = two(0).astype(np.int64) * 100 + two(2)
    month = np.where(fits, month, 0)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    fits &= (year > 0) & (day >= 1) & (day <= _DAYS_OF_MONTH[month]) & (leap | (month != 2) | (day < 29))
    fits &= (hour < 24) & (minute < 60) & (second < 60)
    past = year - 1
    days = past * 365 + past // 4 - past // 100 + past // 400 + _DAYS_BEFORE[month] + day + (leap & (month > 2))
    seconds = (days - 719_163) * 86_400 + hour.astype(np.int64) * 3600 + minute.astype(np.int64) * 60 + second
    us = seconds * 1_000_000
    scale = 100_000
    for row in range(length - 21 if length > 20 else 0):
        us += numbers[20 + row].astype(np.int64) * scale
        scale //= 10
    return us, fits
