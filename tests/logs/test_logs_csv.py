import csv
import io
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checker.errors import LogError
from checker.logs import Log, delimited, read_log
from checker.mapping import Mapping

HEADER = "time,type,id,source,seq,subject,data.auth,site"
ROW = "2031-03-05T06:05:00Z,RADAR_ON,7,HOST,13,BTY-A,AU1,S1"
SHORT = "time,type,note\n"
TIME = "2031-03-05T06:05:00Z"


def read(data: bytes | str, mapping: Mapping | None = None) -> Log:
    return read_log(io.BytesIO(data.encode() if isinstance(data, str) else data), mapping, name="log.csv")


@pytest.mark.parametrize(("mark", "told"), [(";", "';'"), ("\t", "a tab"), ("|", "'|'")])
def test_a_header_that_something_else_separates(mark, told):
    lines = HEADER.replace(",", mark), ROW.replace(",", mark)
    with pytest.raises(LogError) as caught:
        read("\n".join(lines))
    (problem,) = caught.value.problems
    assert problem.message == f"fields are separated by commas here; this header looks separated by {told}"
    assert "docs/mappings.md" in problem.hint


def test_such_signs_in_names_are_no_separators():
    assert [record.extra for record in read(f"time,type,a;b\n{TIME},ON,1\n").records] == [{"a;b": "1"}]


def test_a_whole_row():
    log = read(f"{HEADER}\n{ROW}\n")
    assert log.rejected == []
    (record,) = log.records
    assert record.location == ("log.csv", 2, 0)
    assert (record.type, record.id, record.source, record.seq, record.subject) == ("RADAR_ON", "7", "HOST", 13, "BTY-A")
    assert record.data == {"auth": "AU1"}
    assert record.extra == {"site": "S1"}


@pytest.mark.parametrize(
    ("row", "note"),
    [
        (f"{TIME},A,x", "x"),
        (f"{TIME},A,", None),
        (f'{TIME},A,""', None),
        (f'{TIME},A,"a,b"', "a,b"),
        (f'{TIME},A,"say ""no"""', 'say "no"'),
        (f'"{TIME}","A"," x "', " x "),
        (f"{TIME},A,ünï\u2028code", "ünï\u2028code"),
        (f"{TIME},A,a\rb", "a\rb"),
        (f'{TIME},A,"a\rb"', "a\rb"),
        (f"{TIME},A,1e5\r", "1e5"),
        (f'{TIME},A,"x"\r', "x"),
    ],
)
def test_cells(row, note):
    log = read(SHORT + row + "\n")
    assert log.rejected == []
    assert log.records[0].extra.get("note") == note


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (TIME, 0, "1 of the 3 cells"),
        (f"{TIME},A", 0, "2 of the 3 cells"),
        (f"{TIME},A,x,", 0, "more cells than the 3 of the header"),
        (f'{TIME},A,"x","y","z"', 0, "more cells than the 3"),
        (f"{TIME},A" + "," * 100_000, 0, "more cells than the 3"),
        (f'{TIME},A,"x', 24, "does not end on its line"),
        (f'{TIME},A,"x""', 24, "does not end on its line"),
        (f'{TIME},A,"', 24, "does not end on its line"),
        (f'{TIME},A,x"y"', 25, "a quote inside a cell"),
        (f'{TIME},A, "y"', 25, "a quote inside a cell"),
        (f'{TIME},A,"x"y', 27, "something follows the closing quote"),
        (f'{TIME},A,"x" ', 27, "something follows the closing quote"),
        (f"{TIME},A,\x00", 24, "a NUL byte"),
        (f"{TIME},é,".encode() + b"\xff", 24, "byte 25 of the line is not UTF-8"),
        (",A,x", 0, "'time': missing"),
        (f"{TIME},,x", 0, "'type': missing"),
        (",,", 0, "'time': missing"),
        ("now,A,x", 0, "'time': 'now' is not"),
    ],
)
def test_rejected(row, column, reason):
    data = row if isinstance(row, bytes) else row.encode()
    log = read(SHORT.encode() + b"\n" + data + f"\n{TIME},A,x\n".encode())
    (rejected,) = log.rejected
    assert reason in rejected.reason
    assert rejected.location == ("log.csv", 3, column)
    assert [record.location.line for record in log.records] == [4]


@pytest.mark.parametrize("seq", ["-1", "1.0", "x", "١", " 1", "1_0", "9" * 31, "1e3", "+1"])
def test_seq_is_a_whole_number(seq):
    log = read(f"time,type,seq\n{TIME},A,{seq}\n")
    assert log.records == []
    assert log.rejected[0].reason.startswith("'seq': a whole number from 0 is expected")


