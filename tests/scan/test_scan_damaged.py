"""Logs with any damage come to the same whether they are scanned, block by block, or read as records."""

import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slow_way import as_told, expected, found

from checker.columns import Selection, Wanted, place_of
from checker.errors import LogError
from checker.logs import read_log
from checker.mapping import Mapping
from checker.rulebook import parse_rulebook
from checker.scan import STRETCH, NotScannable, forms, scan

RULEBOOK = """
rulebook: {id: t, version: "1", title: T, zone: UTC+3}
unauthenticated: {signature: [INVALID, invalid]}
events:
  ON: {act: text, load: number, since: instant, ok: flag, mode: {type: text, values: [a, b]}}
  OFF: {act: "text?", many: "list?", note: "text?"}
  PLACE: {area: mapping, subject: "text?", until: "instant?", owner: "text?"}
registers:
  acts: [A1, A2]
constraints: []
"""
FIELDS = (
    "act", "load", "since", "ok", "mode", "many", "note", "area", "area.x", "until", "owner", "other", "signature",
    "subject", "id", "source", "seq", "time", "type", "reference", "missing_before", "recorded_at", "received_at",
)  # fmt: skip
CATALOGUE, REGISTERS = None, None


def rulebook():
    global CATALOGUE, REGISTERS
    if CATALOGUE is None:
        made = parse_rulebook(RULEBOOK)
        CATALOGUE, REGISTERS = made.catalogue, made.registers
    return CATALOGUE, REGISTERS


MINUTES = st.integers(0, 12)
TIMES = st.one_of(
    MINUTES.map(lambda m: f"2031-01-01T00:{m:02}:00Z"),
    MINUTES.map(lambda m: f"2031-01-01T00:{m:02}:00.{m:03}Z"),
    st.sampled_from(
        [
            "2031-01-01T03:05:00+03:00", "2031-01-01T00:05Z", "2031-01-01", "2031-02-30T00:00:00Z", "",
            "2031-01-01T24:00:00Z", "2031-01-01T00:00:60Z", "2032-02-29T00:00:00.123456Z", "2031-02-29T00:00:00Z",
            "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0000-01-01T00:00:00Z", "2031-01-01T00:05:00.1234567Z",
            "2031-01-01t00:05:00z", "2031-01-01T00:05:00", "T00:05:00Z", "2031-01-01T00:05:00Z\\n", "2031-13-01T00:00:00Z",
        ]
    ),
)  # fmt: skip
TEXTS = st.sampled_from(
    ["A1", "A2", "", "a", "b", "ok", "x:y", ":", "x :y", "é", "\u2028", '"', "\\", "\n", "{}", "[", "},{"]
)
NUMBERS = st.sampled_from(
    [
        "0", "1", "-1", "7", "1.0", "1.50", "-0", "-0.0", "1e3", "1E400", "1e401", "1e-401", "1e999999999", "0e0",
        "123456789012345678901234567890", "1234567890123456789012345678901", "4611686018427387904", "9223372036854775808",
        "0.1234567890123456789012345678901234567890", "0.12345678901234567890123456789012345678901", "01", "1.", ".5",
        "+1", "NaN", "Infinity", "-", "1e", "0x1",
    ]
)  # fmt: skip
SIMPLE = st.one_of(
    TEXTS.map(json.dumps),
    TEXTS.map(lambda text: json.dumps(text, ensure_ascii=False)),
    NUMBERS,
    st.sampled_from(
        ["true", "false", "null", "tru", '"INVALID"', '"invalid"', '"2031-01-01T00:01:00Z"', '"12"', '"1e2"']
    ),
)
VALUES = st.one_of(
    SIMPLE,
    st.sampled_from(
        [
            "[]",
            "[1,2]",
            '["a"]',
            "{}",
            '{"x":1}',
            '{"x":"a","x":2}',
            '{"x":{"y":[]}}',
            "[" * 40 + "]" * 40,
            '{"x": 1.0}',
            "[1e999]",
        ]
    ),
)
FIELD_NAMES = st.sampled_from([*FIELDS[:16], "time", "te\\u0073t", "x"])


