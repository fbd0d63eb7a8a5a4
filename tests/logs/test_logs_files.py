import gzip
import hashlib
import io
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import LogError, UsageError
from checker.event import content_key
from checker.limits import using
from checker.logs import Log, from_dicts, read_log, read_logs

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TIME = "2031-03-05T06:05:00Z"
ROWS = [(i, f"{i // 60 % 60:02}:{i % 60:02}", hashlib.sha256(b"%d" % i).hexdigest()) for i in range(2000)]
LINES = [
    f'{{"id": "{i}", "source": "H", "seq": {i}, "time": "2031-03-05T06:{at}Z", "type": "ON", "data": {{"a": "{a}"}}}}\n'
    for i, at, a in ROWS
]
PLAIN = "".join(LINES).encode()
TABLE = "id,source,seq,time,type,data.a\n" + "".join(f"{i},H,{i},2031-03-05T06:{at}Z,ON,{a}\n" for i, at, a in ROWS)
CSV = TABLE.encode()
PACK: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".zst": lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}),
}


def stream(data: bytes, name: str = "log.jsonl") -> Log:
    return read_log(io.BytesIO(data), name=name)


def contents(log: Log) -> list[object]:
    return [(r.earliest, r.latest, r.type, r.source, r.seq, content_key(r)) for r in log.records]


def problem(path: str | Path) -> str:
    with pytest.raises(LogError) as caught:
        read_log(path)
    (found,) = caught.value.problems
    assert found.location is not None
    assert found.location.file == str(path)
    return found.message


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize(
    ("ending", "data"),
    [
        (".jsonl", PLAIN),
        (".ndjson", PLAIN),
        (".JSON", PLAIN),
        (".log", PLAIN),
        (".csv", CSV),
        ("", PLAIN),
        (".txt", CSV),
    ],
)
def test_the_same_records_from_every_form(tmp_path, packing, ending, data):
    path = tmp_path / f"log{ending}{packing}"
    path.write_bytes(PACK[packing](data))
    log = read_log(path)
    assert log.name == str(path)
    assert log.digest == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    assert log.rejected == []
    assert contents(log) == contents(stream(PLAIN))
    assert len(log.records) == 2000
    assert [record.location.line for record in log.records] == list(range(1, 2001) if data is PLAIN else range(2, 2002))
    assert {record.location.file for record in log.records} == {str(path)}


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("data", [PLAIN, CSV, b"\n \n\xef\xbb\xbf"[3:] + PLAIN, b"\xef\xbb\xbf\n\n" + CSV])
def test_standard_input(monkeypatch, packing, data):
    packed = PACK[packing](data)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed)))
    log = read_log("-")
    assert log.name == "-"
    assert log.digest == "sha256:" + hashlib.sha256(packed).hexdigest()
    assert contents(log) == contents(stream(PLAIN))


def test_standard_input_once(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PLAIN)))
    with pytest.raises(UsageError, match="standard input is given twice"):
        read_logs(["-", "-"])
    (log,) = read_logs(["-"])
    assert len(log.records) == 2000


def test_no_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(LogError, match="there is no standard input"):
        read_log("-")


def test_names_are_as_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").write_bytes(PLAIN)
    assert read_log("./a.jsonl").name == "./a.jsonl"
    assert [log.name for log in read_logs(["a.jsonl", Path("a.jsonl")])] == ["a.jsonl", "a.jsonl"]
    with open("a.jsonl", "rb") as file:
        assert read_log(file).name == "a.jsonl"
    assert read_log(io.BytesIO(PLAIN)).name == "stream"


