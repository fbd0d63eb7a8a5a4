"""The instant at which a total is greatest, against every whole instant looked at."""

import random

import pytest

from checker import rolling


@pytest.mark.parametrize("seed", range(200))
def test_the_peak_is_the_first_instant_of_the_greatest_value(seed: int) -> None:
    chance = random.Random(seed)
    pieces, at = [], 0
    for _ in range(chance.randint(1, 6)):
        pieces.append(rolling.Piece(at, chance.randint(0, 5), chance.choice((-1, 0, 0, 1))))
        at += chance.randint(1, 4)
    first = chance.randint(0, at - 1)
    last = chance.randint(first, at + 2)
    begins = max(place for place, piece in enumerate(pieces) if piece.start <= first)
    values = []
    for place, piece in enumerate(pieces[begins:], begins):
        end = pieces[place + 1].start if place + 1 < len(pieces) else last + 1
        for instant in range(max(piece.start, first), min(end, last) + 1):
            if instant < end or piece.slope:  # what rises up to where the next begins is approached there
                values.append((piece.value + piece.slope * (instant - piece.start), -instant))
    value, instant = max(values)
    assert rolling.greatest(pieces, first, last) == value
    assert rolling.peak(pieces, first, last) == -instant
