"""CSV with any damage comes to the same whether it is scanned, block by block, or read as records."""

import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slow_way import as_told, expected, found
from test_scan_damaged import EVERY, FIELDS, MAPPINGS, MINUTES, TIMES, UNTIL, WANTED, rulebook

from checker.columns import Selection, Wanted, place_of
from checker.errors import LogError
from checker.logs import read_log
from checker.mapping import Mapping
from checker.rulebook import load_rulebook
from checker.scan import STRETCH, NotScannable, scan
from checker.scan.reader import Reader

ROOT = Path(__file__).parents[2]
LOGS = sorted((ROOT / "fixtures" / "logs").glob("*.jsonl"))

CELLS = st.sampled_from(
    [
        "", "A1", "A2", "a", "b", "ok", "true", "false", "INVALID", "invalid", "é", "\u2028", "x" * 90, "y" * 30, " A1", "A1 ",
        "0", "1", "-1", "7", "007", "1.0", "1.50", "-0", "1e3", "1e401", "0.5", "12345678", "123456789",
        "1234567890123456", "12345678901234567", "4611686018427387903", "4611686018427387904", "1" * 31,
        "+1", "NaN", "٣", "2031-01-01T00:01:00Z", "2031-01-01T00:01:00.25Z", "{}", "\r", "\t", "=1",
    ]
)  # fmt: skip
ROLES = ("time", "type", "source", "seq", "id", "subject", "recorded_at", "received_at")
NAMES = st.lists(st.sampled_from([*(f"data.{name}" for name in FIELDS[:13]), *FIELDS[:13], "data.time"]), unique=True)


@st.composite
def rows(draw, columns, usual):
    minute = draw(MINUTES)
    made = {
        "time": f"2031-01-01T00:{minute:02}:00Z"
        if usual or draw(st.integers(0, 3))
        else draw(TIMES).replace("\\n", ""),
        "type": draw(st.sampled_from(["ON", "ON", "OFF", "OFF", "PLACE", "OTHER", ""])),
        "source": draw(st.sampled_from(["S1", "S2", "S1", ""])),
        "seq": str(draw(st.integers(0, 15))),
        "id": f"i{draw(st.integers(0, 12))}",
        "subject": draw(st.sampled_from(["U1", "U2", ""])),
        "recorded_at": draw(st.sampled_from(["", "", "2031-01-01T00:20:00Z"])),
    }
    cells = []
    for name in columns:
        cell = made[name] if name in made and (usual or draw(st.integers(0, 9))) else draw(CELLS)
        quoted = "," in cell or not draw(st.integers(0, 11))
        cells.append(f'"{cell}"' if quoted else cell)
    line = ",".join(cells).encode()
    if not usual and not draw(st.integers(0, 5)):
        at = draw(st.integers(0, len(line)))
        marks = [b"\0", b"\r", b"\xff", b"\xed\xa0\x80", b"\xc3", b'"', b'""', b",", b'","', b" ", b"\n", b'"a"', b"\\"]
        line = draw(
            st.sampled_from(
                [
                    line[:at],
                    line[:at] + line[at + 1 :],
                    b"",
                    b"  ",
                    b"\t",
                    b"," * (len(columns) - 1),
                    line + b"\r",
                    line + b",",
                ]
                + [line[:at] + mark + line[at:] for mark in marks]
            )
        )
    return line


@st.composite
def tables(draw):
    columns = ["time", "type", *(name for name in ROLES[2:] if draw(st.integers(0, 5))), *draw(NAMES)]
    columns = draw(st.permutations(columns))
    lines = [",".join(columns).encode()]
    lines += draw(st.lists(rows(columns, True), max_size=8)) + draw(st.lists(rows(columns, False), max_size=10))
    if draw(st.booleans()):
        lines += draw(st.lists(st.sampled_from(lines), max_size=3))
    if not draw(st.integers(0, 6)):
        lines = draw(st.lists(st.sampled_from([b"", b" "]), max_size=2)) + lines
    end = draw(st.sampled_from([b"\n", b"\n", b"\r\n"]))
    data = end.join(lines) + (end if draw(st.integers(0, 3)) else b"")
    return draw(st.sampled_from([b""] * 7 + [b"\xef\xbb\xbf"])) + data


def check(
    folder,
    contents,
    wanted=EVERY,
    until=None,
    block=1 << 20,
    mapping=None,
    *,
    ending=".csv",
    rules=None,
    stretch=STRETCH,
):
    """What a scan of logs with these contents gives is what reading them gives; the scan."""
    catalogue, registers = rules or rulebook()
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"{number}{ending}"
        if ending.endswith(".gz"):
            content = gzip.compress(content)
        elif ending.endswith(".zst"):
            content = pytest.importorskip("backports.zstd").compress(content)
        path.write_bytes(content)
        paths.append(str(path))
    return compare(paths, (mapping, catalogue, registers, wanted), until, block, stretch)