@pytest.mark.skipif(sys.platform != "linux", reason="file names there are bytes")
def test_a_name_that_is_no_text(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jsonl")
    try:
        Path(path).write_bytes(PLAIN)
    except OSError:
        pytest.skip("the file system takes no such name")
    assert read_log(path).name == f"{tmp_path}/\ufffd.jsonl"


@pytest.mark.parametrize("packing", PACK)
def test_empty(tmp_path, packing):
    for data in (b"", PACK[packing](b"")):
        path = tmp_path / f"log.jsonl{packing}"
        path.write_bytes(data)
        log = read_log(path)
        assert (log.records, log.rejected) == ([], [])
        assert log.digest == "sha256:" + hashlib.sha256(data).hexdigest()


def test_cannot_be_opened(tmp_path, monkeypatch):
    assert problem(tmp_path / "none.jsonl") == "no such file"
    assert problem(tmp_path) == "a directory, not a log"
    assert problem("x" * 5000).startswith("cannot be opened (")
    (tmp_path / "file").touch()
    assert problem(tmp_path / "file" / "x").startswith("cannot be opened (")
    with pytest.raises(LogError, match="cannot be opened"):
        read_log("a\0b")

    def deny(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", deny)
    assert problem("some.jsonl") == "no permission to read the file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name there")
def test_only_regular_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert problem(tmp_path / "pipe.jsonl") == "not a regular file"
    assert problem("/dev/zero") == "not a regular file"


def test_text_streams_are_refused():
    with pytest.raises(LogError, match="open it in binary mode"):
        read_log(io.StringIO("x"))  # type: ignore[arg-type]


def test_a_read_that_fails():
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > len(PLAIN) // 2:
                raise OSError(5, "Input/output error")
            return super().read(size)

    log = read_log(Failing(PLAIN), name="log.jsonl")
    assert 0 < len(log.records) < 2000
    (rejected,) = log.rejected
    assert rejected.reason == "the file cannot be read further (Input/output error); nothing is known of what follows"
    assert rejected.location.line == len(log.records) + 1


@pytest.mark.parametrize("packing", [".gz", ".zst"])
class TestDamage:
    def check(self, data: bytes, packing: str, reason: str, least: int) -> Log:
        log = stream(data, "log.jsonl" + packing)
        assert log.digest == "sha256:" + hashlib.sha256(data).hexdigest()
        (rejected,) = log.rejected
        assert reason in rejected.reason
        assert rejected.location == ("log.jsonl" + packing, len(log.records) + 1, 0)
        assert contents(log) == contents(stream(PLAIN))[: len(log.records)]
        assert len(log.records) >= least
        return log

    def test_cut_off(self, packing):
        packed = PACK[packing](PLAIN)
        self.check(packed[: len(packed) // 2], packing, "ends early", 500)
        self.check(packed[:-1], packing, "ends early", 1900)

    def test_flipped(self, packing):
        packed = bytearray(PACK[packing](PLAIN))
        packed[-1] ^= 1
        self.check(bytes(packed), packing, "damaged", 1700)

    def test_flipped_anywhere(self, packing):
        packed = PACK[packing](PLAIN)
        for at in range(0, len(packed), len(packed) // 100):
            flipped = packed[:at] + bytes([packed[at] ^ 0x55]) + packed[at + 1 :]
            log = stream(flipped, "log.jsonl" + packing)
            header = packing == ".gz" and 4 <= at < 10  # time and system, which nothing depends on
            assert log.rejected or header
            assert log.digest == "sha256:" + hashlib.sha256(flipped).hexdigest()

    def test_garbage_after_the_end(self, packing):
        self.check(PACK[packing](PLAIN) + b"garbage", packing, "damaged", 2000)

    def test_not_compressed_at_all(self, packing):
        self.check(PLAIN, packing, "damaged", 0)

    def test_parts_are_read_through(self, packing):
        half = len(PLAIN) // 2
        pack = PACK[packing]
        log = stream(pack(PLAIN[:half]) + pack(b"") + pack(PLAIN[half:]), "log.jsonl" + packing)
        assert log.rejected == []
        assert contents(log) == contents(stream(PLAIN))
        log = stream(b"".join(pack(bytes([byte])) for byte in PLAIN[:1000]), "log.jsonl" + packing)
        assert [r.reason for r in log.rejected] == ["the file ends inside the record"]

    def test_a_part_that_ends_early(self, packing):
        pack = PACK[packing]
        self.check(pack(PLAIN) + pack(PLAIN)[:5], packing, "ends early", 2000)

    def test_bombs(self, packing):
        packed = PACK[packing](PLAIN + b"\n" * (16 << 20))
        with using(expanded_bytes=1 << 20, expansion=(16 << 20) // len(packed) * 2):
            assert stream(packed, "log.jsonl" + packing).rejected == []
        with using(expanded_bytes=1 << 20, expansion=20):
            log = stream(packed, "log.jsonl" + packing)
        assert len(log.records) == 2000
        (rejected,) = log.rejected
        assert "expands to more than 20 times" in rejected.reason
        assert rejected.location.line > 2000
        assert log.digest == "sha256:" + hashlib.sha256(packed).hexdigest()


@pytest.mark.parametrize("magic", [b"\x1f\x8b", b"\x28\xb5\x2f\xfd"])
def test_two_bytes_do_not_hide_a_log(magic):
    log = stream(magic + b"\n" + PLAIN)
    assert len(log.records) == 2000
    assert [r.location.line for r in log.rejected] == [1]


SMALL = "".join(LINES[:3]).encode()


@pytest.mark.parametrize("packing", [".gz", ".zst"])
@settings(deadline=None)
@given(st.data())
def test_damage_never_raises(packing, data):
    packed = bytearray(PACK[packing](SMALL))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(packed) - 1))
        packed[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    stream(bytes(packed), "log.jsonl" + packing)


NAMES = st.sampled_from(["a.jsonl", "a.gz", "a.zst", "a.csv", "a"])
MAGIC = st.sampled_from([b"", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"])


@settings(deadline=None)
@given(NAMES, MAGIC, st.binary())
def test_arbitrary_bytes_under_any_name(name, magic, data):
    try:
        digest = stream(magic + data, name).digest
    except LogError:  # nothing that could be a header
        assert name != "a.jsonl"
    else:
        assert digest == "sha256:" + hashlib.sha256(magic + data).hexdigest()


def test_dicts():
    start = datetime(2031, 3, 5, 6, 5, 0, 1, tzinfo=UTC)
    log = from_dicts(
        [
            {"time": TIME, "type": "A", "data": {"x": 0.1, "y": (1, Decimal("2.50")), "z": None}},
            {"time": start, "type": "A", "data": {"day": date(2031, 1, 2)}},
            {"type": "A"},
        ]
    )
    first, second = log.records
    assert (log.name, log.digest) == ("events", "")
    assert first.data == {"x": Decimal("0.1"), "y": [1, Decimal("2.50")], "z": None}
    assert first.location == ("events", 1, 0)
    assert second.earliest == first.earliest + 1
    assert second.data == {"day": "2031-01-02"}
    assert [(r.location.line, r.reason) for r in log.rejected] == [(3, "'time': missing")]


def test_dicts_are_copied():
    entry = {"time": TIME, "type": "A", "x": {"y": [1]}}
    (record,) = from_dicts([entry]).records
    assert set(entry) == {"time", "type", "x"}
    entry["x"]["y"].append(2)  # type: ignore[index]
    assert record.extra == {"x": {"y": [1]}}


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "NaN and Infinity"),
        (Decimal("-Infinity"), "NaN and Infinity"),
        (Decimal("sNaN"), "NaN and Infinity"),
        ("\ud800", "surrogate"),
        ("a\0", "NUL"),
        ({"\0": 1}, "NUL"),
        ({1: 1}, "a member name of type int"),
        (b"x", "a value of type bytes"),
        ({1, 2}, "a value of type set"),
        (10**30, "more than 30 digits"),
        (Decimal("1e500"), "beyond 10"),
        (nested(32), "nested deeper"),
        (nested(500), "nested deeper"),
    ],
)
def test_dicts_rejected(value, reason):
    log = from_dicts([{"time": TIME, "type": "A", "x": value}])
    assert log.records == []
    assert reason in log.rejected[0].reason


def test_dicts_that_are_none():
    log = from_dicts([5, [], "x"])  # type: ignore[list-item]
    assert [r.location.line for r in log.rejected] == [1, 2, 3]
    assert "more than 30 digits" in from_dicts([{"time": TIME, "type": "A", "x": 10**5000}]).rejected[0].reason
    loop: dict[str, object] = {}
    loop["x"] = loop
    assert "nested deeper" in from_dicts([loop]).rejected[0].reason


def test_garbage_collection_is_left_as_it_was():
    import gc

    assert gc.isenabled()
    stream(PLAIN)
    assert gc.isenabled()
    with pytest.raises(LogError):
        stream(b"x", "a.csv")
    assert gc.isenabled()


def test_start_up_stays_short():
    import subprocess

    code = (
        "import checker.logs, sys; from checker.logs import read_log; "
        "print([m for m in ('pydantic', 'csv', 'gzip', 'json', 'backports.zstd') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


class TestPatterns:
    def names(self, *patterns: str) -> list[str]:
        return [log.name for log in read_logs(patterns)]

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for name in ("logs/b.jsonl", "logs/a.jsonl", "logs/a.csv", "logs/2031/01.jsonl", "logs/2031/02.jsonl"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(CSV if name.endswith("csv") else PLAIN)
        (tmp_path / "logs/folder.jsonl").mkdir()

    def test_files_in_the_order_of_their_names(self):
        assert self.names("logs/*.jsonl") == ["logs/a.jsonl", "logs/b.jsonl"]
        assert self.names("logs/**/*.jsonl") == [
            "logs/2031/01.jsonl", "logs/2031/02.jsonl", "logs/a.jsonl", "logs/b.jsonl",
        ]  # fmt: skip
        assert self.names("logs/b.*", "logs/[a]*", "./logs/2031/0?.jsonl") == [
            "logs/b.jsonl", "logs/a.csv", "logs/a.jsonl", "./logs/2031/01.jsonl", "./logs/2031/02.jsonl",
        ]  # fmt: skip

    def test_nothing_fits(self):
        for pattern in ("logs/*.log", "logs/fold*", "none/*"):
            with pytest.raises(UsageError) as caught:
                read_logs(["logs/a.jsonl", pattern])
            assert caught.value.problems[0].message == f"no file fits the pattern {pattern!r}"

    def test_a_name_that_looks_like_a_pattern(self, tmp_path):
        (tmp_path / "a[1].jsonl").write_bytes(PLAIN)
        assert self.names("a[1].jsonl") == ["a[1].jsonl"]

    def test_all_else_is_no_pattern(self):
        with pytest.raises(LogError, match="no such file"):
            read_logs(["logs/none.jsonl"])


def test_of_what_follows_in_a_broken_file_nobody_knows_how_much_it_is():
    from checker.bounds import INFINITY
    from checker.gaps import Missing, gaps_in

    packed = PACK[".gz"](PLAIN)
    (rejected,) = stream(packed[: len(packed) // 2], "log.jsonl.gz").rejected
    assert rejected.many == INFINITY
    (gap,) = gaps_in([], Missing(), (0, 1), {}, [rejected])
    assert gap.missing == INFINITY
    (rejected,) = stream(b"x\n", "log.jsonl").rejected
    assert rejected.many == 1


def test_blocks_of_very_short_lines_hold_no_more_of_them_than_are_worked_on_at_once():
    """Of each line that is no record more is told than it takes: a block of them would not fit into memory."""
    from checker.limits import limit
    from checker.logs.opening import Lines

    content = b"x\n" * 1_000_000 + b"y" * 100 + b"\n" + b"\n" * 500_000
    blocks = list(Lines("log", io.BytesIO(content), "").blocks(8 << 20))
    assert b"".join(block.data or b"" for block in blocks) == content
    counts = [(block.data or b"").count(b"\n") for block in blocks]
    assert max(counts) <= limit("rows_at_once") + 64 * 1024
    numbers, offsets = [1], [0]
    for block, count in zip(blocks, counts, strict=True):
        numbers.append(numbers[-1] + count)
        offsets.append(offsets[-1] + len(block.data or b""))
    assert ([block.number for block in blocks], [block.offset for block in blocks]) == (numbers[:-1], offsets[:-1])
