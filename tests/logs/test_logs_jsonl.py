import io
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checker.event import content_key
from checker.limits import using
from checker.logs import Log, read_log

LINE = (
    '{"id": "HOST-000013", "source": "HOST", "seq": 13, "time": "2031-03-05T06:05:00Z", "type": "RADAR_ON", '
    '"subject": "BTY-A", "data": {"auth": "AU1", "site": "SITE-1"}}'
)
AT = 1_930_457_100_000_000
GOOD = '{"time": "2031-03-05T06:05:00Z", "type": "A"}'


def read(data: bytes | str, name: str = "log.jsonl") -> Log:
    return read_log(io.BytesIO(data.encode() if isinstance(data, str) else data), name=name)


def with_(members: str) -> str:
    return GOOD[:-1] + ", " + members + "}"


def test_a_whole_record():
    (record,) = read(LINE + "\n").records
    assert record.location == ("log.jsonl", 1, 0)
    assert (record.earliest, record.latest) == (AT, AT)
    assert (record.id, record.source, record.seq) == ("HOST-000013", "HOST", 13)
    assert (record.type, record.subject) == ("RADAR_ON", "BTY-A")
    assert (record.recorded_at, record.received_at) == (None, None)
    assert record.data == {"auth": "AU1", "site": "SITE-1"}
    assert record.extra == {}


@pytest.mark.parametrize(
    ("members", "attribute", "value"),
    [
        ('"recorded_at": "2031-03-05T06:05:00.000001Z"', "recorded_at", AT + 1),
        ('"received_at": "2031-03-05T09:05:00+03:00"', "received_at", AT),
        ('"recorded_at": "2031-03-05T06:05:00.0000001Z"', "recorded_at", AT),
        ('"recorded_at": null, "id": null, "data": null', "recorded_at", None),
        ('"id": ""', "id", None),
        ('"seq": 0', "seq", 0),
        ('"seq": -0', "seq", 0),
        (f'"seq": {10**30 - 1}', "seq", 10**30 - 1),
        ('"site": "S", "n": 1.50, "deep": {"a": [1, null, true]}', "extra", None),
        ('"data": {"x": 0.1}', "data", {"x": Decimal("0.1")}),
        (f'"data": {{"x": {"9" * 30}, "y": -{"9" * 30}}}', "data", {"x": 10**30 - 1, "y": 1 - 10**30}),
        (f'"data": {{"x": 0.{"1" * 40}}}', "data", {"x": Decimal("0." + "1" * 40)}),
        (f'"data": {{"x": 0.{"0" * 300}1}}', "data", {"x": Decimal("1e-301")}),
        ('"data": {"x": 1e400, "y": 1E-400}', "data", {"x": Decimal("1e400"), "y": Decimal("1e-400")}),
        (r'"data": {"x": "\ud83d\ude00 \\u0000"}', "data", {"x": "😀 \\u0000"}),
        ('"data": {"x": "a\u2028b\u0085c"}', "data", {"x": "a\u2028b\u0085c"}),
    ],
)
def test_members(members, attribute, value):
    log = read(with_(members))
    assert log.rejected == []
    (record,) = log.records
    if attribute == "extra":
        assert record.extra == {"site": "S", "n": Decimal("1.50"), "deep": {"a": [1, None, True]}}
    else:
        assert getattr(record, attribute) == value


