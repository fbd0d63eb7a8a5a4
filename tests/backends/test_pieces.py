"""What columns leave is judged in pieces that are small, and the report is the same as of all of it at once."""

import gc
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from checker import scanned
from checker.backends.pieces import cut
from checker.event import Event
from checker.render import FORMATS, Page
from checker.rulebook import load_rulebook
from checker.telling import report

ROOT = Path(__file__).parents[2]
RULES = load_rulebook(str(ROOT / "benchmarks/limits.yaml"))
ALONE, BY_ASSET = ("B-03", "B-04"), ("B-01", "B-02", "B-08", "B-10")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("pieces") / "log.jsonl"
    shape = ["--records", "3000", "--units", "40", "--relevant", "1", "--breaches", "1"]
    subprocess.run([sys.executable, str(ROOT / "benchmarks/generate.py"), str(path), *shape], check=True)
    return str(path)


def test_no_more_is_judged_at_once_than_must_be(log: str) -> None:
    whole = scanned.run([log], None, RULES, held=0)
    parted = scanned.run([log], None, RULES, held=0, piece=40)
    assert whole.streamed is not None
    assert parted.streamed is not None
    least = {name: max(len(f.judged) for f in whole.streamed() if f.constraint.id == name) for name in ALONE + BY_ASSET}
    most = {name: max(len(f.judged) for f in parted.streamed() if f.constraint.id == name) for name in least}
    assert all(most[name] <= 40 < least[name] for name in least if least[name] > 40)
    assert sum(count > 40 for count in least.values()) >= 4
    page = FORMATS["json"](report(whole), Page())
    assert FORMATS["json"](report(parted), Page()) == page


def test_the_records_of_a_piece_are_let_go_before_others_are_read(log: str) -> None:
    """By counting what refers to them: nobody waits for a search for cycles."""
    check = scanned.run([log], None, RULES, held=0, piece=10)
    assert check.streamed is not None
    live, parts = 0, 0
    gc.collect()
    gc.disable()
    try:
        before = held()
        for found in check.streamed():
            if found.constraint.id == "B-03":
                parts += 1
                live = max(live, held() - before)
            del found
    finally:
        gc.enable()
    assert parts > 5
    assert 0 < live <= 20


def held() -> int:
    """How many records there are as events."""
    return sum(type(one) is Event for one in gc.get_objects())


@pytest.mark.parametrize("seed", range(20))
def test_pieces_are_cut_at_these_places_only_and_no_more_often_than_they_must(seed: int) -> None:
    chance = random.Random(seed)
    rows = np.arange(chance.randrange(1, 60))
    places = np.array(sorted(chance.sample(range(1, 60), 9)))
    places = places[places < len(rows)]
    most = chance.randrange(1, 20)
    found = cut(rows, places, most)
    assert np.array_equal(np.concatenate(found), rows)
    edges = np.cumsum([len(piece) for piece in found])[:-1].tolist()
    assert set(edges) <= set(places.tolist())
    assert all(len(piece) <= most or not set(piece[1:].tolist()) & set(places.tolist()) for piece in found)
    assert all(len(one) + len(other) > most for one, other in pairwise(found) if len(one) <= most)


ROWS = """\
rulebook: {id: alike, version: "1", title: Alike, zone: UTC, history: complete}
events: {ON: {}}
constraints:
  - {id: N-01, title: Never, text: No., group: G, severity: minor, source: s, kind: never, event: ON}
"""


def test_what_is_alike_but_for_its_content_keeps_its_ids(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(ROWS)
    lines = [
        f'{{"time": "2031-01-01T00:00:0{n // 3}Z", "type": "ON", "id": "a", "subject": "U", "note": "{n}"}}'
        for n in range(9)
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(lines))
    rules = load_rulebook(str(tmp_path / "rules.yaml"))
    pages = []
    for held, piece in ((100, 100), (0, 100), (0, 1)):
        made = report(scanned.run([str(tmp_path / "log.jsonl")], None, rules, held=held, piece=piece))
        assert len({finding.id for finding in made.findings}) == 9
        pages.append(FORMATS["json"](made, Page()))
    assert len(set(pages)) == 1
