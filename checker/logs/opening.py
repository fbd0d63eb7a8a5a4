"""From a file to its lines: hashed as received, decompressed, bounded, numbered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, BinaryIO, NamedTuple, Protocol

from checker.bounds import INFINITY, Number
from checker.errors import LogError, Problem
from checker.limits import limit
from checker.location import Location

COMPRESSIONS = (".gz", ".zst")
"""The endings of the names of compressed files."""

_CHUNK = 64 * 1024
# small on purpose: what one step of a decompressor yields is lost when that step fails
_STEP = 16 * 1024
_MANY = limit("rows_at_once")
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


class Readable(Protocol):
    """A binary stream: `read(size)` gives at most that many bytes, none at the end."""

    def read(self, size: int, /) -> bytes:
        """The next bytes."""


class Block(NamedTuple):
    """Whole lines that follow one another, each with its line feed unless the file ends without one.

    `number` is the first line's, `offset` where it begins in the expanded file; `data` is None for a line too long.
    """

    number: int
    offset: int
    data: bytes | None


class Lines:
    """The lines of one file in their order: (number from 1, bytes without the line feed; None if too long).

    `unterminated` is set before a last line without line feed is given; `trouble` says after the last line
    why the file could not be read further, and stands for line `count` + 1; `left` is how many records follow at most.
    `compressed` is known once the first line was given.
    """

    def __init__(self, name: str, raw: Readable, ending: str | None = None, file: BinaryIO | None = None) -> None:
        """`ending` is '.gz' or '.zst', empty where nothing is compressed, None where the first bytes tell.

        `file` is `raw` where that can be read from any place.
        """
        self.name = name
        self.count = 0
        self.trouble = ""
        self.left: Number = INFINITY
        self.unterminated = False
        self.compressed = False
        self._received = _Received(name, raw)
        self._ending, self._file = ending, file
        self._numbered: Iterator[tuple[int, bytes | None]] = enumerate(self._split(), 1)

    def __iter__(self) -> Iterator[tuple[int, bytes | None]]:
        return self._numbered

    @property
    def digest(self) -> str:
        """'sha256:…' of the bytes as received; whole once the lines are used up."""
        return f"sha256:{self._received.hash.hexdigest()}"

    @property
    def size(self) -> int:
        """How many bytes were received; of the whole once the lines are used up."""
        return self._received.size

    def begin(self, magic: bytes) -> bool:
        """Whether these are the first bytes as received."""
        return self._received.peek(len(magic)).startswith(magic)

    def whole(self, *, hashed: bool = True) -> BinaryIO:
        """The content as a file that can be read from any place, for formats without lines; takes them all.

        Expanded content and what comes in a stream are kept in a temporary file. Size and digest may be left out.
        """
        if self._file is not None and not self._ending:
            while hashed and self._received.read(_CHUNK):
                pass
            self._file.seek(0)
            return self._file
        import tempfile

        copy: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        for chunk in self._chunks():
            copy.write(chunk)
        copy.seek(0)
        return copy

    def look(self) -> bytes:
        """The first line that is not blank, without taking it; nothing at the end. Takes the blank ones before."""
        for number, line in self._numbered:
            if line is None or line.strip():
                self._numbered = chain([(number, line)], self._numbered)
                return line or b""
        return b""

    def _split(self) -> Iterator[bytes | None]:
        longest = limit("line_bytes")
        held = bytearray()
        overlong = False
        for chunk in self._chunks():
            end = chunk.rfind(b"\n")
            if end < 0:
                if not overlong:
                    held += chunk
                    if len(held) > longest + len(_BOM):
                        overlong = True
                        held = bytearray()
                continue
            first, *others = (bytes(held) + chunk[:end]).split(b"\n")
            if not self.count:
                first = first.removeprefix(_BOM)
            self.count += 1 + len(others)
            yield None if overlong or len(first) > longest else first
            yield from others
            held = bytearray(chunk[end + 1 :])
            overlong = False
        if self.trouble:
            return  # what is held is a part of the line that the trouble stands for
        if held or overlong:
            last = bytes(held) if self.count else bytes(held).removeprefix(_BOM)
            self.unterminated = True
            self.count += 1
            yield None if overlong or len(last) > longest else last

    def blocks(self, size: int) -> Iterator[Block]:
        """The same lines, many at a time: `size` bytes and what the last of them needs. Takes them all.

        Of very short ones fewer bytes: what is told of each takes more than it does.
        """
        longest = limit("line_bytes")
        held = bytearray()
        overlong = False
        whole: list[bytes] = []
        ready = offset = begun = 0  # bytes in `whole`, where the next line begins, where `whole` does
        many = 0
        skipped = 0
        for chunk in self._chunks():
            end = chunk.rfind(b"\n")
            if end < 0:
                if not overlong:
                    held += chunk
                    if len(held) > longest + len(_BOM):
                        overlong = True
                        skipped, held = len(held), bytearray()
                else:
                    skipped += len(chunk)
                continue
            cut = 0
            if held or overlong or not offset:
                cut = chunk.index(b"\n") + 1
                first = bytes(held) + chunk[:cut]
                length = skipped + len(first)
                if not offset:
                    first = first.removeprefix(_BOM)
                    begun = length - len(first)
                if overlong or len(first) - 1 > longest:
                    if whole:
                        yield self._block(whole, begun)
                        whole, ready = [], 0
                    self.count += 1
                    yield Block(self.count, offset, None)
                    begun = offset + length
                    first = b""
                if first:
                    whole.append(first)
                    ready += len(first)
                offset += length
            if rest := chunk[cut : end + 1]:
                whole.append(rest)
                ready += len(rest)
                offset += len(rest)
            held, overlong, skipped = bytearray(chunk[end + 1 :]), False, 0
            many += chunk.count(b"\n")
            if ready >= size or many >= _MANY:
                if whole:
                    yield self._block(whole, begun)
                whole, ready, begun, many = [], 0, offset, 0
        if whole:
            yield self._block(whole, begun)
        if self.trouble:
            return  # as for single lines
        if held or overlong:
            last = bytes(held) if offset else bytes(held).removeprefix(_BOM)
            self.unterminated = True
            self.count += 1
            too_long = overlong or len(last) > longest
            yield Block(self.count, offset + len(held) - len(last), None if too_long else last)

    def _block(self, whole: list[bytes], offset: int) -> Block:
        data = b"".join(whole)
        first = self.count + 1
        self.count += data.count(b"\n")
        return Block(first, offset, data)

    def _chunks(self) -> Iterator[bytes]:
        received = self._received
        if not received.peek(1):
            self.trouble = received.trouble
            return
        expanded, free, ratio = 0, limit("expanded_bytes"), limit("expansion")
        read, corrupt = self._expanding()
        while True:
            try:
                chunk = read()
            except EOFError:
                self.trouble = "the compressed data ends early"
                break
            except corrupt:
                self.trouble = "the compressed data is damaged"
                break
            if not chunk:
                break
            expanded += len(chunk)
            if expanded > free and expanded > ratio * received.size:
                self.trouble = f"the data expands to more than {ratio} times its compressed size"
                break
            yield chunk
        while received.read(_CHUNK):  # the digest is that of the whole file
            pass
        self.trouble = received.trouble or self.trouble

    def _expanding(self) -> tuple[Callable[[], bytes], tuple[type[Exception], ...]]:
        """What gives the next bytes after decompression, and the errors that say that they are damaged."""
        received = self._received
        start = received.peek(len(_ZSTD))
        stream: Any
        ending = self._ending
        if ending is None:
            ending = ".gz" if start.startswith(_GZIP) else ".zst" if start.startswith(_ZSTD) else ""
        self.compressed = bool(ending)
        if ending == ".gz":
            import gzip
            import zlib

            stream = gzip.GzipFile(fileobj=received, mode="rb")  # type: ignore[call-overload]
            return lambda: stream.read1(_STEP), (OSError, zlib.error)
        if ending == ".zst":
            zstd = _zstd()
            stream = zstd.ZstdFile(received, "rb")
            return lambda: stream.read1(_STEP), (OSError, zstd.ZstdError)
        return lambda: received.read(_CHUNK), ()


class _Received:
    """The bytes of a file as received: hashed and counted when they are read."""

    def __init__(self, name: str, raw: Readable) -> None:
        import hashlib

        self.hash = hashlib.sha256()
        self.size = 0
        self.trouble = ""
        self._name = name
        self._raw = raw
        self._ahead = b""

    def read(self, size: int = -1) -> bytes:
        if self._ahead:
            size = len(self._ahead) if size < 0 else size
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        return self._next(size)

    def peek(self, size: int) -> bytes:
        while len(self._ahead) < size and (piece := self._next(_CHUNK)):
            self._ahead += piece
        return self._ahead[:size]

    def _next(self, size: int) -> bytes:
        if self.trouble:
            return b""
        try:
            piece = self._raw.read(size)
        except OSError as error:
            self.trouble = f"the file cannot be read further ({error.strerror or error})"
            return b""
        if not isinstance(piece, bytes):
            what = "it is in text mode; open it in binary mode" if isinstance(piece, str) else "it gives no bytes"
            raise LogError([Problem(Location(self._name), "the stream cannot be read", what)])
        self.hash.update(piece)
        self.size += len(piece)
        return piece


def _zstd() -> Any:
    import sys

    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


@contextmanager
def opened(path: str, name: str, ending: str | None) -> Iterator[Lines]:
    """The `Lines` of the regular file at `path`. Raises LogError where it cannot be opened."""
    import os
    import stat

    def refuse(message: str, hint: str = "") -> LogError:
        return LogError([Problem(Location(name), message, hint)])

    try:
        mode = os.stat(path).st_mode  # before opening: that would wait at a pipe and may act on a device
        if stat.S_ISDIR(mode):
            raise refuse("a directory, not a log", "name the files in it")
        if not stat.S_ISREG(mode):
            raise refuse("not a regular file", "pipe it into the program and name the log '-'")
        file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed below, errors of reading are not ours
    except FileNotFoundError:
        raise refuse("no such file") from None
    except PermissionError:
        raise refuse("no permission to read the file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise refuse(f"cannot be opened ({getattr(error, 'strerror', None) or error})") from None
    with file:
        yield Lines(name, file, ending, file)


def standard_input() -> BinaryIO:
    """The bytes of standard input. Raises LogError where there is none."""
    import sys

    if sys.stdin is None:
        raise LogError([Problem(Location("-"), "there is no standard input")])
    return sys.stdin.buffer
