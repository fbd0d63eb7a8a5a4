"""Processes that read: what passes between them, and what is said of one that is gone."""

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.catalogue import Catalogue, EventType, Field, Lookup
from checker.columns import Wanted
from checker.errors import LogError, Problem
from checker.event import UNKNOWN, Record, Rejected
from checker.location import Location
from checker.mapping import Mapping
from checker.pattern import AllOf, AnyOf, Compare, HasText, Inside, Is, IsType, Listed, Matches, Not, Present, SameAs
from checker.register import Entry, Place, Register
from checker.scan import scan, workers
from checker.scan.codes import Question
from checker.scan.passing import Unpassable, packed, receive, send
from checker.scan.remarks import Remarked, Remarks
from checker.timeline import parse_zone

ROOT = Path(__file__).parents[2]
PATTERNS = AllOf(
    (
        AnyOf((IsType(frozenset(("ON", "Ä"))), Not(Present("x")))), Compare("n", ">=", Decimal("1.50")),
        Is("m", ("a", 1, True, None, Decimal("2"))), HasText("t", "contains", "ö"), Listed("p", "r"),
        Inside("p", "r"), SameAs("a", "b"),
    )
)  # fmt: skip


def passed(value: Any) -> Any:
    pipe = BytesIO()
    send(pipe, packed(value))
    send(pipe, packed("the next"))
    pipe.seek(0)
    found = receive(pipe)
    assert receive(pipe) == "the next"
    with pytest.raises(EOFError):
        receive(pipe)
    return found


def shown(value: Any) -> str:
    """All there is to see of a value, types included."""
    if isinstance(value, np.ndarray):
        return f"array({value.dtype}, {value.tolist()})"
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return f"{type(value).__name__}({', '.join(map(shown, value))})"
    if isinstance(value, (set, frozenset)):
        return f"{type(value).__name__}({sorted(map(shown, value))})"
    if isinstance(value, dict):
        return f"dict({[(shown(key), shown(one)) for key, one in value.items()]})"
    if isinstance(value, (str, int, Decimal, bytes, bool)) or value is None or value is UNKNOWN:
        return f"{type(value).__name__} {value!r}"
    if isinstance(value, tuple):
        return f"{type(value).__name__}({', '.join(map(shown, value))})"
    members = getattr(value, "__dict__", None) or {n: getattr(value, n) for n in type(value).__dataclass_fields__}
    return f"{type(value).__name__}({shown(members)})"


PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(1 << 70), 1 << 70), st.text(), st.binary(),
    st.text(st.characters(categories=["Cs", "Ll"])), st.decimals(), st.just(UNKNOWN),
    st.lists(st.integers(-(1 << 62), 1 << 62)).map(lambda given: np.array(given, np.int64)),
    st.lists(st.booleans()).map(lambda given: np.array(given, np.bool_)),
)  # fmt: skip
KEYS = st.one_of(st.text(), st.integers(), st.booleans(), st.decimals(allow_nan=False))


@given(
    st.recursive(
        PLAIN,
        lambda inner: st.one_of(
            st.lists(inner), st.lists(st.text()), st.tuples(inner, inner), st.frozensets(KEYS), st.sets(KEYS),
            st.dictionaries(KEYS, inner), st.builds(Location, st.text(), st.integers(0)),
            st.builds(lambda data: Record(Location("f", 1), 0, 1, "T", data={"x": data}), inner),
        ),
    )
)  # fmt: skip
def test_values_pass_as_they_are(value: Any) -> None:
    assert shown(passed(value)) == shown(value)


