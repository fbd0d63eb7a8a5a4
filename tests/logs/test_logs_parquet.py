import gzip
import hashlib
import io
import random
import subprocess
import sys
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from checker.errors import LogError
from checker.event import Record, content_key
from checker.limits import using
from checker.logs import Log, read_log
from checker.mapping import Mapping

UTC_US = pa.timestamp("us", "UTC")
AT = 1_900_000_000_000_000
TIME = "2030-03-17T17:46:40Z"


def packed(columns: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file, **options)
    return file.getvalue()


def stream(data: bytes, mapping: Mapping | None = None, name: str = "log.parquet") -> Log:
    return read_log(io.BytesIO(data), mapping, name=name)


def log(mapping: Mapping | None = None, **columns: Any) -> Log:
    rows = max(map(len, columns.values()))
    columns.setdefault("time", pa.array([AT] * rows, UTC_US))
    columns.setdefault("type", ["A"] * rows)
    return stream(packed(columns), mapping)


def records(mapping: Mapping | None = None, **columns: Any) -> list[Record]:
    found = log(mapping, **columns)
    assert found.rejected == []
    return found.records


def reasons(mapping: Mapping | None = None, **columns: Any) -> list[tuple[int, str]]:
    return [(reject.location.line, reject.reason) for reject in log(mapping, **columns).rejected]


def problems(columns: dict[str, Any], mapping: Mapping | None = None, **options: Any) -> list[str]:
    with pytest.raises(LogError) as caught:
        stream(packed(columns, **options), mapping)
    assert all(problem.location is not None for problem in caught.value.problems)
    return [problem.message for problem in caught.value.problems]


ROWS = 300
LINES = "".join(
    f'{{"id": "{i}", "source": "H", "seq": {i}, "subject": {["null", chr(34) + "S" + chr(34)][i % 2]}, '
    f'"time": "2030-03-17T17:46:{i % 60:02}.{i:06}Z", "type": "ON", '
    f'"recorded_at": "2030-03-17T18:00:00Z", "data": {{"a": "é{i}", "n": {{"x": [{i}, -1]}}, "f": {i}.5}}}}\n'
    for i in range(ROWS)
)
TABLE = {
    "id": [str(i) for i in range(ROWS)],
    "source": pa.array(["H"] * ROWS).dictionary_encode(),
    "seq": pa.array(range(ROWS), pa.uint16()),
    "subject": [[None, "S"][i % 2] for i in range(ROWS)],
    "type": pa.array(["ON"] * ROWS, pa.large_string()),
    "recorded_at": ["2030-03-17T18:00:00Z"] * ROWS,
    "data": [{"a": f"é{i}", "n": {"x": [i, -1]}, "f": i + 0.5} for i in range(ROWS)],
}


def contents(found: Log) -> list[object]:
    return [(r.earliest, r.latest, r.type, r.source, r.seq, content_key(r)) for r in found.records]


def jsonl() -> Log:
    return read_log(io.BytesIO(LINES.encode()), name="log.jsonl")


TABLE["time"] = pa.array([record.earliest for record in jsonl().records], UTC_US)


@pytest.mark.parametrize("options", [{}, {"row_group_size": 7}, {"compression": "zstd"}, {"version": "1.0"}])
@pytest.mark.parametrize("name", ["log.parquet", "log.PQ", "log", "log.txt"])
def test_the_same_records_as_json_lines(tmp_path: Path, options: dict[str, Any], name: str) -> None:
    data = packed(TABLE, **options)
    path = tmp_path / name
    path.write_bytes(data)
    found = read_log(path)
    assert found.rejected == []
    assert contents(found) == contents(jsonl())
    assert found.digest == "sha256:" + hashlib.sha256(data).hexdigest()
    assert [record.location for record in found.records] == [(str(path), line, 0) for line in range(1, ROWS + 1)]