def test_decimals_are_exact():
    (record,) = read(with_('"data": {"x": 0.10, "y": 12345678901234567890.123456789}')).records
    assert str(record.data["x"]) == "0.10"
    assert str(record.data["y"]) == "12345678901234567890.123456789"


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        # not JSON
        ("nonsense", 2, "a value is expected"),
        ("{'time': 1}", 2, "double quotes"),
        ("{time: 1}", 2, "double quotes"),
        ('{"time" 1}', 9, "a colon is expected"),
        ('{"time": 1 "type": 2}', 12, "a comma or a closing brace"),
        ('{"time": [1 2]}', 13, "a comma or a closing bracket"),
        ('{"time": 1,}', 12, "nothing follows the comma"),
        ('{"time": True}', 10, "a value is expected"),
        ('{"time": 01}', 11, "not a JSON number"),
        ('{"time": 1.}', 12, "not a JSON number"),
        ('{"time": .5}', 10, "a value is expected"),
        ('{"time": NaN}', 10, "NaN and Infinity"),
        ('{"time": Infinity}', 10, "NaN and Infinity"),
        ('{"time": -Infinity}', 11, "NaN and Infinity"),
        ('{"time": "\t"}', 11, "a control character"),
        ('{"time": "\\x41"}', 12, "an unknown escape"),
        ('{"é": "ü", "b": }', 17, "a value is expected"),
        (GOOD + " {}", 47, "something follows"),
        (GOOD + GOOD, 46, "something follows"),
        (GOOD[:-1], 45, "the line ends inside the record"),
        (GOOD[:-2], 44, "the line ends inside the record"),
        (GOOD[:-1] + "\r", 45, "the line ends inside the record"),
        ("{", 2, "the line ends inside the record"),
        ("[" * 300, 202, "nested deeper than 32"),
        # texts
        (b'{"time": "\xff"}', 11, "byte 11 of the line is not UTF-8"),
        ("{'é': ".encode() + b"\xc3(", 7, "byte 8 of the line is not UTF-8"),
        (b'{"time": "\xed\xa0\x80"}', 11, "not UTF-8"),
        (b'{"a": 1}\xff', 9, "not UTF-8"),
        (b"\xff\xfe{\x00", 4, "a NUL byte"),
        (b'{"a": "\x00"}', 8, "a NUL byte"),
        (r'{"a": "\ud800"}', 14, "surrogate"),
        (r'{"a": "\udc00"}', 13, "surrogate"),
        (r'{"\ud800": 1}', 9, "surrogate"),
        (with_(r'"subject": "a\u0000b"'), 0, "a NUL character"),
        (with_(r'"x": [{"\u0000": 1}]'), 0, "a NUL character"),
        # names
        ('{"a": 1, "a": 2}', 14, "the member 'a' is given twice"),
        (r'{"a": 1, "\u0061": 2}', 19, "the member 'a' is given twice"),
        (with_('"data": {"b": 1, "b": 1}'), 68, "the member 'b' is given twice"),
        ('{"a at line 1 column 9": 1, "a at line 1 column 9": 2}', 52, "'a at line 1 column 9' is given twice"),
        # not an object
        ("[]", 1, "a JSON object is expected, found a list"),
        (f"[{GOOD}]", 1, "a JSON object is expected, found a list"),
        ("12", 1, "found a number"),
        ('"text"', 1, "found a text"),
        ("null", 1, "found null"),
        ("true", 1, "found true or false"),
        # bounds
        (with_(f'"x": {"[" * 32}{"]" * 32}'), 0, "'x': nested deeper than 32"),
        (with_(f'"data": {{"x": {"[" * 31}{"]" * 31}}}'), 0, "'x': nested deeper than 32"),
        (with_(f'"x": {"9" * 31}'), 0, "'x': a whole number of more than 30 digits"),
        (with_(f'"x": [-{"9" * 31}]'), 0, "more than 30 digits"),
        (with_(f'"x": {"9" * 5000}'), 4353, "more than 30 digits"),
        (with_(f'"x": 1.{"1" * 40}'), 0, "more than 40 digits"),
        (with_('"x": 1e401'), 0, "beyond 10 to the power of ±400"),
        (with_('"x": 1e-401'), 0, "beyond 10 to the power of ±400"),
        (with_('"x": 0e999999'), 0, "beyond 10 to the power of ±400"),
        (with_(f'"x": 1e{"9" * 30}'), 84, "beyond the largest exponent"),
        # the envelope
        ("{}", 0, "'time': missing"),
        ('{"type": "A"}', 0, "'time': missing"),
        ('{"type": "A", "time": null}', 0, "'time': missing"),
        ('{"type": "A", "time": ""}', 0, "'time': missing"),
        ('{"type": "A", "time": 5}', 0, "'time': a text is expected, found a number"),
        ('{"type": "A", "time": {}}', 0, "'time': a text is expected, found an object"),
        ('{"type": "A", "time": "2031-02-30T00:00:00Z"}', 0, "'time': '2031-02-30T00:00:00Z': there is no day 30"),
        ('{"type": "A", "time": "2031-02-20T00:00:00"}', 0, "carries no offset"),
        ('{"time": "2031-03-05T06:05:00Z"}', 0, "'type': missing"),
        ('{"time": "2031-03-05T06:05:00Z", "type": ""}', 0, "'type': missing"),
        ('{"time": "2031-03-05T06:05:00Z", "type": 4}', 0, "'type': a text is expected, found a number"),
        ('{"time": "2031-03-05T06:05:00Z", "type": [0]}', 0, "'type': a text is expected, found a list"),
        (with_('"seq": -1'), 0, "'seq': a whole number from 0 is expected, found a negative number"),
        (with_('"seq": true'), 0, "found true or false"),
        (with_('"seq": 1.0'), 0, "found a decimal number"),
        (with_('"seq": "13"'), 0, "found '13'"),
        (with_(f'"seq": {10**30}'), 0, "'seq': a whole number of more than 30 digits"),
        (with_('"subject": 5'), 0, "'subject': a text is expected, found a number"),
        (with_('"id": true'), 0, "'id': a text is expected, found true or false"),
        (with_('"source": {}'), 0, "'source': a text is expected, found an object"),
        (with_('"data": []'), 0, "'data': an object is expected, found a list"),
        (with_('"data": "x"'), 0, "'data': an object is expected, found a text"),
        (with_('"recorded_at": "yesterday"'), 0, "'recorded_at': 'yesterday' is not"),
        (with_('"received_at": 17'), 0, "'received_at': a text is expected, found a number"),
        (with_('"received_at": "2031-03-05T06:05Z"'), 0, "'received_at': the time leaves more than a microsecond open"),
    ],
)
def test_rejected(line, column, reason):
    data = line if isinstance(line, bytes) else line.encode()
    log = read(b"\n" + data + b"\n" + GOOD.encode() + b"\n")
    (rejected,) = log.rejected
    assert reason in rejected.reason
    assert rejected.location == ("log.jsonl", 2, column)
    assert [record.location.line for record in log.records] == [3]


