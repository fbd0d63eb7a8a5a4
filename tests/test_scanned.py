"""A log that is scanned into columns gives the report, byte for byte, of the same log held as a whole."""

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import small

from checker import scan, scanned
from checker.backends.batches import ROWS
from checker.backends.pieces import PIECE
from checker.backends.screening import HELD
from checker.logs import read_logs
from checker.pipeline import Check, run
from checker.render import FORMATS, Page
from checker.rulebook import Rulebook, load_rulebook
from checker.scan import STRETCH
from checker.telling import report
from checker.timeline import parse_instant

sys.path.insert(0, str(Path(__file__).parent / "backends"))

import twice

ROOT = Path(__file__).resolve().parents[1]
LOGS = sorted((ROOT / "fixtures" / "logs").glob("*.jsonl"))


def told(check: Check) -> str:
    return FORMATS["json"](report(check), Page())


def both(
    paths: Sequence[Path],
    rulebook: Rulebook,
    most: int = ROWS,
    stretch: int = STRETCH,
    held: int = HELD,
    piece: int = PIECE,
    **span: Any,
) -> tuple[str, str | None]:
    """What the whole logs come to, and what scanned ones do; None for the latter where that takes the whole.

    Of these `most` rows are judged and a `stretch` of them read at once, if that can be, so many records `held`, and as
    many as a `piece` has judged one by one at once.
    """
    named = [str(path) for path in paths]
    whole = told(run(read_logs(named, rulebook.mapping), rulebook, backend="reference", every=False, **span))
    try:
        return whole, told(
            scanned.run(named, rulebook.mapping, rulebook, most=most, stretch=stretch, held=held, piece=piece, **span)
        )
    except scanned.NotScannable:
        return whole, None


@pytest.mark.parametrize("position", ["turkish-limited-use", "intermediate"])
@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
@pytest.mark.parametrize(("most", "stretch", "held"), [(ROWS, STRETCH, HELD), (4, 7, 0)])
def test_every_shipped_log_gives_the_same_report(path: Path, position: str, most: int, stretch: int, held: int) -> None:
    whole, columns = both([path], load_rulebook(None, position=position), most, stretch, held)
    assert columns in (whole, None)


def test_most_shipped_logs_are_scanned() -> None:
    rulebook = load_rulebook(None)
    assert sum(both([path], rulebook)[1] is not None for path in LOGS) > len(LOGS) // 2


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "parquet"])
def test_every_form_of_a_damaged_log_gives_the_same_report(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"log.{ending}"
    shape = [
        "--records",
        "4000",
        "--missing",
        "0.001",
        "--unreadable",
        "0.002",
        "--shuffled",
        "0.01",
        "--breaches",
        "0.2",
    ]
    made = [sys.executable, str(ROOT / "benchmarks" / "generate.py"), str(path), *shape]
    subprocess.run(made, check=True, capture_output=True)
    rulebook = load_rulebook(str(ROOT / "benchmarks" / "limits.yaml"))
    whole, columns = both([path], rulebook)
    assert columns == whole
    assert both([path], rulebook, most=100, stretch=300, held=0, piece=30)[1] == whole
    assert json.loads(whole)["findings"]


def written(chance: random.Random, rows: list[dict[str, Any]]) -> str:
    """The rows as lines, some of them twice, not readable, blank, or of the id of another."""
    lines = []
    for row in rows:
        if chance.random() < 0.05 and rows:
            row = {**row, "id": chance.choice(rows)["id"]}
        text = json.dumps(row, default=float, separators=chance.choice([(",", ":"), (", ", ": ")]))
        lines.append(text)
        if chance.random() < 0.05:
            lines.append(text)
        if chance.random() < 0.03:
            lines.append(
                chance.choice(["", "{", '{"time": 3}', text[:-1], text.replace("2030", "20x0"), '{"a":1,"a":2}'])
            )
    return "\n".join(lines) + chance.choice(["", "\n"])


@pytest.mark.parametrize("part", range(4))
def test_random_logs_give_the_same_report(part: int, tmp_path: Path) -> None:
    scans = 0
    for seed in range(part * 20, part * 20 + 20):
        chance = random.Random(seed)
        rows, rulebook, (first, last) = twice.sample(seed)
        parts = [rows] if chance.random() < 0.7 else [rows[::2], rows[1::2]]
        paths = []
        for number, some in enumerate(parts):
            paths.append(tmp_path / f"{seed}-{number}.jsonl")
            paths[-1].write_text(written(chance, some), encoding="utf-8")
        parts_of = {
            "most": chance.choice([1, 3, ROWS]),
            "stretch": chance.choice([1, 5, STRETCH]),
            "held": chance.choice([0, HELD]),
            "piece": chance.choice([1, 4, PIECE]),
        }
        whole, columns = both(paths, rulebook, observed_from=first, observed_until=last, **parts_of)
        assert columns in (whole, None), f"seed {seed}"
        scans += columns is not None
    assert scans > 10


NEVER = {
    "events": {"ON": {}, "OFF": {}}, "constraint": {"kind": "never", "event": "ON"},
}  # fmt: skip


@pytest.mark.parametrize("others", [[], [("ON", "2031-05-01T09:30:00Z")]])
@pytest.mark.parametrize("until", [None, "2031-05-01T09:45:00Z"])
def test_a_log_whose_types_the_rulebook_does_not_know(
    others: list[tuple[str, str]], until: str | None, tmp_path: Path
) -> None:
    rows = [("on", "2031-05-01T08:00:00Z"), ("on", "2031-05-01T08:00:00Z"), ("off", "2031-05-01T09:40:00Z"), *others]
    rows.append(("on", "2031-05-01T10:00:00Z"))
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps({"time": at, "type": name, "subject": "A"}) + "\n" for name, at in rows))
    ends = {} if until is None else {"observed_until": parse_instant(until)[0]}
    whole, columns = both([path], small.rulebook(NEVER), **ends)
    assert columns == whole
    made = json.loads(whole)
    count = 3 if until is None else 2
    foreign = f"all {count} records are of types that the rulebook does not know: is there a mapping?"
    assert (foreign in made["notices"], made["verdict"], made["complete"]) == (
        (True, "inconclusive", False) if not others else (False, "violated", True)
    )


