"""Forms that begin alike: their common beginning and what each goes on with, beside the reader of small logs."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slow_way import expected, found

from checker.catalogue import Catalogue
from checker.columns import Wanted
from checker.scan import forms, scan

FIELDS = ("act", "load", "note", "seq", "subject", "time")
ENVELOPES = [
    '{"id":"%(id)s","source":"S","seq":%(seq)s,"time":"%(time)s","type":"%(type)s","subject":"%(subject)s"',
    '{"time":"%(time)s", "type":"%(type)s","seq":%(seq)s ',
    '{"type":"%(type)s","time":"%(time)s","id":"%(id)s","subject":"%(subject)s"',
]
TAILS = [
    "}", "}\r", ',"data":{"act":"%(act)s"}}', ',"data":{"act":"%(act)s","load":%(load)s}}', ',"data":{"load":%(load)s}}',
    ',"data":{"act":"%(act)s","note":"%(act)s"}}', ',"data":{"note":"%(note)s","act":"%(act)s"}}', ',"more":"%(act)s"}',
    ',"data":{"act":true}}', ',"data":{"act":"%(act)s","act":"x"}}', ',"data":{"act":"%(act)s"}',
]  # fmt: skip
LATE = '{"data":{"act":"%(act)s"},"time":"%(time)s","type":"%(type)s","seq":%(seq)s}'
"""An envelope after the data: nothing is shared."""

TEXTS = st.one_of(
    st.integers(0, 130).map(lambda size: "x" * size),
    st.sampled_from(
        ["", "A1", "a,b}c", "é" * 30, 'q"uote', "back\\\\slash", "\x01", "line\nfeed", "}", "1234567", "12345678"]
    ),
)


@st.composite
def written(draw):
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        pattern = (
            LATE if draw(st.integers(0, 7)) == 0 else draw(st.sampled_from(ENVELOPES)) + draw(st.sampled_from(TAILS))
        )
        for n in range(draw(st.integers(1, 6))):
            line = pattern % {
                "id": draw(st.sampled_from(["", "r1", f"r{n}", f"id-of-a-record-{n}"])),
                "seq": draw(st.sampled_from([str(n), str(n), "", "-1", "1.5", "12345678901234567", '"1"'])),
                "time": draw(st.sampled_from([f"2031-01-01T00:00:{n:02}Z", f"2031-01-01T00:{n:02}:00.5Z", "2031-01-01", ""])),
                "type": draw(st.sampled_from(["ON", "OFF", "A_LONG_NAME_OF_A_TYPE", ""])),
                "subject": draw(st.sampled_from(["U1", "U2", ""])),
                "act": draw(TEXTS), "note": draw(TEXTS), "load": draw(st.sampled_from(["0", "7", "-2.5", "1e3", "01", ""])),
            }  # fmt: skip
            if draw(st.integers(0, 9)) == 0:
                at = draw(st.one_of(st.just(len(line)), st.integers(0, len(line))))
                line = line[:at] + draw(st.sampled_from(["", '"', "}", "\n", " ", "é"])) + line[at + 1 :]
            lines.append(line)
    lines = draw(st.permutations(lines))
    return "\n".join(lines + draw(st.sampled_from([[], [""]]))).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(written(), st.sampled_from([None, frozenset(["ON"])]), st.sampled_from([200, 1 << 20]))
def test_forms_that_begin_alike_give_what_the_slow_reader_gives(folder, content, types, block) -> None:
    path = folder / "log.jsonl"
    path.write_bytes(content)
    asked = ([str(path)], None, Catalogue(), {}, Wanted(types, FIELDS))
    few, forms.FEW = forms.FEW, 1
    try:
        ours = found(scan(*asked, shown=True, block=block), asked[-1])
    finally:
        forms.FEW = few
    for name, what in expected(*asked).items():
        assert ours[name] == what, name


def test_forms_that_begin_alike_share_what_they_have_in_common(tmp_path, monkeypatch) -> None:
    met = []
    rows = forms._Trunk.rows

    def watched(self, number, lines, at, part):
        made = rows(self, number, lines, at, part)
        met.append((len(self.limbs), 0 if made is None else len(made.lines)))
        return made

    monkeypatch.setattr(forms._Trunk, "rows", watched)
    values = {
        "id": "r",
        "seq": 1,
        "time": "2031-01-01T00:00:00Z",
        "type": "ON",
        "subject": "U",
        "act": "A",
        "load": 1,
        "note": "",
    }
    path = tmp_path / "log.jsonl"
    path.write_text("".join((ENVELOPES[0] + TAILS[2 + n % 4]) % values + "\n" for n in range(400)))
    scan([str(path)], None, Catalogue(), {}, Wanted(None, FIELDS))
    assert met == [(4, 400)]