@st.composite
def records(draw):
    """The members of a record in the order in which they are written: (name, JSON), and those of its data."""
    kind = draw(st.sampled_from(["ON", "ON", "OFF", "OFF", "PLACE", "OTHER"]))
    usual = draw(st.integers(0, 3)) > 0
    minute = draw(MINUTES)
    top = [
        ("time", f'"2031-01-01T00:{minute:02}:00Z"' if usual else json.dumps(draw(TIMES))),
        ("type", json.dumps(kind)),
        ("source", json.dumps(draw(st.sampled_from(["S1", "S2", "S1", ""])))),
        ("seq", str(draw(st.integers(0, 15)))),
        ("id", json.dumps(f"i{draw(st.integers(0, 12))}")),
        ("subject", json.dumps(draw(st.sampled_from(["U1", "U2", ""])))),
    ]
    data = {
        "ON": [("act", '"A1"'), ("load", str(draw(st.integers(0, 3)))), ("since", '"2031-01-01T00:00:00Z"'), ("ok", "true"), ("mode", '"a"')],
        "OFF": [("act", json.dumps(draw(TEXTS))), ("note", '"n"')],
        "PLACE": [("area", draw(st.sampled_from(['{"x":1}', '{"x":"b"}', "{}"]))), ("until", json.dumps(draw(TIMES)))],
        "OTHER": [("other", draw(SIMPLE))],
    }[kind]  # fmt: skip
    if not usual:
        if draw(st.booleans()):
            top = draw(st.permutations(top))
        for members in (top, data):
            what = draw(st.integers(0, 9))
            if what == 0 and members:
                del members[draw(st.integers(0, len(members) - 1))]
            elif what == 1 and members:
                members.append(draw(st.sampled_from(members)))
            elif what == 2 and members:
                at = draw(st.integers(0, len(members) - 1))
                members[at] = (members[at][0], draw(VALUES))
            elif what == 3:
                members.append((draw(FIELD_NAMES), draw(VALUES)))
            elif what == 4:
                members.append(("recorded_at", json.dumps(draw(TIMES))))
            elif what == 5:
                members.append(("received_at", f'"2031-01-01T00:{minute + 1:02}:00Z"'))
    return top, data


@st.composite
def lines(draw):
    top, data = draw(records())
    comma, colon, opening = draw(
        st.sampled_from(
            [(",", ":", "{")] * 6 + [(", ", ": ", "{"), (" , ", " : ", "{ "), (",", " :", "{"), (",\t", ":\t", "{")]
        )
    )

    def written(members):
        return opening + comma.join(f'"{name}"{colon}{value}' for name, value in members) + "}"

    line = written([*top, *([("data", written(data))] if draw(st.integers(0, 9)) else data)]).encode()
    if not draw(st.integers(0, 9)):
        how = draw(st.integers(0, 6))
        at = draw(st.integers(0, len(line)))
        if how == 0:
            return line[:at]
        if how == 1:
            return (
                line[:at]
                + draw(
                    st.sampled_from(
                        [b"\0", b"\x01", b"\t", b"\r", b"\xff", b"\xed\xa0\x80", b"\xc3", b'"', b"\\", b" "]
                    )
                )
                + line[at:]
            )
        if how == 2:
            return draw(
                st.sampled_from(
                    [
                        b"",
                        b"  ",
                        b"\t",
                        b"[]",
                        b"1",
                        b"null",
                        b"\xef\xbb\xbf" + line,
                        line + b" ",
                        line + b"x",
                        line + line,
                    ]
                )
            )
        if how == 3:
            return line[:at] + line[at + 1 :]
        if how == 4:
            return line + b"\r"
        if how == 5:
            return line[:at] + b"\n" + line[at:]
    return line


REGULAR = [
    f'{{"time":"2031-01-01T00:{n % 10:02}:00Z","type":"{kind}","source":"S3","seq":{n},"id":"r{n}","subject":"U{n % 3}","data":{data}}}'.encode()
    for n in range(12)
    for kind, data in [
        [
            ("ON", f'{{"act":"A{n}","load":{n},"since":"2031-01-01T00:00:00Z","ok":true,"mode":"a"}}'),
            ("OFF", '{"act":"A1","note":"n"}'),
            ("PLACE", '{"area":{"x":1},"until":"2031-01-01T00:00:00Z"}'),
        ][n % 3]
    ]
]
"""Records of which layouts are learned."""