def test_one_record_of_a_type_that_is_known_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    lines = [{"time": f"2031-05-01T08:0{minute}:00Z", "type": name} for minute, name in enumerate(["on", "OFF", "on"])]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    whole, columns = both([path], small.rulebook(NEVER))
    assert columns == whole
    assert json.loads(whole)["verdict"] == "satisfied"


def test_a_log_of_which_all_lies_after_the_end_shows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps({"time": "2031-05-01T08:00:00Z", "type": "OFF", "subject": "A"}) + "\n")
    span = {name: parse_instant(f"2031-05-01T0{hour}:00:00Z")[0] for name, hour in SPAN.items()}
    whole, columns = both([path], small.rulebook(NEVER), **span)
    assert columns == whole
    assert json.loads(whole)["verdict"] == "inconclusive"


SPAN = {"observed_from": 6, "observed_until": 7}


def test_when_a_log_began_is_open_if_its_first_record_is_of_a_day(tmp_path: Path) -> None:
    book = small.rulebook({
        "history": "unknown", "events": {"ON": {}, "OFF": {}, "Z": {}},
        "intervals": {"run": {"from": "ON", "until": "OFF"}},
        "constraint": {"kind": "total", "of": "run", "in": "2 h", "at_most": "1 h", "per": []},
    })  # fmt: skip
    times = [("2031-05-01", "Z"), ("2031-05-01T05:30:00Z", "ON"), ("2031-05-01T05:40:00Z", "OFF")]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps({"time": at, "type": name, "subject": "A"}) + "\n" for at, name in times))
    span = {name: parse_instant(f"2031-05-01T0{hour}:00:00Z")[0] for name, hour in SPAN.items()}
    whole, columns = both([path], book, **span)
    assert columns == whole
    assert json.loads(whole)["verdict"] == "inconclusive"


def test_what_only_content_puts_in_order_is_looked_at_a_few_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"time": f"2031-05-01T08:{n // 4:02d}:00Z", "type": "ON", "subject": f"A{7 * n % 40}"} for n in range(40)]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    book = {"events": {"ON": {}}, "constraint": {"kind": "spacing", "event": "ON", "per": [], "at_least": "1 s"}}
    many: list[int] = []
    records = scan.Scan.records
    monkeypatch.setattr(scanned, "_AT_ONCE", 9)
    monkeypatch.setattr(scan.Scan, "records", lambda one, at, *more: many.append(len(at)) or records(one, at, *more))
    whole, columns = both([path], small.rulebook(book))
    assert columns == whole
    assert json.loads(whole)["findings"]
    assert many[:5] == [8] * 5
