"""Lines that are alike but for their values: what a form is, and that nothing else is taken for one."""

import pytest

from checker.catalogue import Catalogue
from checker.columns import Wanted
from checker.logs import read_log
from checker.mapping import Mapping
from checker.scan import forms, scan
from checker.scan.forms import form_of

LINE = b'{"time":"2031-01-01T00:00:%02dZ","type":"ON","seq":%d,"data":{"act":"A%d","load":%d}}'


def test_a_form_is_all_but_the_values() -> None:
    form = form_of(b'{"time": "t", "type":"T","seq":1,"data":{"x":-1.5, "y":""}}\r', Mapping())
    assert form is not None
    assert form.columns == (
        (False, "time", "s"), (False, "type", "s"), (False, "seq", "i"), (True, "x", "q"), (True, "y", "s"),
    )  # fmt: skip
    assert form.pieces == (b'{"time": "', b'", "type":"', b'","seq":', b',"data":{"x":', b', "y":"', b'"}}\r')


@pytest.mark.parametrize(
    "line",
    [
        b"{", b"[1]", b'{"a":1,"a":2}', b'{"a":true}', b'{"a":null}', b'{"a":[1]}', b'{"a":{"b":1}}',
        b'{"data":{"a":{"b":1}}}', b'{"data":1}', b'{"":1}', b'{"a":"\\n"}', b'{"a":01}', b"1",
    ],
)  # fmt: skip
def test_what_has_no_form(line: bytes) -> None:
    assert form_of(line, Mapping()) is None


ODD = [
    LINE % (1, 1, 1, 1) + b" x", b"x" + LINE % (1, 1, 1, 1), (LINE % (1, 1, 1, 1))[:-1], LINE % (1, 1, 1, 1) + b"}",
    (LINE % (1, 1, 1, 1)).replace(b'"load":1', b'"load":01'), (LINE % (1, 1, 1, 1)).replace(b'"load":1', b'"load":'),
    (LINE % (1, 1, 1, 1)).replace(b'"load":1', b'"load":1,2'), (LINE % (1, 1, 1, 1)).replace(b'"load":1', b'"load":-'),
    (LINE % (1, 1, 1, 1)).replace(b'"load":1', b'"load":1e999'), (LINE % (1, 1, 1, 1)).replace(b"A1", b'A"1'),
    (LINE % (1, 1, 1, 1)).replace(b"A1", b"A\x01"), (LINE % (1, 1, 1, 1)).replace(b"A1", b"A\xff"),
    (LINE % (1, 1, 1, 1)).replace(b'"seq":1', b'"seq":-1'), (LINE % (1, 1, 1, 1)).replace(b'"seq":1', b'"seq":1.5'),
    (LINE % (1, 1, 1, 1)).replace(b'"type":"ON"', b'"type":""'), (LINE % (1, 1, 1, 1)).replace(b'"load"', b'"Load"'),
    (LINE % (1, 1, 1, 1)).replace(b'"act":"A1"', b'"act":"A1\n'), (LINE % (1, 1, 1, 1)).replace(b"T00:", b"T25:"),
    (LINE % (1, 1, 1, 1)).replace(b'"load":1', b'"load":true'), b"", b"{}",
]  # fmt: skip


@pytest.mark.parametrize("last", ["number", "text"])
@pytest.mark.parametrize("at", range(len(ODD)))
def test_lines_that_only_look_alike_are_read_as_they_are(at: int, last: str, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(forms, "FEW", 1)
    lines = [LINE % (n % 60, n, n, n) for n in range(40)]
    lines[20:20] = [ODD[at]]
    if last == "text":
        lines = [line.replace(b"}}", b',"end":"E"}}') for line in lines]
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    scanned = scan([str(path)], None, Catalogue(), {}, Wanted(None, ("act", "load", "seq")))
    log = read_log(str(path))
    assert [list(refused) for refused in scanned.rejected] == [log.rejected]
    assert scanned.heads[0].records == len(log.records)
    columns = scanned.store.columns(forms_all())
    for name in ("act", "load"):
        column = columns.fields[name]
        told = [column.values[code] if code >= 0 else None for code in column.codes.tolist()]
        assert told == [record.data.get(name) for record in log.records]


def forms_all():
    from checker.columns import Selection

    return Selection()