def test_compressed_and_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(TABLE)
    squeezed = gzip.compress(data)
    found = stream(squeezed, name="log.parquet.gz")
    assert contents(found) == contents(jsonl())
    assert found.digest == "sha256:" + hashlib.sha256(squeezed).hexdigest()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    found = read_log("-")
    assert (found.name, contents(found)) == ("-", contents(jsonl()))
    with pytest.raises(LogError, match="not a readable Parquet file"):
        stream(squeezed[: len(squeezed) // 2], name="log.parquet.gz")


def test_fields_in_columns_of_their_own() -> None:
    (record,) = records(**{"data.a": ["x"], "data.n": [1], "other": [True]})
    assert record.data == {"a": "x", "n": 1}
    assert record.extra == {"other": True}


def test_foreign_names() -> None:
    mapping = Mapping(time="meta.at", type="what", data="", zone="UTC+3")
    (record,) = records(
        mapping, meta=[{"at": "2030-03-17T20:46:40"}], what=["A"], type=["x"], time=["y"], **{"data.a": [1]}
    )
    assert record.earliest == AT
    assert record.extra == {"meta": {}, "type": "x", "time": "y", "data.a": 1}


# ---- instants ----


@pytest.mark.parametrize(("unit", "scale"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_instants_in_every_unit(unit: str, scale: int) -> None:
    whole = AT // 10**6
    for zone in ("UTC", "+03:00", "Europe/Istanbul"):
        (record,) = records(time=pa.array([whole * scale], pa.timestamp(unit, zone)))
        assert (record.earliest, record.latest) == (AT, AT)


def test_nanoseconds_are_exact() -> None:
    counts = [AT * 1000, AT * 1000 + 1000, AT * 1000 + 1, AT * 1000 + 999, -1]
    found = records(time=pa.array(counts, pa.timestamp("ns", "UTC")))
    assert [(r.earliest - AT, r.latest - AT) for r in found[:4]] == [(0, 0), (1, 1), (0, 1), (0, 1)]
    assert (found[4].earliest, found[4].latest) == (-1, 0)


def test_instants_as_fields_are_texts() -> None:
    (record,) = records(
        a=pa.array([AT], UTC_US), b=pa.array([AT * 1000 + 5], pa.timestamp("ns", "UTC")),
        c=pa.array([AT], pa.timestamp("us")), d=[date(2031, 3, 5)],
        received_at=pa.array([AT + 1], UTC_US),
    )  # fmt: skip
    assert record.extra == {
        "a": TIME, "b": "2030-03-17T17:46:40.000000005Z", "c": TIME.removesuffix("Z"), "d": "2031-03-05",
    }  # fmt: skip
    assert record.received_at == AT + 1


def test_a_date_is_an_uncertain_instant() -> None:
    (record,) = records(time=pa.array([date(2030, 3, 17)]))
    assert record.latest - record.earliest == 86_400 * 10**6 - 1


def test_times_without_a_zone() -> None:
    bare = pa.array([AT], pa.timestamp("us"))
    assert problems({"time": bare, "type": ["A"], "received_at": bare}) == [
        "column 'time' holds times without a zone",
        "column 'received_at' holds times without a zone",
    ]
    (record,) = records(Mapping(zone="UTC+3"), time=bare)
    assert record.earliest == AT - 3 * 3600 * 10**6
    summer = pa.array([AT + 14 * 86_400 * 10**6 - 15 * 3600 * 10**6 - 16 * 60 * 10**6], pa.timestamp("us"))
    assert reasons(Mapping(zone="Europe/Berlin"), time=summer) == [
        (1, "'time': '2030-03-31T02:30:40' does not exist in Europe/Berlin: the clock skips it")
    ]


def test_instants_and_a_format() -> None:
    columns = {"time": pa.array([AT], UTC_US), "type": ["A"]}
    assert problems(columns, Mapping(time_format="epoch_s")) == [
        "column 'time' holds instants, the mapping says they are written as 'epoch_s'"
    ]
    (record,) = records(Mapping(time_format="epoch_us"), time=[AT])
    assert record.earliest == AT


def test_instants_that_no_calendar_has() -> None:
    found = log(time=pa.array([AT, 2**62, -(2**62), None], pa.timestamp("ms", "UTC")))
    assert [(r.location.line, r.reason) for r in found.rejected] == [
        (1, "'time': an instant outside the years 1 to 9999"),
        (2, "'time': an instant outside the years 1 to 9999"),
        (3, "'time': an instant outside the years 1 to 9999"),
        (4, "'time': missing"),
    ]
    assert reasons(d=pa.array([2**31 - 1], pa.date32())) == [(1, "'d': a date outside the years 1 to 9999")]


def test_int96_is_refused() -> None:
    columns = {"time": pa.array([AT * 1000], pa.timestamp("ns")), "type": ["A"]}
    assert problems(columns, Mapping(zone="UTC"), use_deprecated_int96_timestamps=True) == [
        "column 'time' is of the type INT96, whose times can mean several things"
    ]


# ---- values ----


@pytest.mark.parametrize(
    ("array", "value"),
    [
        (pa.array([-5], pa.int8()), -5),
        (pa.array([2**64 - 1], pa.uint64()), 2**64 - 1),
        (pa.array([0.1], pa.float64()), Decimal("0.1")),
        (pa.array([0.1], pa.float32()), Decimal("0.1")),
        (pa.array([1e22], pa.float64()), Decimal("1e22")),
        (pa.array([Decimal("1.50")], pa.decimal128(10, 2)), Decimal("1.50")),
        (pa.array([True]), True),
        (pa.array(["a"]).dictionary_encode(), "a"),
        (pa.array([""]), ""),
        (pa.array([[1, None]]), [1, None]),
        (pa.array([[1, 2]], pa.list_(pa.int8(), 2)), [1, 2]),
        (pa.array([[[{"a": 1, "b": None}], []]]), [[{"a": 1}], []]),
        (pa.array([[("a", [1]), ("b", None)]], pa.map_(pa.string(), pa.list_(pa.int8()))), {"a": [1]}),
        (pa.array([{"t": AT}], pa.struct([("t", UTC_US)])), {"t": TIME}),
        (pa.array([{"x": 1}], pa.struct([("x", pa.int8()), ("y", pa.int8())])), {"x": 1}),
    ],
)
def test_values(array: pa.Array, value: object) -> None:
    (record,) = records(v=array)
    assert record.extra == {"v": value}
    assert repr(record.extra["v"]) == repr(value)


def test_null_is_absent() -> None:
    found = records(
        v=pa.array([None, None]), w=[None, {"a": None}], m=pa.array([None, []], pa.map_(pa.string(), pa.int8()))
    )
    assert [record.extra for record in found] == [{}, {"w": {}, "m": {}}]
    assert records(subject=["", None])[0].subject is None


def test_values_keep_their_rows() -> None:
    chance = random.Random(1)
    lists = [
        None if chance.random() < 0.3 else [chance.randrange(9) for _ in range(chance.randrange(4))]
        for _ in range(9000)
    ]
    pairs = [None if one is None else [(str(at), n) for at, n in enumerate(one)] for one in lists]
    pair = [None if one is None else (one * 4 + [0, 0])[:2] for one in lists]
    found = records(
        lists=pa.array(lists), maps=pa.array(pairs, pa.map_(pa.string(), pa.int64())),
        pairs=pa.array(pair, pa.list_(pa.int64(), 2)), structs=[None if one is None else {"l": one} for one in lists],
    )  # fmt: skip
    for at, record in enumerate(found):
        given = lists[at]
        expected = {} if given is None else {
            "lists": given, "maps": dict(pairs[at] or ()), "pairs": pair[at], "structs": {"l": given},
        }  # fmt: skip
        assert record.extra == expected


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (pa.array(["x", "a\0"]), "'v': a NUL character inside a text"),
        (pa.array([b"x", b"a\xff"]).view(pa.string()), "'v': byte 2 of the text is not UTF-8"),
        (pa.array([0.0, float("nan")]), "'v': NaN and Infinity are not numbers of a log"),
        (pa.array([0.0, float("-inf")]), "'v': NaN and Infinity are not numbers of a log"),
        (pa.array([[], [{"a": ["\0"]}]]), "'v': a NUL character inside a text"),
        (pa.array([[], [("a", 1), ("a", 2)]], pa.map_(pa.string(), pa.int8())), "'v': the member 'a' is given twice"),
        (pa.array([Decimal(0), Decimal(10**45)], pa.decimal256(76, 0)), "'v': a number of more than 40 digits"),
    ],
)
def test_values_rejected(array: pa.Array, reason: str) -> None:
    assert reasons(v=array) == [(2, reason)]


def test_envelope_of_other_types() -> None:
    assert reasons(type=["A", ""], seq=[1.5, 2.0]) == [
        (1, "'seq': a whole number from 0 is expected, found a decimal number"),
        (2, "'type': missing"),
    ]
    assert reasons(time=[5]) == [(1, "'time': a text is expected, found a number")]
    assert reasons(subject=[5]) == [(1, "'subject': a text is expected, found a number")]
    assert reasons(data=["{}"]) == [(1, "'data': an object is expected, found a text")]
    assert reasons(source=pa.array([b"x\xff"]).view(pa.string())) == [(1, "'source': byte 2 of the text is not UTF-8")]


# ---- columns ----


def test_columns_that_do_not_fit() -> None:
    assert problems({"tme": pa.array([AT], UTC_US), "type": ["A"]}) == ["no column 'time' for the time of the events"]
    assert problems({"x": [b"a"], "y": pa.array([1], pa.duration("s")), "z": [[b"a"]]}) == [
        "no column 'time' for the time of the events",
        "no column 'type' for the type of the events",
        "column 'x': a value of type binary has no place in a log",
        "column 'y': a value of type duration[s] has no place in a log",
        "column 'z': a value of type binary has no place in a log",
    ]
    good = {"time": pa.array([AT], UTC_US), "type": ["A"]}
    assert problems({**good, "m": pa.array([[(1, 2)]], pa.map_(pa.int8(), pa.int8()))}) == [
        "column 'm': the names of members are texts, found int8"
    ]
    assert problems({**good, "data": [{"a": 1}], "data.a": [1]}) == ["column 'data.a' stands beside column 'data'"]
    assert problems({**good, "": [1], "a\0": [1]}) == ["a column has the name ''", "a column has the name 'a\\x00'"]
    deep = pa.int8()
    for _ in range(40):
        deep = pa.list_(deep)
    assert problems({**good, "v": pa.nulls(1, deep)}) == ["column 'v': nested deeper than 32 levels"]


def test_a_name_given_twice() -> None:
    file = io.BytesIO()
    table = pa.Table.from_arrays([pa.array([AT], UTC_US), pa.array(["A"]), pa.array(["B"])], ["time", "type", "type"])
    parquet.write_table(table, file)
    with pytest.raises(LogError, match="2 columns have the name 'type'"):
        stream(file.getvalue())


# ---- files that are damaged, or none ----


def test_no_parquet_at_all() -> None:
    for data in (b"x", b"PAR1", b"PAR1" * 10, packed(TABLE)[:-1]):
        with pytest.raises(LogError, match="not a readable Parquet file"):
            stream(data)
    assert stream(packed(TABLE)[4:]).rejected[0].many == ROWS  # everything is four bytes off
    assert stream(b"").records == []
    assert stream(packed({"time": pa.array([], UTC_US), "type": pa.array([], pa.string())})).records == []


def test_a_damaged_page_costs_what_follows() -> None:
    data = bytearray(packed(TABLE, row_group_size=100, compression="none", write_page_checksum=True))
    at = data.index("é150".encode())
    data[at] ^= 0x55
    found = stream(bytes(data))
    assert contents(found) == contents(jsonl())[:100]
    (rejected,) = found.rejected
    assert rejected.location == ("log.parquet", 101, 0)
    assert rejected.reason.startswith("the Parquet data is damaged (")
    assert rejected.many == 200
    assert found.digest == "sha256:" + hashlib.sha256(data).hexdigest()


def test_damage_never_raises() -> None:
    chance = random.Random(7)
    for options in ({"compression": "none"}, {"compression": "zstd"}, {"write_page_checksum": True}):
        whole = packed(TABLE, row_group_size=100, **options)
        for _ in range(100):
            data = bytearray(whole)
            for _ in range(chance.choice((1, 1, 4))):
                data[chance.randrange(len(data))] = chance.randrange(256)
            with suppress(LogError):
                stream(bytes(data))


def test_more_rows_than_bytes() -> None:
    with using(parquet_rows=1000):
        columns = {"time": pa.array([AT] * 50_000, UTC_US), "type": ["A"] * 50_000}
        assert problems(columns)[0].startswith("50000 rows in ")


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(TABLE)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(LogError) as caught:
        stream(data)
    (problem,) = caught.value.problems
    assert problem.message == "reading Parquet needs pyarrow, which is not installed"
    assert "limited-use-checker[parquet]" in problem.hint


def test_pyarrow_is_imported_late() -> None:
    code = "import checker.logs, sys; print('pyarrow' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
