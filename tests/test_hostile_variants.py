"""The hostile logs of fixtures/hostile once more: packed, piped, two in one, and in the other formats."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from test_hostile_inputs import EXPECTED, FOLDER

import checker
from checker.backends import BACKENDS
from checker.logs import read_log
from checker.logs.opening import _zstd
from checker.report import Report

LOGS: dict[str, dict[str, Any]] = {n: e for n, e in EXPECTED["logs"].items() if n.endswith(".jsonl")}
STATUS = {"satisfied": 0, "violated": 1, "inconclusive": 3, "pending": 3}


@pytest.fixture(autouse=True)
def _there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


def both(path: Path, given: dict[str, Any]) -> Report:
    """What both backends say of it."""
    made = [checker.check(path, "rules.yaml", backend=backend, **given) for backend in BACKENDS]
    assert made[0].to_dict() == made[1].to_dict()
    return made[0]


def packed(ending: str, content: bytes) -> bytes:
    """In two members, as logs that are rotated are."""
    pack = gzip.compress if ending == ".gz" else _zstd().compress
    middle = len(content) // 2
    return bytes(pack(content[:middle]) + pack(content[middle:]))


@pytest.mark.parametrize("name", LOGS)
def test_a_hostile_log_that_is_packed(name: str, tmp_path: Path) -> None:
    content, given = (FOLDER / "logs" / name).read_bytes(), LOGS[name].get("with", {})
    plain = both(FOLDER / "logs" / name, given)
    for ending in (".gz", ".zst"):
        for path in (tmp_path / f"log.jsonl{ending}", tmp_path / f"log{ending[1:]}"):
            path.write_bytes(packed(ending, content))  # without an ending the bytes tell
            made = both(path, given)
            assert STATUS[made.verdict] == LOGS[name]["status"]
            assert [(r.line, r.reason) for r in made.rejected] == [(r.line, r.reason) for r in plain.rejected]
            assert made.logs[0].records == plain.logs[0].records
    piped = checker.check(read_log(io.BytesIO(content), name="log.jsonl"), "rules.yaml") if not given else plain
    assert piped.verdict == plain.verdict


@pytest.mark.parametrize("name", LOGS)
def test_two_hostile_logs_in_one(name: str, tmp_path: Path) -> None:
    """Each loses what it loses alone, and nothing else; what is unreadable in one keeps the other from being satisfied."""
    names = list(LOGS)
    given = LOGS[name].get("with", {})
    first = both(FOLDER / "logs" / name, given)
    for other in (names[(names.index(name) + step) % len(names)] for step in (1, 7, 19)):
        second = both(FOLDER / "logs" / other, given)
        contents = [(FOLDER / "logs" / one).read_bytes().removeprefix(b"\xef\xbb\xbf") for one in (name, other)]
        head = contents[0].removesuffix(b"\n") + b"\n"
        path = tmp_path / "log.jsonl"
        path.write_bytes(head + contents[1])
        made = both(path, given)
        lines = head.count(b"\n")
        wanted = [r.line for r in first.rejected] + [lines + (r.line or 0) for r in second.rejected]
        assert [r.line for r in made.rejected] == wanted, other
        assert made.logs[0].records == first.logs[0].records + second.logs[0].records
        apart = checker.check([FOLDER / "logs" / name, FOLDER / "logs" / other], "rules.yaml", **given)
        assert apart.verdict == made.verdict
        if wanted:
            assert made.verdict != "satisfied"


def cells(name: str) -> list[dict[str, str]] | None:
    """The records of a log as cells; None where they do not fit any."""
    rows = []
    for line in (FOLDER / "logs" / name).read_bytes().splitlines():
        try:
            row = json.loads(line, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=list)
        except (ValueError, RecursionError):
            return None
        if not isinstance(row, list) or not all(isinstance(pair, list | tuple) for pair in row):
            return None
        if len({key for key, _ in row}) < len(row) or not all(isinstance(value, str) for _, value in row):
            return None
        rows.append(dict(row))
    return rows or None


IN_CELLS = [name for name in LOGS if cells(name) and name not in ("lone-surrogate.jsonl", "nul-byte.jsonl")]


@pytest.mark.parametrize("name", IN_CELLS)
@pytest.mark.parametrize("ending", ["csv", "csv.gz", "csv.zst", "parquet"])
def test_a_hostile_log_in_another_format(ending: str, name: str, tmp_path: Path) -> None:
    """Values mean the same in a cell: what is no time in one format is none in another."""
    rows, given = cells(name), LOGS[name].get("with", {})
    assert rows is not None
    if name == "hostile-text.jsonl" and ending != "parquet":
        pytest.skip("a cell ends on its line")
    if name == "sequence-of-30-digits.jsonl" and ending == "parquet":
        pytest.skip("no column of whole numbers holds them")
    names = list(dict.fromkeys(key for row in rows for key in row))
    path = tmp_path / f"log.{ending}"
    if ending == "parquet":
        import pyarrow
        from pyarrow import parquet

        columns: dict[str, list[Any]] = {key: [row.get(key) for row in rows] for key in names}
        if "seq" in columns:  # columns have types: a text is no number
            columns["seq"] = [int(seq) for seq in columns["seq"]]
        parquet.write_table(pyarrow.table(columns), path)
    else:
        text = io.StringIO()
        writer = csv.DictWriter(text, names)
        writer.writeheader()
        writer.writerows(rows)
        content = text.getvalue().encode()
        path.write_bytes(content if ending == "csv" else packed(ending[3:], content))
    made = both(path, given)
    plain = both(FOLDER / "logs" / name, given)
    assert made.verdict == plain.verdict
    assert made.logs[0].records == plain.logs[0].records
    assert len(made.rejected) == len(plain.rejected)