@st.composite
def logs(draw):
    found = draw(st.sampled_from([[], REGULAR])) + draw(st.lists(lines(), max_size=16))
    if found and draw(st.booleans()):
        found += draw(st.lists(st.sampled_from(found), max_size=3))
    end = draw(st.sampled_from([b"\n", b"\n", b"\n", b"\r\n"]))
    data = end.join(found)
    if found and draw(st.integers(0, 3)):
        data += end
    return draw(st.sampled_from([b""] * 7 + [b"\xef\xbb\xbf"])) + data


MAPPINGS = [
    None, None, None, Mapping(zone="UTC+3"), Mapping(types={"ON": "OFF", "OTHER": "ON"}), Mapping(data=""),
    Mapping(type="subject", subject="type"), Mapping(seq="", id="note"), Mapping(rename={"act": "other"}),
    Mapping(sentinels={"load": ("0",)}), Mapping(time="data.since"),
]  # fmt: skip


def check(folder, contents, wanted, until, block, mapping, *, zipped=False, workers=1, stretch=STRETCH):
    catalogue, registers = rulebook()
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.jsonl{'.gz' if zipped else ''}"
        path.write_bytes(gzip.compress(content) if zipped else content)
        paths.append(str(path))
    asked = (paths, mapping, catalogue, registers, wanted)
    forms.FEW = (1, 5, 100)[sum(map(len, contents)) % 3]
    try:
        scanned = scan(*asked, until=until, shown=True, block=block, workers=workers, stretch=stretch)
    except NotScannable:
        assert any((r.seq or 0) >= 1 << 62 for path in paths for r in read_log(path, mapping).records)
        return None
    ours, theirs = found(scanned, wanted), expected(*asked, until)
    for name in theirs:
        assert ours[name] == theirs[name], name
    by_place = {
        place_of(log, r.location.line): r for log, path in enumerate(paths) for r in read_log(path, mapping).records
    }
    assert as_told(scanned.records(by_place)) == as_told(list(by_place.values()))
    return scanned


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


WANTED = st.sampled_from(
    [
        Wanted(None, FIELDS),
        Wanted(frozenset(["ON"]), FIELDS),
        Wanted(frozenset(["OFF", "PLACE"]), ("act", "area.x")),
        Wanted(frozenset(), ()),
    ]
)
UNTIL = st.sampled_from([None, None, 1_925_510_400_000_000 - 86_400_000_000 * 530 + 300_000_000, 1_924_992_300_000_000])


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(logs(), min_size=1, max_size=3), WANTED, UNTIL, st.sampled_from([1, 40, 300, 1000, 100_000]),
    st.sampled_from(MAPPINGS), st.booleans(), st.sampled_from([1, 4, STRETCH]),
)  # fmt: skip
def test_a_damaged_log_is_scanned_as_it_is_read(folder, contents, wanted, until, block, mapping, zipped, stretch):
    check(folder, contents, wanted, until, block, mapping, zipped=zipped, stretch=stretch)


def regular(number, data='{"act":"A1","note":"n"}', kind="OFF", seq=None, **members):
    given = {
        "time": f"2031-01-01T00:{number // 60:02}:{number % 60:02}Z", "type": kind, "source": "S", "seq": seq or number,
        "id": f"i{number}", "subject": "U",
    }  # fmt: skip
    top = {name: value for name, value in (given | members).items() if value is not None}
    return json.dumps(top, separators=(",", ":"))[:-1].encode() + b',"data":' + data.encode() + b"}"


EVERY = Wanted(None, FIELDS)


@pytest.mark.parametrize(
    "line",
    [
        regular(50)[:-1] + b',"id":"i50"}',
        regular(50, '{"act":"A1","note":"n","act":"A1"}'),
        regular(50, '{"act":"A1","note":"n","act" :"A1"}'),
        regular(50, '{"act" :"A1","note":"n"}'),
        regular(50, '{"act":"A1","note":":"}'),
        regular(50, '{"act":"A1","note":"a\\u0000"}'),
        regular(50, '{"act":"A1","note":"\x01"}'),
        regular(50, '{"act":"A1","note":"n"}', seq=-1),
        regular(50, '{"act":"A1","note":7}'),
        regular(50)[:40],
        b"",
        regular(50) + regular(51),
        regular(50).replace(b"2031-", b"2031\xff"),
    ],
)
@pytest.mark.parametrize("place", [0, 3, 29, 30])
def test_one_odd_line_among_regular_ones(tmp_path, line, place):
    found = [regular(number) for number in range(30)]
    found.insert(place, line)
    for block in (100, 1000, 100_000):
        check(tmp_path, [b"\n".join(found) + b"\n"], EVERY, None, block, None)