def compare(paths, asked, until, block, stretch=STRETCH):
    mapping, _, _, wanted = asked
    try:
        theirs = expected(paths, *asked, until)
    except LogError as error:
        said = str(error)
        with pytest.raises(LogError, match=f"^{re.escape(said)}$"):
            scan(paths, *asked, until=until, shown=True, block=block, stretch=stretch)
        return None
    try:
        scanned = scan(paths, *asked, until=until, shown=True, block=block, stretch=stretch)
    except NotScannable:
        assert any((r.seq or 0) >= 1 << 62 for path in paths for r in read_log(path, mapping).records)
        return None
    ours = found(scanned, wanted)
    for name in theirs:
        assert ours[name] == theirs[name], name
    by_place = {
        place_of(log, r.location.line): r for log, path in enumerate(paths) for r in read_log(path, mapping).records
    }
    assert as_told(scanned.records(by_place)) == as_told(list(by_place.values()))
    last = sorted(by_place)[-1:]
    scanned.note(np.array(last, np.int64))
    assert as_told(scanned.records(last)) == as_told([by_place[place] for place in last])
    return scanned


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(tables(), min_size=1, max_size=2), WANTED, UNTIL, st.sampled_from([1, 40, 300, 1000, 100_000]),
    st.sampled_from(MAPPINGS), st.sampled_from([".csv", ".csv", ".csv.gz"]), st.sampled_from([1, 4, STRETCH]),
)  # fmt: skip
def test_a_damaged_table_is_scanned_as_it_is_read(folder, contents, wanted, until, block, mapping, ending, stretch):
    check(folder, contents, wanted, until, block, mapping, ending=ending, stretch=stretch)


def regular(count=30):
    lines = ["time,type,source,seq,id,subject,data.act,data.load,data.since,note"]
    for n in range(count):
        kind = ["ON", "OFF"][n % 2]
        lines.append(
            f"2031-01-01T00:{n // 60:02}:{n % 60:02}Z,{kind},S,{n + 1},i{n},U{n % 3},A{n % 7},{n},2031-01-01T00:00:00Z,n{n}"
        )
    return [line.encode() for line in lines]


ODD = [
    b"",
    b" \t",
    b"2031-01-01T00:00:59Z,OFF,S,1,i3,U1,A1,,",
    b"2031-01-01T00:00:59Z,OFF,S,1,i3,U1,A1,,,,",
    b"2031-01-01T00:00:59Z,OFF,S,1,i3,U1,A1,,,n",
    b'"2031-01-01T00:00:59Z","OFF","S","40","i3","U1","A,1","","","n"',
    b'"2031-01-01T00:00:59Z","OFF","S","40","i3","U1","A""1","","","n"',
    b'2031-01-01T00:00:59Z,OFF,S,40,i40,U1,A"1,"",,n',
    b'2031-01-01T00:00:59Z,OFF,S,40,i40,U1,"A1,,,n',
    b'2031-01-01T00:00:59Z,OFF,S,40,i40,U1,"A1"x,,,n',
    b'2031-01-01T00:00:59Z,OFF,S,40,i40,U1,x"A,1",,,n',
    b"2031-01-01T00:00:59Z,OFF,S,40,i40,U1,A\xff1,,,n",
    b"2031-01-01T00:00:59Z,OFF,S,40,i40,U1,A\xc3\xa91,,,n",
    b"2031-01-01T00:00:59Z,OFF,S,40,i40,U1,A\x001,,,n",
    b"2031-01-01T00:00:59Z,OFF,S,40,i40,U1,A\r1,,,n\r",
    b"2031-01-01T00:00:59Z,OFF,S,40,i40,U1,A1,,,\r",
    b"2031-01-01T00:00:59Z,,S,40,i40,U1,A1,,,n",
    b"2031-02-30T00:00:59Z,OFF,S,40,i40,U1,A1,,,n",
    b"2031-01-01,OFF,S,40,i40,U1,A1,,,n",
    b",,,,,,,,,",
    *(
        b"2031-01-01T00:00:59Z,OFF,S,%s,i40,U1,A1,,,n" % seq
        for seq in (b"-1", b"1.0", b"x", b"", b"007", b" 4", b"1_0")
    ),
    *(b"2031-01-01T00:00:59Z,OFF,S,%s,i40,U1,A1,,,n" % seq for seq in (b"9" * 8, b"9" * 9, b"9" * 16, b"9" * 17)),
    b"2031-01-01T00:00:59Z,OFF,S,4611686018427387904,i40,U1,A1,,,n",
    b"2031-01-01T00:00:59Z,ON,S,40,i40,U1,A1,1e401,2031-01-01,n",
    b"2031-01-01T00:00:59Z,ON,S,40,i40,U1,A1,x,,n",
    b"2031-01-01T00:00:59Z,ON,,,,,,,,",
    b"2031-01-01T00:00:59Z,ON,S,40," + b"i" * 700 + b",U1,A1,1,2031-01-01T00:00:00Z,n",
    b"2031-01-01T00:00:59Z,ON,S,40,i40,U1," + b"A" * 700 + b",1,2031-01-01T00:00:00Z,n",
]


