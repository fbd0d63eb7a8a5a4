"""Parquet with any damage comes to the same whether it is scanned, batch by batch, or read as records."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_scan_csv import LOGS, ROOT, compare
from test_scan_damaged import EVERY, FIELDS, MAPPINGS, UNTIL, WANTED, rulebook

from checker.columns import Wanted, place_of
from checker.errors import LogError
from checker.rulebook import load_rulebook
from checker.scan import STRETCH, arrow, scan
from checker.scan.reader import Reader

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

BASE = datetime(2031, 1, 1)
MANY = {
    "text": (pa.string(), ["", "A1", "A2", "a", "b", "ok", "true", "1.0", "é", "\0", "x\0y", "x" * 90, "2031-01-01T00:01:00Z"]),
    "large": (pa.large_string(), ["", "A1", "a", "é", "x\0"]),
    "codes": (pa.dictionary(pa.int8(), pa.string()), ["", "A1", "a", "é", "x\0"]),
    "bytes": (pa.string(), [b"A1", b"\xff", b"A\xc3"]),
    "int": (pa.int64(), [0, 1, -1, 7, (1 << 62) - 1, 1 << 62]),
    "small": (pa.uint8(), [0, 1, 255]),
    "unsigned": (pa.uint64(), [0, 1, 1 << 63, (1 << 62) - 1]),
    "float": (pa.float64(), [0.0, -0.0, 1.0, 1.5, 0.1, 1e300, float("nan"), float("inf")]),
    "half": (pa.float32(), [0.0, 1.0, 0.1, float("nan")]),
    "flag": (pa.bool_(), [True, False]),
    "decimal": (pa.decimal128(38, 4), [Decimal("1.5"), Decimal(0), Decimal("12345678901234567890123456789012.5")]),
    "wide": (pa.decimal256(50, 2), [Decimal("1.5"), Decimal(10) ** 45]),
    "us": (pa.timestamp("us", "UTC"), [BASE, BASE + timedelta(microseconds=250), BASE + timedelta(minutes=5), datetime.min]),
    "ns": (pa.timestamp("ns", "UTC"), [0, 1, 1000, 1_924_992_000_000_000_000]),
    "s": (pa.timestamp("s", "+03:00"), [0, 1_924_992_000, 1 << 40, -62_135_596_800, -62_135_596_801]),
    "ms": (pa.timestamp("ms", "UTC"), [0, 1_924_992_000_000, 1 << 62, 253_402_300_799_999, 253_402_300_800_000]),
    "local": (pa.timestamp("us"), [BASE, BASE + timedelta(minutes=5)]),
    "date": (pa.date32(), [date(2031, 1, 1), date(1, 1, 1)]),
    "null": (pa.null(), [None]),
    "list": (pa.list_(pa.string()), [[], ["a"], ["a", "x\0"], [None]]),
    "object": (pa.struct([("x", pa.string())]), [{"x": "a"}, {"x": "x\0"}, {"x": None}]),
    "deep": (pa.struct([("x", pa.struct([("y", pa.float64())]))]), [{"x": {"y": 1.0}}, {"x": {"y": float("nan")}}]),
    "map": (pa.map_(pa.string(), pa.int64()), [[("x", 1)], [("x", 1), ("x", 2)], []]),
}  # fmt: skip
USUAL = {
    "time": (pa.timestamp("us", "UTC"), [BASE + timedelta(minutes=n) for n in range(9)]),
    "type": (pa.string(), ["ON", "OFF", "PLACE", "OTHER"]),
    "source": (pa.string(), ["S1", "S2"]),
    "seq": (pa.int64(), list(range(12))),
    "id": (pa.string(), [f"i{n}" for n in range(9)]),
    "subject": (pa.string(), ["U1", "U2"]),
    "recorded_at": (pa.timestamp("us", "UTC"), [BASE + timedelta(minutes=n) for n in (3, 20)]),
    "received_at": (pa.string(), ["2031-01-01T00:07:00Z", "2031-01-01"]),
}  # fmt: skip


def values(draw, kind, count, nulls):
    made, some = MANY[kind] if isinstance(kind, str) else kind
    some = some + [None] * nulls
    items = draw(st.lists(st.sampled_from(some), min_size=count, max_size=count))
    if any(isinstance(item, bytes) for item in items):  # texts that are none
        return pa.array(items, pa.binary()).view(pa.string())
    if pa.types.is_timestamp(made) and any(isinstance(item, int) for item in items):
        return pa.array(items, pa.int64()).view(made)
    return pa.array(items, made)


@st.composite
def tables(draw):
    count = draw(st.integers(0, 14))
    names, columns = [], []
    for name, usual in USUAL.items():
        if name not in ("time", "type") and not draw(st.integers(0, 6)):
            continue
        odd = not draw(st.integers(0, 12))
        kind = draw(st.sampled_from(["text", "us", "ns", "ms", "s", "date", "int", "large", "codes"])) if odd else usual
        names.append(name)
        columns.append(values(draw, kind, count, draw(st.sampled_from([0, 0, 1]))))
    fields = draw(st.lists(st.sampled_from([*FIELDS[:13], "time", "id"]), unique=True, max_size=6))
    kinds = [draw(st.sampled_from(list(MANY))) for _ in fields]
    made = [values(draw, kind, count, draw(st.integers(0, 2))) for kind in kinds]
    how = draw(st.sampled_from(["struct", "struct", "dotted", "beside"]))
    if how == "struct" and fields:
        names.append("data")
        mask = draw(st.lists(st.booleans(), min_size=count, max_size=count))
        columns.append(
            pa.StructArray.from_arrays(made, fields, mask=pa.array(mask, pa.bool_()) if draw(st.booleans()) else None)
        )
    else:
        for name, column in zip(fields, made, strict=True):
            name = f"data.{name}" if how == "dotted" or name in USUAL else name
            names.append(name)
            columns.append(column)
    order = draw(st.permutations(range(len(names))))
    table = pa.table([columns[at] for at in order], [names[at] for at in order])
    sink = pa.BufferOutputStream()
    pq.write_table(
        table, sink, row_group_size=draw(st.sampled_from([1, 4, 100])), use_dictionary=draw(st.booleans()),
        compression=draw(st.sampled_from(["none", "zstd"])), write_page_checksum=draw(st.booleans()),
        store_schema=draw(st.booleans()),
    )  # fmt: skip
    return sink.getvalue().to_pybytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


def check(folder, contents, wanted=EVERY, until=None, mapping=None, rules=None, ending=".parquet", stretch=STRETCH):
    import gzip

    catalogue, registers = rules or rulebook()
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"{number}{ending}"
        path.write_bytes(gzip.compress(content) if ending.endswith(".gz") else content)
        paths.append(str(path))
    return compare(paths, (mapping, catalogue, registers, wanted), until, 1000, stretch)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(tables(), min_size=1, max_size=2), WANTED, UNTIL, st.sampled_from(MAPPINGS), st.sampled_from([1, STRETCH])
)
def test_a_table_is_scanned_as_it_is_read(folder, contents, wanted, until, mapping, stretch):
    check(folder, contents, wanted, until, mapping, stretch=stretch)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(tables(), st.data())
def test_a_damaged_file_is_scanned_as_it_is_read(folder, content, data):
    at = data.draw(st.integers(4, len(content) - 9))
    content = content[:at] + bytes([data.draw(st.integers(0, 255))]) + content[at + 1 :]
    check(folder, [content])


def regular(count=30, **columns):
    made = {
        "time": [BASE + timedelta(seconds=n) for n in range(count)],
        "type": [["ON", "OFF"][n % 2] for n in range(count)],
        "source": ["S"] * count,
        "seq": list(range(count)),
        "id": [f"i{n}" for n in range(count)],
        "subject": [f"U{n % 3}" for n in range(count)],
        "data": [{"act": f"A{n % 5}", "load": float(n), "since": "2031-01-01T00:00:00Z"} for n in range(count)],
    } | columns
    schema = {"time": pa.timestamp("us", "UTC")}
    arrays = [pa.array(v, schema.get(name)) for name, v in made.items()]
    return pa.table(arrays, list(made))


def written(table, **options):
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    return sink.getvalue().to_pybytes()


def test_regular_rows_are_not_read_one_by_one(tmp_path, monkeypatch):
    slow = []
    way = Reader._rows
    monkeypatch.setattr(
        Reader, "_rows", lambda self, entries, part: way(self, (slow.append(one) or one for one in entries), part)
    )
    check(tmp_path, [written(regular(100), row_group_size=40)])
    assert not slow
    acts = [None, "A1", "x\0", "A2", "A3"] * 20
    table = regular(100, data=[{"act": act, "load": 1} for act in acts])
    scanned = check(tmp_path, [written(table, row_group_size=40)])
    assert len(slow) == 20 == len(scanned.rejected[0])


@pytest.mark.parametrize("batch", [4096, 8192])
def test_batches_of_a_group_that_breaks_off(tmp_path, monkeypatch, batch):
    monkeypatch.setattr(arrow, "_BATCH", batch)
    content = written(
        regular(20_000),
        row_group_size=20_000,
        compression="none",
        use_dictionary=False,
        write_page_checksum=True,
        data_page_size=9000,
    )
    for share in (3, 5, 8):
        at = len(content) * share // 10
        check(tmp_path, [content[:at] + b"xx" + content[at + 2 :]], Wanted(None, ("act",)))


@pytest.mark.parametrize("ending", [".parquet", ".parquet.gz"])
@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_shipped_logs_as_tables(tmp_path, path, ending):
    made = load_rulebook(ROOT / "constraints")
    names = {name for kind in made.catalogue.types.values() for name in kind.fields}
    fields = tuple(sorted(names | {"subject", "id", "source", "seq", "time", "type", "reference", "recorded_at"}))
    types = frozenset(sorted(made.catalogue.types)[::3])
    table = as_table(path)
    for wanted in (Wanted(None, fields), Wanted(types, fields)):
        rules = made.catalogue, made.registers
        check(tmp_path, [written(table), written(table, row_group_size=7)], wanted, rules=rules, ending=ending)


def as_table(path):
    """A log in JSON Lines as a table; members of several types are texts."""
    entries = []
    for line in path.read_bytes().splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:
            entries.append({"id": "unreadable"})
    entries = [entry if isinstance(entry, dict) else {} for entry in entries]
    for entry in entries:
        if not isinstance(entry.get("data"), dict):
            entry["data"] = {}

    def column(values):
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            return pa.array([v if isinstance(v, str) or v is None else json.dumps(v) for v in values])

    tops = dict.fromkeys(name for entry in entries for name in entry if name != "data")
    inner = dict.fromkeys(name for entry in entries for name in entry["data"])
    arrays = [column([entry.get(name) for entry in entries]) for name in tops]
    data = [column([entry["data"].get(name) for entry in entries]) for name in inner]
    return pa.table([*arrays, pa.StructArray.from_arrays(data, list(inner))], [*tops, "data"])


def test_a_table_that_changed_is_told(tmp_path):
    catalogue, registers = rulebook()
    path = tmp_path / "a.parquet"
    path.write_bytes(written(regular(), row_group_size=8))
    scanned = scan([str(path)], None, catalogue, registers, EVERY)
    table = regular(type=[None if n == 20 else "ON" for n in range(30)])
    path.write_bytes(written(table, row_group_size=8))
    with pytest.raises(LogError, match="changed while it was read"):
        scanned.records([place_of(0, 21)])
    path.write_bytes(written(regular(9)))
    with pytest.raises(LogError, match="changed while it was read"):
        scanned.records([place_of(0, 21)])


@pytest.mark.parametrize("name", ["load", "other", "seq", "id", "recorded_at"])
@pytest.mark.parametrize("kind", MANY)
def test_every_kind_of_column(tmp_path, kind, name):
    made, some = MANY[kind]
    some = [*some, None]
    items = [some[n % len(some)] for n in range(30)]
    if kind == "bytes":
        column = pa.array(items, pa.binary()).view(pa.string())
    else:
        of_whole = pa.types.is_timestamp(made) and isinstance(some[0], int)
        column = pa.array(items, pa.int64()).view(made) if of_whole else pa.array(items, made)
    table = regular()
    table = table.drop_columns([name]) if name in table.column_names else table
    check(tmp_path, [written(table.append_column(name, column)), written(regular())])