def test_what_a_layout_cannot_say_counts_names_within_values(tmp_path):
    datas = [
        '{"area":{"x":1,"y":{"z":2}}}',
        '{"area":{"x":1}}',
        '{"area":{"x":1,"x":1}}',
        '{"area":{}}',
        '{"area":{"x":1e500}}',
    ]
    found = [regular(n, datas[n % 5], kind="PLACE") for n in range(60)]
    assert len(check(tmp_path, [b"\n".join(found)], EVERY, None, 700, None).rejected[0]) == 24


@pytest.mark.parametrize(
    "numbers", [[1, 2, 3, 6, 7], [1, 3, 2, 5, 4], [5, 1, 9, 1, 5], [1, 1, 4, 4], [3, 2, 1], [7, 3, 4, 8, 1, 2]]
)
@pytest.mark.parametrize("block", [1, 400, 100_000])
def test_missing_numbers_are_found_in_any_order(tmp_path, numbers, block):
    found = [regular(n, seq=seq) for n, seq in enumerate(numbers)]
    check(tmp_path, [b"\n".join(found) + b"\n", b"\n".join(found[::-1])], Wanted(frozenset(), ()), None, block, None)


def test_an_odd_record_does_not_unlearn_a_layout(tmp_path, monkeypatch):
    from checker.scan.reader import Reader

    slow = []
    way = Reader._slowly
    monkeypatch.setattr(Reader, "_slowly", lambda self, *given: slow.extend(given[1]) or way(self, *given))
    kinds = ["true", "1", '"a"', "null"]
    found = [regular(n, f'{{"act":"A1","note":{kinds[n % 4] if n % 50 == 25 else chr(34) * 2}}}') for n in range(600)]
    check(tmp_path, [b"\n".join(found)], EVERY, None, 5000, None)
    assert len(slow) < 80


def test_standard_input_is_not_scanned():
    catalogue, registers = rulebook()
    with pytest.raises(NotScannable):
        scan(["-"], None, catalogue, registers, EVERY)


def test_other_formats_are_scanned_too(tmp_path):
    catalogue, registers = rulebook()
    log = tmp_path / "a.csv"
    log.write_text(
        "time,type,subject,act\n2031-05-01T08:00:00Z,X_ON,A,1\nno time,X_ON,A,2\n2031-05-01T09:00:00Z,X_ON,B,3\n"
    )
    found = scan([str(log)], None, catalogue, registers, EVERY, shown=True)
    assert (found.heads[0].records, [reject.location.line for reject in found.rejected[0]]) == (2, [3])
    assert found.store.columns(Selection()).places.tolist() == [place_of(0, 2), place_of(0, 4)]
    assert found.shown[None] == {"A", "B"}
    assert [record.extra["act"] for record in found.records([place_of(0, 4), place_of(0, 2)])] == ["3", "1"]
    log.write_text("time,type\n")
    with pytest.raises(LogError):
        found.records([place_of(0, 2)])


def test_a_number_that_no_column_holds_is_not_scanned(tmp_path):
    catalogue, registers = rulebook()
    (tmp_path / "a.jsonl").write_bytes(regular(1, seq=1 << 62))
    with pytest.raises(NotScannable):
        scan([str(tmp_path / "a.jsonl")], None, catalogue, registers, EVERY)


def test_a_log_that_changed_is_told(tmp_path):
    catalogue, registers = rulebook()
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join(map(regular, range(9))))
    scanned = scan([str(path)], None, catalogue, registers, EVERY)
    told = scanned.store.columns(Selection())
    path.write_bytes(b"\n".join(map(regular, range(1, 10))))
    with pytest.raises(LogError, match="changed while it was read"):
        scanned.records(told.places.tolist(), (told.earliest, told.latest))


