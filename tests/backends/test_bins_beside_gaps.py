"""A scanned log that lacks records, judged one bin of assets after the other, is told as the reference backend tells it."""

import json
import random
from pathlib import Path

import pytest
import twice

from checker import pipeline, scanned, telling
from checker.backends.columnar import Columnar, weighing
from checker.logs import read_logs
from checker.render import FORMATS, Page

SEEDS = range(0, 45, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_told_as_of_the_whole_log(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighing, "_FEW", 1 << 40)
    chance = random.Random(seed)
    rows, rulebook, (since, until) = twice.lacking(seed)
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    logs = read_logs([str(path)], rulebook.mapping)
    span = {"observed_from": since, "observed_until": until}
    whole = telling.report(pipeline.run(logs, rulebook, backend="reference", every=False, **span))  # type: ignore[arg-type]
    many = {"most": chance.choice((1, 3, 10)), "piece": chance.choice((1, 1000))}
    try:
        found = telling.report(scanned.run([str(path)], rulebook.mapping, rulebook, **many, **span))  # type: ignore[arg-type]
    except scanned.NotScannable:
        pytest.skip("read whole: its times or types cannot be scanned")
    assert FORMATS["json"](found, Page()) == FORMATS["json"](whole, Page())


HEAD = """
rulebook: {id: bins, version: "1", title: Bins, zone: UTC, history: complete}
events: {ON: {}, OFF: {}, BEAT: {}}
intervals:
  emission: {from: ON, until: OFF}
constraints:
"""
KINDS = {
    "at once": "kind: concurrent, of: emission, at_most: 50",
    "budget": "kind: total, of: emission, in: 1 d, at_most: 20 h",
    "long": "kind: duration, of: emission, at_most: 50 min",
    "silent": "kind: spacing, event: BEAT, at_most: 25 min, while: emission",
    "answered": "kind: followed_by, event: ON, by: OFF, within: 50 min",
}


@pytest.mark.parametrize("name", KINDS)
def test_no_more_rows_are_looked_at_at_once_than_without_gaps(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "title: T, text: T, group: G, severity: major, source: s"
    rulebook = twice.damage.parse_rulebook(f"{HEAD}  - {{id: C, {told}, {KINDS[name]}}}")
    rows = [
        {"time": f"2031-01-01T{hour:02}:{minute:02}:00Z", "type": kind, "subject": f"A{asset}"}
        for hour in range(24) for asset in range(40)
        for minute, kind in ((5, "ON"), (25, "BEAT"), (45, "OFF"))
    ]  # fmt: skip
    lines = [json.dumps(row) + "\n" for row in rows]
    seen: list[int] = []
    screen, begun = Columnar.screen, Columnar.sum_of

    def screening(columnar: Columnar, rule: object) -> object:
        seen.append(len(columnar.table))
        return screen(columnar, rule)  # type: ignore[arg-type]

    def summing(columnar: Columnar, rule: object, *, hides: bool = False) -> object:
        seen.append(len(columnar.table))
        return begun(columnar, rule, hides=hides)  # type: ignore[arg-type]

    monkeypatch.setattr(Columnar, "screen", screening)
    monkeypatch.setattr(Columnar, "sum_of", summing)
    path = tmp_path / "log.jsonl"
    path.write_text("".join([*lines[:1000], '{"time": "never", "type": "ON"}\n', *lines[1000:]]))
    found = telling.report(scanned.run([str(path)], rulebook.mapping, rulebook, most=300))
    assert 0 < max(seen) <= 300
    logs = read_logs([str(path)], rulebook.mapping)
    whole = telling.report(pipeline.run(logs, rulebook, backend="reference", every=False))
    assert FORMATS["json"](found, Page()) == FORMATS["json"](whole, Page())


@pytest.mark.parametrize("kind", ["kind: count, event: ON, each: day, at_most: 1", "kind: never, event: BEAT"])
@pytest.mark.parametrize("gone", [2, 3, 5])
def test_an_interval_of_which_no_rule_speaks_tells_what_a_gap_cannot_hide(kind: str, gone: int, tmp_path: Path) -> None:
    told = "title: T, text: T, group: G, severity: major, source: s"
    head = HEAD.replace("{from: ON, until: OFF}", "{from: ON, until: {type: OFF, by: x}, per: []}").replace(
        "OFF: {}", 'OFF: {by: "text?"}'
    )
    rulebook = twice.damage.parse_rulebook(f"{head}  - {{id: C, {told}, {kind}}}")
    rows = [
        {"time": f"2031-01-01T00:0{at}:00Z", "type": name, "subject": "A", "source": "s", "seq": at, "data": data}
        for at, (name, data) in enumerate([
            ("BEAT", {}), ("ON", {}), ("BEAT", {}), ("BEAT", {}), ("OFF", {"by": "x"}), ("BEAT", {}), ("BEAT", {}),
        ]) if at != gone
    ]  # fmt: skip
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    logs = read_logs([str(path)], rulebook.mapping)
    whole = telling.report(pipeline.run(logs, rulebook, backend="reference", every=False))
    found = telling.report(scanned.run([str(path)], rulebook.mapping, rulebook))
    assert FORMATS["json"](found, Page()) == FORMATS["json"](whole, Page())
    if "count" in kind:  # between an opening and its closing there is no room for another opening alone
        assert bool(whole.findings) is (gone > 4)
