"""However many records cannot be read, all are named in order, and no more than a few are held."""

from pathlib import Path

import pytest

from checker import scanned, telling
from checker.event import Rejected
from checker.location import Location
from checker.logs import read_logs
from checker.pipeline import run
from checker.render import FORMATS, Page, pieces
from checker.rulebook import load_rulebook
from checker.scan import refused
from checker.scan.refused import Refused
from checker.spool import Spool
from checker.telling import report

RULES = """\
rulebook: {id: unread, version: "1", title: Unread, zone: UTC, history: complete}
events: {ON: {}}
constraints:
  - {id: N-01, title: Never, text: No., group: G, severity: minor, source: s, kind: never, event: ON}
"""


@pytest.mark.parametrize("most", [0, 3, 1000])
def test_they_come_back_as_they_were(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused, "MOST", most)
    every = [
        Rejected(Location(f"\udcff{n}", n, n % 3), f"a „reason“ ##[{n}", None if n % 2 else n, None if n % 2 else n + 5)
        for n in range(40)
    ]
    every.append(Rejected(Location("", 7), "broken off", many=float("inf")))
    made = Refused()
    for at in range(0, 41, 5):
        made.extend(every[at : at + 5])
        assert len(made._held) <= most
    assert list(made) == every == list(made)
    assert (len(made), made[3], made[-1], made[2:5]) == (41, every[3], every[-1], every[2:5])


def test_every_page_names_all_of_them_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    rules = load_rulebook(str(tmp_path / "rules.yaml"))
    paths = []
    for name in "ab":
        good = '{"time": "2031-01-01T00:00:01Z", "type": "ON", "subject": "U"}'
        lines = [good if n % 3 else f'{{"time": "2031-01-01T00:00:0{n % 9}Z", "seq": ["{n}"' for n in range(200)]
        paths.append(tmp_path / f"{name}.jsonl")
        paths[-1].write_text("\n".join([*lines, '{"time": "20x0"}', '{"time": "2031-01-01T00:00:02Z", "type": 5}']))
    named = [str(path) for path in paths]
    usual = report(run(read_logs(named, None), rules, backend="reference", every=False))
    monkeypatch.setattr(refused, "MOST", 20)
    monkeypatch.setattr(telling, "UNREADABLE_HELD", 20)
    found = report(scanned.run(named, None, rules))
    assert isinstance(found.rejected, Spool)
    assert len(found.rejected) == len(usual.rejected) > 100
    for format_ in FORMATS:
        if format_ != "html":
            page = "".join(pieces(format_, found, Page()))
            assert page == "".join(pieces(format_, usual, Page())), format_
    assert found.to_dict() == usual.to_dict()
