"""What is due months after an occasion of which only the days it may lie in are known, hour by hour."""

from datetime import UTC, datetime

import pytest

from checker.deadline import due, due_between
from checker.measure import Deadline
from checker.timeline import HOUR, parse_zone


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2031-01-29T10:15", "2031-01-31T03:20"),  # to the 28th, earlier in the day
        ("2031-01-25T10:15", "2031-02-02T03:20"),
        ("2031-01-31T03:15", "2031-01-31T20:20"),
        ("2031-02-27T00:15", "2031-03-02T05:20"),
        ("2031-10-25T22:15", "2031-10-26T01:20"),  # an hour comes twice
        ("2031-12-01T00:15", "2031-12-30T00:20"),
    ],
)
def test_what_is_due_soonest_and_latest(first: str, last: str) -> None:
    month = Deadline(parse_zone("Europe/Brussels"), months=1)
    low, high = at(first), at(last)
    quarters = range(low, high + 1, HOUR // 12)
    seen = [due(month, one, 0) for one in (*quarters, high)]
    earliest, latest = due_between(month, low, high, 0)
    assert latest is not None
    assert earliest <= min(seen) <= earliest + HOUR // 12
    assert latest - HOUR // 12 <= max(seen) <= latest
    assert due_between(month, low, None, 0)[0] <= earliest
