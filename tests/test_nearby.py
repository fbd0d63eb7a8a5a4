import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker import nearby
from checker.bounds import INFINITY
from checker.logs import from_dicts
from checker.nearby import Nearby
from checker.timeline import encloses, intersect, merge
from checker.trace import in_order

INSTANTS = st.integers(-9, 9) | st.sampled_from([-INFINITY, INFINITY])
SPANS = st.lists(st.tuples(INSTANTS, INSTANTS), max_size=12)


@given(SPANS, INSTANTS, INSTANTS, st.sampled_from([0, 3, 64]))
def test_what_touches_a_span_in_the_order_given(spans, first, last, many):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearby, "MANY", many)
        found = Nearby(list(enumerate(spans)), lambda item: item[1]).touching(first, last)
        assert list(found) == [(at, s) for at, s in enumerate(spans) if s[0] <= last and s[1] >= first]


MERGED = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8).map(merge)


@given(MERGED, st.integers(-1, 31), st.integers(-1, 31))
def test_a_span_that_encloses(spans, first, last):
    assert encloses(spans, first, last) == any(start <= first and last <= end for start, end in spans)


@given(MERGED, MERGED)
def test_instants_in_both(a, b):
    common = {at for at in range(30) if all(any(s <= at < e for s, e in spans) for spans in (a, b))}
    assert {at for start, end in intersect(a, b) for at in range(start, end)} == common
    assert intersect(a, b) == sorted(intersect(a, b))


RECORDS = st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 2), st.sampled_from("xyz")), max_size=9)


@given(RECORDS, st.randoms(use_true_random=False))
def test_records_in_order_whatever_their_place(rows, chance):
    made = [
        {"time": "2031-03-05T06:05:00Z", "type": name, "source": "H", "seq": seq, "data": {"a": a}}
        for name, seq, a in rows
    ]
    ordered, dropped = in_order(from_dicts(made).records)
    assert dropped == len(rows) - len(set(rows))
    assert [(r.type, r.seq, r.data["a"]) for r in ordered] == sorted(
        set(rows), key=lambda row: (row[1], row[0], row[2])
    )
    chance.shuffle(made)
    again, _ = in_order(from_dicts(made).records)
    assert [(r.type, r.seq, r.data) for r in again] == [(r.type, r.seq, r.data) for r in ordered]