def test_seq_is_read_from_text():
    log = read(f"time,type,seq\n{TIME},A,007\n{TIME},A,\n")
    assert [record.seq for record in log.records] == [7, None]


def test_the_file_ends_inside_the_record():
    log = read(f"{SHORT}{TIME},A,x\n{TIME},A")
    assert [r.reason for r in log.rejected] == ["the file ends inside the record: 2 of the 3 cells of the header"]


@pytest.mark.parametrize("data", ["", "\n\n", "\ufeff", HEADER, HEADER + "\n", "\n\n" + HEADER + "\n\n"])
def test_no_rows(data):
    log = read(data)
    assert (log.records, log.rejected) == ([], [])


@pytest.mark.parametrize("header", [HEADER, "\ufeff" + HEADER, "\n\r\n" + HEADER + "\r", HEADER.replace(",", " , ")])
def test_header(header):
    log = read(f"{header}\n\n{ROW}\n")
    assert log.rejected == []
    assert log.records[0].location.line == header.count("\n") + 3
    assert log.records[0].data == {"auth": "AU1"}


@pytest.mark.parametrize(
    ("header", "messages"),
    [
        (b"time,type,,x,", ["cell 3 of the CSV header is empty", "cell 5 of the CSV header is empty"]),
        (b"time,type,x,x,x", ["the CSV header names 'x' 3 times"]),
        (b"Time,type", ["no column 'time' for the time of the events\n    did you mean 'Time'?"]),
        (b"x", ["no column 'time'", "no column 'type'"]),
        (b"time;type", ["this header looks separated by ';'"]),
        (b"time,type,data,data.x", ["column 'data' cannot hold an object"]),
        (b'time,type,"x', ["cannot be read: a quoted cell that does not end on its line"]),
        (b"time,type,\xff", ["cannot be read: byte 11 of the line is not UTF-8"]),
        (b"time,type," + b",".join(b"%d" % i for i in range(10_000)), ["more than 10000 cells"]),
    ],
)
def test_unusable_headers(header, messages):
    with pytest.raises(LogError) as caught:
        read(b"\n" + header + b"\n" + ROW.encode())
    problems = caught.value.problems
    assert len(problems) == len(messages)
    for problem, message in zip(problems, messages, strict=True):
        assert message in str(problem)
        assert problem.location is not None
        assert problem.location.line == 2


def test_mapped_columns():
    mapping = Mapping.model_validate(
        {"time": "ts", "type": "data.kind", "data": "payload", "rename": {"b": "z"}, "sentinels": {"payload.a": ["-"]}}
    )
    log = read(f"ts,data.kind,payload.a,payload.b,data.c\n{TIME},A,-,2,3\n", mapping)
    assert log.rejected == []
    assert log.records[0].type == "A"
    assert log.records[0].data == {"z": "2"}
    assert log.records[0].extra == {"data.c": "3"}


CELLS = st.text(st.characters(exclude_characters="\0\n", exclude_categories=["Cs"]), max_size=8)


@settings(deadline=None)
@given(st.lists(CELLS, min_size=3, max_size=3))
@example(["a\r", "b\r", "\r"])
def test_what_the_standard_library_writes(cells):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow([TIME, "A", *cells])
    log = read("time,type,x,y,data.z\n" + out.getvalue())
    assert log.rejected == []
    (record,) = log.records
    found = [record.extra.get("x"), record.extra.get("y"), record.data.get("z")]
    assert found == [cell or None for cell in cells]


@settings(deadline=None)
@given(st.lists(st.sampled_from(['"', '""', ",", "a", "b c", "é", " "])).map("".join), st.sampled_from(["", "\r"]))
def test_cells_are_those_of_the_standard_library(line, end):
    if not line.strip():
        return
    try:
        expected = next(csv.reader([line], strict=True))
    except csv.Error:
        expected = None
    try:
        cells = delimited.cells_of((line + end).encode(), 1000)
    except delimited.BadLine:
        assert '"' in line  # the library takes a quote inside a cell that does not begin with one as it stands
    else:
        assert cells == expected


PIECES = st.sampled_from([b"\n", b"\r\n", b",", b'"', b" ", TIME.encode(), b"A", b"\x00", b"\xff", b"\xc2\xa0"])


@settings(deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=3))).map(b"".join))
@example(b"\x1c")
@example(b"\xc2\xa0\n")
def test_every_line_is_accounted_for(data):
    log = read(SHORT.encode() + data)
    there = [number for number, line in enumerate(data.split(b"\n"), 2) if line.strip()]
    assert sorted(entry.location.line for entry in [*log.records, *log.rejected]) == there


@settings(deadline=None)
@given(st.binary())
def test_only_a_log_error_is_raised(data):
    with suppress(LogError):
        read(data)