def test_questions_and_what_is_told_of_records_pass_as_they_are() -> None:
    fields = {"a": Field("number", "km", True, ("x",), Lookup("r", "b", "c"), "d")}
    catalogue = Catalogue({"T": EventType("T", fields)}, PATTERNS, parse_zone("Europe/Berlin"))
    place = Place((Decimal("1.5"), Decimal(2)), ((((Decimal(0), Decimal(1)),),),))
    register = Register("r", [Entry("m", 3, attributes={"c": Decimal("1.0")}, place=place)], "AMENDED", 5, [(1, 2)])
    mapping = Mapping(zone="UTC+3", types={"ON": "OFF"}, join={"t": ("a", "b")}, sentinels={"x": ("0",)})
    question = Question(mapping, catalogue, {"r": register}, Wanted(frozenset("T"), ("a",)), 12, shown=True)
    found = passed(question)
    assert shown(found) == shown(question)
    assert found.mapping == mapping
    assert found.our_name("ON") == "OFF"
    record = Record(Location("f", 1, 2), 1, 2, "T", id="ü", seq=1 << 63)
    for told in (
        Remarks(2, [Remarked(record, ["text", "more"])]),
        [Rejected(Location("f", 1), "why", 1)],
        Problem(None, "message"),
    ):
        assert shown(passed(told)) == shown(told)


def test_an_array_that_is_kept_does_not_keep_the_message() -> None:
    found = passed([np.arange(3), np.arange(4)])
    assert [one.base for one in found] == [None, None]


def test_nothing_but_data_passes() -> None:
    for value in (print, object(), Matches("f", "a*", object()), type("Record", (), {})(), 1.5):
        with pytest.raises(Unpassable):
            packed([value])
    hostile = packed([Location("f")])
    for name in (b"Popen", b"eval", b"print", b"__class__"):
        pipe = BytesIO()
        head = hostile[2].replace(b"\xa8Location", bytes([0xA0 + len(name)]) + name)
        assert head != hostile[2]
        send(pipe, [len(head).to_bytes(8, "little"), *hostile[1:2], head])
        pipe.seek(0)
        with pytest.raises(KeyError):
            receive(pipe)


# ---- one that is gone ----

CHECKED = """
import sys
from checker import scanned
from checker.cli import main
scanned._processes = lambda size: 2
sys.argv[0] = "checker"
main()
"""


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc says which processes there are")
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("after", [0.0, 0.5])
def test_a_process_that_is_killed_is_told_and_nothing_is_concluded(which: int, after: float, tmp_path: Path) -> None:
    log, out = tmp_path / "log.jsonl", tmp_path / "report.json"
    line = '{{"time":"2031-01-01T{:02}:{:02}:{:02}Z","type":"RADAR_ON","subject":"U{}","id":"i{}"}}\n'
    with log.open("w") as file:
        for n in range(400_000):
            file.write(line.format(n // 3600 % 24, n // 60 % 60, n % 60, n % 1000, n))
    rules = ROOT / "benchmarks" / "limits.yaml"
    asked = ["check", str(log), "-r", str(rules), "--backend", "columnar", "--output", f"json:{out}"]
    with subprocess.Popen(
        [sys.executable, "-c", CHECKED, *asked], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while process.poll() is None and len(left := children(process)) < 2:
            time.sleep(0.01)
        time.sleep(after)
        os.kill(left[which], signal.SIGKILL)
        printed, said = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert b"log.jsonl: a process that read the log ended before its time, by signal 9" in said
    assert b"Traceback" not in said
    assert (printed, sorted(path.name for path in tmp_path.iterdir())) == (b"", ["log.jsonl"])
    assert not any(Path(f"/proc/{pid}").exists() for pid in left)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere memory has no such limit")
@pytest.mark.parametrize("room", [50, 150])
def test_a_process_that_runs_out_of_memory_is_told(
    room: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    limited = f"""
import resource, sys
sys.path[:0] = [sys.argv[1]]
from checker.scan.workers import serve
now = 4096 * int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (now + {room} * 1_000_000,) * 2)
serve()
"""
    monkeypatch.setattr(workers, "_PROGRAM", limited)
    log = tmp_path / "log.jsonl"
    line = b'{"time":"2031-01-01T00:00:00Z","type":"ON","data":{"act":"%d"}}\n'
    log.write_bytes(b"".join(line % n for n in range(2_000_000)))
    wanted = Wanted(None, ("act",))
    with pytest.raises((LogError, MemoryError)) as raised:
        scan([str(log)], None, Catalogue(), {}, wanted, workers=2, block=100_000_000)
    assert isinstance(raised.value, MemoryError) or "ended before its time" in str(raised.value)
    assert capfd.readouterr() == ("", "")