@pytest.mark.parametrize("line", ODD)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_one_odd_line_among_regular_ones(tmp_path, line, end):
    lines = regular()
    first, middle, last = (end.join([*lines[:at], line, *lines[at:]]) for at in (1, 17, 31))
    check(tmp_path, [first + end, middle, last], block=100_000)
    check(tmp_path, [last + end, middle + end], block=150)


def test_lines_of_the_wrong_width_that_make_up_for_each_other(tmp_path):
    lines = regular()
    lines[5] = lines[5].rpartition(b",")[0]
    lines[6] += b",x"
    assert len(check(tmp_path, [b"\n".join(lines)]).rejected[0]) == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"  ", b"time,type", b"time,type\n", b"\n \ntime,type\n2031-01-01T00:00:59Z,ON", b"time,time,type\n", b"a,b\n1,2\n",
     b'"time","type",data\n', b"time,type,act,data.act\n2031-01-01T00:00:59Z,ON,A1,A2\n2031-01-01T00:00:59Z,ON,A1,\n",
     b"\xef\xbb\xbftime,type\n2031-01-01T00:00:59Z,ON", b"time,type\r\n2031-01-01T00:00:59Z,ON\r\n", b'time,"type\n'],
)  # fmt: skip
@pytest.mark.parametrize("block", [1, 12, 1000])
def test_headers(tmp_path, content, block):
    check(tmp_path, [content], block=block)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_lines_too_long_are_named(tmp_path, ending):
    from checker.limits import limit

    long = b"x" * (limit("line_bytes") + 1)
    lines = regular(4)
    check(tmp_path, [b"\n".join([*lines[:2], long, *lines[2:], long]), long + b"\n"][:1], ending=ending)
    check(tmp_path, [b"\n \n" + long + b"\n" + lines[1]], ending=ending)


def test_regular_lines_are_not_read_one_by_one(tmp_path, monkeypatch):
    slow = []
    way = Reader._rows
    monkeypatch.setattr(
        Reader, "_rows", lambda self, entries, part: way(self, (slow.append(one) or one for one in entries), part)
    )
    lines = regular(900)
    lines[1::3] = [b'"' + line.replace(b",", b'","') + b'"' for line in lines[1::3]]
    check(tmp_path, [b"\n".join(lines)], block=5000)
    check(tmp_path, [b"\r\n".join(lines)], block=5000)
    assert not slow


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.zst"])
@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_shipped_logs_as_tables(tmp_path, path, ending):
    made = load_rulebook(ROOT / "constraints")
    rules = made.catalogue, made.registers
    names = {name for kind in made.catalogue.types.values() for name in kind.fields}
    fields = tuple(sorted(names | {"subject", "id", "source", "seq", "time", "type", "reference", "recorded_at"}))
    content = as_csv(path)
    lines = content.split(b"\n")
    lines[3:3] = [b"too,few", lines[1], lines[2].replace(b"Z", b"", 1), b'"' + lines[2]]
    types = frozenset(sorted(made.catalogue.types)[::3])
    for wanted in (Wanted(None, fields), Wanted(types, fields)):
        check(tmp_path, [content, b"\n".join(lines)], wanted, block=3000, ending=ending, rules=rules)


def as_csv(path):
    """A log in JSON Lines as a table; what cannot be a row of it stays as it is."""
    entries = []
    for line in path.read_bytes().splitlines():
        try:
            entry = json.loads(line)
            entries.append(
                {
                    **{k: v for k, v in entry.items() if k != "data"},
                    **{f"data.{k}": v for k, v in entry["data"].items()},
                }
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            entries.append(line)
    columns = list(dict.fromkeys(name for entry in entries if isinstance(entry, dict) for name in entry))

    def cell(value):
        text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
        return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n') else text

    lines = [",".join(columns).encode()]
    for entry in entries:
        lines.append(",".join(cell(entry.get(name)) for name in columns).encode() if isinstance(entry, dict) else entry)
    return b"\n".join(lines) + b"\n"


def test_a_table_that_changed_is_told(tmp_path):
    catalogue, registers = rulebook()
    path = tmp_path / "a.csv"
    lines = regular()
    path.write_bytes(b"\n".join(lines))
    scanned = scan([str(path)], None, catalogue, registers, EVERY, block=200)
    lines[9] = lines[9].replace(b"2031", b"2032")
    path.write_bytes(b"\n".join(lines))
    told = scanned.store.columns(Selection())
    assert scanned.records([place_of(0, 9)])
    with pytest.raises(LogError, match="changed while it was read"):
        scanned.records(told.places.tolist(), (told.earliest, told.latest))


def test_foreign_names_of_types_and_members(tmp_path):
    mapping = Mapping(types={"ON": "OFF", "OFF": "ON"}, subject="source", source="subject", zone="UTC+3")
    check(tmp_path, [b"\n".join(regular()).replace(b":00Z", b":00")], mapping=mapping)