@pytest.mark.parametrize("name", ["a\\u001b[31m", "\u202e", "x" * 10**6])
def test_reasons_show_little_of_a_hostile_text(name):
    (rejected,) = read(f'{{"{name}": 1, "{name}": 2}}').rejected
    assert rejected.reason.isprintable()
    assert len(rejected.reason) < 200


@pytest.mark.parametrize("bad", [GOOD[:-1], "{", GOOD[:20], '{"a": "\\u12'])
def test_the_file_ends_inside_the_record(bad):
    log = read(GOOD + "\n" + bad)
    assert [r.reason for r in log.rejected] == ["the file ends inside the record"]
    assert log.rejected[0].location == ("log.jsonl", 2, len(bad) + 1)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ("", []),
        ("\n", []),
        ("\ufeff", []),
        ("\ufeff\n" + GOOD, [2]),
        ("\ufeff" + GOOD, [1]),
        (GOOD, [1]),
        (GOOD + "\n" + GOOD, [1, 2]),
        (GOOD + "\r\n" + GOOD + "\r\n", [1, 2]),
        ("\n \n\t\r\n" + GOOD + "\n\n\n" + GOOD + "\n\n", [4, 7]),
        (GOOD.replace(", ", ",\r") + "\n" + GOOD, [1, 2]),
        (with_('"x": "\u2028"') + "\n" + GOOD, [1, 2]),
    ],
)
def test_line_numbers(data, lines):
    log = read(data)
    assert [record.location.line for record in log.records] == lines
    assert log.rejected == []


def test_a_second_byte_order_mark_is_no_blank():
    log = read("\ufeff\ufeff" + GOOD + "\n\ufeff" + GOOD)
    assert [r.location.line for r in log.rejected] == [1, 2]


def test_overlong_lines_are_passed_over():
    with using(line_bytes=100_000):
        fits = GOOD + " " * (100_000 - len(GOOD))
        data = "\n".join([GOOD, "x" * 100_001, GOOD, "x" * 400_000, fits, fits + " ", GOOD, "x" * 300_000])
        log = read(data)
        assert [record.location.line for record in log.records] == [1, 3, 5, 7]
        assert [r.location.line for r in log.rejected] == [2, 4, 6, 8]
        assert all("longer than" in r.reason for r in log.rejected)
        log = read("\ufeff" + fits)
        assert len(log.records) == 1


def blank(line: bytes) -> bool:
    return not line.strip()


PIECES = st.sampled_from(
    [
        *(b"\n", b"\r\n", b"\r", b"{", b"}", b'"', b"\\", b":", b",", b" ", b"[", b"1", b"-", b"e9", b"\x00"),
        *(b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\\u0000", b'"time"', b'"data"', b'"2031-03-05T06:05:00Z"'),
        *(GOOD.encode(), GOOD.encode()[:-1]),
    ]
)


@settings(deadline=None)
@given(st.one_of(st.binary(), st.lists(st.one_of(PIECES, st.binary(max_size=3))).map(b"".join)))
@example(b"\xef\xbb\xbf")
@example(b"\n")
@example(b"\x0b\n\x0c")
def test_every_line_is_accounted_for(data):
    log = read(data)
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    there = {number for number, line in enumerate(lines, 1) if not blank(line)}
    found = [entry.location.line for entry in [*log.records, *log.rejected]]
    assert sorted(found) == sorted(there)


@settings(deadline=None)
@given(st.lists(st.sampled_from([GOOD, LINE, "", "x", with_('"n": 1.50')])), st.integers(1, 40))
def test_the_pieces_in_which_bytes_arrive_do_not_matter(lines, size):
    data = "\n".join(lines).encode()

    class Slow(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            return super().read(size)

    def seen(log: Log):
        return [(r.location, content_key(r)) for r in log.records], log.rejected, log.digest

    assert seen(read_log(Slow(data), name="a.log")) == seen(read_log(io.BytesIO(data), name="a.log"))
