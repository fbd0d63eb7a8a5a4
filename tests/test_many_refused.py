"""However many records cannot be read, all are named in order, and no more than a few are held."""

import io
from pathlib import Path

import pytest

from checker import logs, refused, scanned, telling
from checker.event import Rejected
from checker.location import Location
from checker.logs import read_logs
from checker.pipeline import run
from checker.refused import Refused
from checker.render import FORMATS, Page, pieces
from checker.render.html.telling import Told
from checker.rulebook import load_rulebook
from checker.scan.passing import packed, receive, send
from checker.spool import Streamed
from checker.telling import report

RULES = """\
rulebook: {id: unread, version: "1", title: Unread, zone: UTC, history: complete}
events: {ON: {}}
constraints:
  - {id: N-01, title: Never, text: No., group: G, severity: minor, source: s, kind: never, event: ON}
"""


@pytest.mark.parametrize("piece", [1, 4, 1000])
@pytest.mark.parametrize("most", [0, 3, 1000])
def test_they_come_back_as_they_were(most: int, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused, "MOST", most)
    monkeypatch.setattr(refused, "_PIECE", piece)
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
    assert [made[at] for at in range(41)] == every
    assert [made[first : first + 7 : 2] for first in range(41)] == [every[n : n + 7 : 2] for n in range(41)]
    with pytest.raises(IndexError):
        made[41]
    assert all(one == other for one, other in zip(made, made, strict=True))  # two may read at once


def test_another_process_passes_them_on_as_they_are() -> None:
    one = Rejected(Location("\udcff", 3, 4), "a „reason“", 5, 6, many=float("inf"))
    pipe = io.BytesIO()
    send(pipe, packed([one, one]))
    pipe.seek(0)
    assert receive(pipe) == [one, one]


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
    for module in (refused, logs):
        monkeypatch.setattr(module, "MOST", 20)
    monkeypatch.setattr(telling, "UNREADABLE_HELD", 20)
    read = read_logs(named, None)
    assert all(isinstance(log.rejected, Refused) and len(log.rejected._held) <= 20 for log in read)
    for check in (scanned.run(named, None, rules), run(read, rules, backend="reference", every=False)):
        found = report(check)
        assert isinstance(found.rejected, Streamed)
        assert len(found.rejected) == len(usual.rejected) > 100
        for format_ in FORMATS:
            page = "".join(pieces(format_, found, Page()))
            assert page == "".join(pieces(format_, usual, Page())), format_
        assert found.to_dict() == usual.to_dict()


def test_a_page_of_html_says_how_many_it_leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "a.jsonl").write_text("{\n" * 50)
    made = report(run(read_logs([str(tmp_path / "a.jsonl")]), load_rulebook(str(tmp_path / "rules.yaml"))))
    assert "".join(pieces("html", made, Page())).count('class="rj"') == 50
    monkeypatch.setattr(Told, "unreadable_shown", 20)
    page = "".join(pieces("html", made, Page()))
    assert page.count('class="rj"') == 20
    assert "and 30 more records; all are in the report as JSON." in page
