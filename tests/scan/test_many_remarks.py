"""However many fields do not fit, the first are told in the order of the trace, and no more records are held for it."""

import random
from pathlib import Path

import pytest

from checker import pipeline, scanned
from checker.logs import read_logs
from checker.pipeline import run
from checker.rulebook import load_rulebook
from checker.scan import remarks, scan
from checker.telling import report

RULES = """\
rulebook: {id: remarks, version: "1", title: Remarks, zone: UTC, history: complete}
events: {ON: {a: number, b: flag, c: {type: text, values: [x]}}}
constraints:
  - {id: N-01, title: Never, text: No., group: G, severity: minor, source: s, kind: never, event: {type: ON, a: 7}}
"""


VALUES = {"a": ["12", '"z"', "7"], "b": ["true", "5", '"q"'], "c": ['"x"', '"y"']}


def line(chance: random.Random) -> str:
    ident = f'"id": "{chance.choice("xyz")}", ' if chance.random() < 0.3 else ""
    fields = ", ".join(f'"{name}": {chance.choice(values)}' for name, values in VALUES.items())
    return f'{{{ident}"time": "2031-01-01T00:00:0{chance.randint(0, 6)}Z", "type": "ON", "subject": "U", {fields}}}'


@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_of_the_trace_are_told(workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    rules = load_rulebook(str(tmp_path / "rules.yaml"))
    for module in (pipeline, remarks):
        monkeypatch.setattr(module, "MOST", 5)
    paths = [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
    chance = random.Random(2)
    for until in [None, 1_924_992_004_000_000] * (30 if workers == 1 else 2):
        for path in paths:
            Path(path).write_text("".join(line(chance) + "\n" for _ in range(chance.randint(0, 40))))
        usual = report(run(read_logs(paths), rules, backend="reference", every=False, observed_until=until))
        found = report(scanned.run(paths, None, rules, workers=workers, observed_until=until))
        assert found.notices == usual.notices
        wanted = scanned._wanted(rules)
        read = scan(paths, None, rules.catalogue, {}, wanted, until=until, workers=workers, block=200)
        assert read.remarks.told() == [one for one in usual.notices if ": field" in one]
        assert sum(len(one.texts) for one in read.remarks.first[:-1]) < 5
