"""What a spool gives back is what a sorted list would hold."""

from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker import spool
from checker.spool import Spool

KEYS = st.tuples(st.integers(-(1 << 62), 1 << 62), st.text(max_size=3))
SECTIONS = st.lists(st.lists(st.lists(st.tuples(KEYS, st.text(max_size=40)), max_size=8), max_size=4), max_size=4)


def filled(sections: list[list[list[tuple[tuple[int, str], str]]]]) -> Spool:
    made = Spool(str.upper)
    for runs in sections:
        made.begin()
        for number, run in enumerate(runs):
            made.add(sorted(run, key=itemgetter(0)), (number % 2,))
    return made


@given(SECTIONS, st.sampled_from([1, 7, 1 << 16]))
def test_texts_come_section_by_section_in_the_order_of_their_keys(sections, size):  # type: ignore[no-untyped-def]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "_BUFFER", size)
        made = filled(sections)
        expected = []
        for runs in sections:
            every = [entry for run in runs for entry in sorted(run, key=lambda pair: pair[0])]
            expected += [text for _, text in sorted(every, key=lambda pair: pair[0])]
        assert list(made.texts()) == expected
        assert list(made) == [text.upper() for text in expected]  # again, and as what they stand for
        assert len(made) == len(expected)
        assert made.counts.total() == len(expected)


def test_texts_are_chosen_and_counted_by_their_label() -> None:
    made = filled([[[((2, ""), "b")], [((1, ""), "a"), ((3, ""), "d")]], [[((0, ""), "c")]]])
    assert made.counts == {(0,): 2, (1,): 2}
    assert list(made.texts(lambda label: label == (0,))) == ["b", "c"]
    assert list(made.some(lambda label: label != (0,))) == ["A", "D"]


def test_single_things_are_found_by_their_place() -> None:
    made = filled([[[((2, ""), "b"), ((1, ""), "a")]], [[((0, ""), "c")]]])
    assert [made[0], made[1], made[-1], made[1:]] == ["A", "B", "C", ["B", "C"]]
    with pytest.raises(IndexError):
        made[3]


def test_two_may_read_at_once() -> None:
    made = filled([[[((n, ""), str(n)) for n in range(3000)]]])
    assert all(one == other for one, other in zip(made, made, strict=True))
