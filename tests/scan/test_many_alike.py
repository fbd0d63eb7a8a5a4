"""However often a record stands in the logs, it is held once at most, and counts once."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from checker import scanned
from checker.logs import read_logs
from checker.pipeline import run
from checker.render import FORMATS, Page
from checker.rulebook import load_rulebook
from checker.scan import merging
from checker.telling import report

RULES = """\
rulebook: {id: alike, version: "1", title: Alike, zone: UTC, history: complete}
events: {ON: {}}
constraints:
  - {id: N-01, title: Never, text: No., group: G, severity: minor, source: s, kind: never, event: ON}
"""


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz"])
@pytest.mark.parametrize("seed", range(6))
def test_records_that_stand_there_often(
    seed: int, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for n in range(12):
        row = {"time": f"2031-01-01T00:{n:02d}:00Z", "type": chance.choice(["ON", "WHO"]), "subject": "U"}
        rows.append({**row, "id": f"r{n}"} if chance.random() < 0.7 else row)
    one = {**rows[0], "id": "r"}
    conflicts = [one, {**one, "note": "other"}]  # two that differ, of one id
    lines = [json.dumps(chance.choice(rows)) for _ in range(300)] + [json.dumps(row) for row in conflicts * 20]
    chance.shuffle(lines)
    (tmp_path / "rules.yaml").write_text(RULES)
    paths = [tmp_path / f"{name}.{ending}" for name in "ab"]
    for path, some in zip(paths, (lines[::2], lines[1::2]), strict=True):
        with gzip.open(path, "wt") if ending.endswith("gz") else path.open("w") as file:
            file.write("\n".join(some))
    held: list[int] = []
    usual = merging.records_at

    def counting(sources: Any, mapping: Any, places: Any) -> Any:
        held.append(len(places))
        return usual(sources, mapping, places)

    monkeypatch.setattr(merging, "records_at", counting)
    rules = load_rulebook(str(tmp_path / "rules.yaml"))
    until = chance.choice([None, rows_until(5)])
    named = [str(path) for path in paths]
    found = scanned.run(named, None, rules, observed_until=until)
    whole = run(read_logs(named, None), rules, backend="reference", every=False, observed_until=until)
    page = FORMATS["json"](report(found), Page())
    assert page == FORMATS["json"](report(whole), Page())
    assert "stood in the logs more than once" in page
    assert "stands for different records" in page
    assert sum(held) == 0, "none is held to be compared"


def rows_until(minute: int) -> int:
    """The instant of a minute of the log (µs)."""
    from checker.timeline import parse_instant

    return parse_instant(f"2031-01-01T00:{minute:02d}:30Z")[0]