def test_a_damaged_compressed_log_gives_what_the_slow_reader_gives(tmp_path):
    catalogue, registers = rulebook()
    whole = gzip.compress(b"\n".join(regular(n % 3000, subject=f"U{n * n}") for n in range(9000)))
    for number, damaged in enumerate((whole[:-9], whole[: len(whole) // 2], whole[:20_000] + b"xx" + whole[20_002:])):
        path = tmp_path / f"{number}.jsonl.gz"
        path.write_bytes(damaged)
        asked = ([str(path)], None, catalogue, registers, Wanted(frozenset(), ()))
        scanned = scan(*asked)
        assert found(scanned, asked[-1]) == expected(*asked) | {"shown": {}}
        assert scanned.rejected[0][-1].reason.startswith("the compressed data")


@pytest.mark.parametrize("zipped", [False, True])
def test_lines_too_long_are_named(tmp_path, zipped):
    from checker.limits import limit

    long = b"x" * (limit("line_bytes") + 1)
    content = b"\n".join([regular(1), long, regular(2), b" " * limit("line_bytes"), regular(3), long])
    check(tmp_path, [content, long + b"\n" + regular(4)], Wanted(None, ()), None, 1000, None, zipped=zipped)


def test_two_processes_find_the_same(tmp_path):
    odd = [regular(n, subject=f"V{n}") if n % 7 else regular(n)[: n % 90] for n in range(3000)]
    odd += [regular(n, seq=n + 1) for n in range(0, 3000, 11)] + REGULAR
    contents = [b"\n".join(odd[:2000]) + b"\n", b"\n".join(odd[2000:] + odd[:50])]
    for wanted, until in ((EVERY, None), (Wanted(frozenset(["ON"]), FIELDS), 1_924_992_300_000_000)):
        check(tmp_path, contents, wanted, until, 20_000, None, workers=2)
        check(tmp_path, contents, wanted, until, 20_000, None, workers=2, zipped=True)
        check(tmp_path, contents, wanted, until, 5_000, None, workers=2, stretch=100)


def test_two_processes_find_what_stands_twice_in_logs_of_two_forms(tmp_path):
    catalogue, registers = rulebook()
    (tmp_path / "a.jsonl").write_text('{"time":"2031-01-01T00:00:00Z","type":"ON","id":"i","subject":"U"}\n')
    (tmp_path / "b.csv").write_text("time,type,id,subject\n2031-01-01T00:00:00Z,ON,i,U\n2031-01-01T00:00:01Z,ON,i,U\n")
    paths = [str(tmp_path / name) for name in ("a.jsonl", "b.csv")]
    scanned = scan(paths, None, catalogue, registers, EVERY, workers=2)
    assert (scanned.duplicates, len(scanned.same_ids.pairs)) == (1, 1)


def test_a_number_that_no_column_holds_is_not_scanned_by_two_processes_either(tmp_path):
    catalogue, registers = rulebook()
    (tmp_path / "a.jsonl").write_bytes(regular(1, seq=1 << 62))
    with pytest.raises(NotScannable):
        scan([str(tmp_path / "a.jsonl")], None, catalogue, registers, EVERY, workers=2)


def test_a_process_that_ends_early_is_told(tmp_path, monkeypatch):
    from checker.scan import workers

    monkeypatch.setattr(workers, "_PROGRAM", "import sys; sys.stdin.buffer.read(10)")
    catalogue, registers = rulebook()
    (tmp_path / "a.jsonl").write_bytes(regular(1))
    with pytest.raises(LogError, match="ended before its time"):
        scan([str(tmp_path / "a.jsonl")], None, catalogue, registers, EVERY, workers=2)


@pytest.mark.parametrize("at_once", [1, 7, 100, 10_000])
def test_equal_keys_are_found_whether_held_or_stored(at_once):
    import numpy as np

    from checker.scan.keys import Keys

    chance = np.random.default_rng(1)
    keys = Keys(at_once)
    every = {}
    place = 1
    for _ in range(40):
        places = place + np.flatnonzero(chance.random(30) < 0.8)
        made = chance.integers(0, 1 << 64, len(places), np.uint64)
        made[chance.random(len(places)) < 0.1] = int(chance.integers(0, 9)) * (((1 << 64) - 1) // 9)
        place += 30
        keys.add(made, places)
        every.update(zip(places.tolist(), made.tolist(), strict=True))
    times = list(every.values())
    shared = list(zip(*(one.tolist() for one in keys.shared()), strict=True))
    assert shared == [(at, key) for at, key in every.items() if times.count(key) > 1]
