"""What lies readable in a browser's profile folder: raw, inside LevelDB's packed blocks, and inside packed values.

Chromium keeps IndexedDB in LevelDB: `.log` files as written, `.ldb` tables in blocks packed by Snappy. Values of some
length are packed by Snappy on their own as well, and long ones lie in files beside it. A text lies there in Latin-1 or
UTF-16, as a key in big-endian UTF-16. A record of a `.log` that crosses the 32 KiB of a LevelDB page is cut there, and
only its parts are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

TABLE_END = (0xDB4775248B80FB57).to_bytes(8, "little")
FOOTER_BYTES = 48
BLOCK_TRAILER_BYTES = 5
SNAPPY = 1
# How Chromium begins a value of IndexedDB that it packed: a pseudo-version of V8's format, and which packing.
PACKED_VALUE = b"\xff\x11\x02"
MOST_BYTES = 64 * 1024 * 1024


class NotSnappyError(Exception):
    """These bytes are no Snappy stream."""


def found(profile: Path, words: Iterable[str], *, within: str = "") -> list[str]:
    """A line for each word and file in which it lies readable; `within` names the part of the profile to look at."""
    wanted = [(word, form) for word in words for form in _forms(word)]
    lines = set()
    for path in sorted(profile.rglob("*")):
        name = path.relative_to(profile).as_posix()
        if within in name and path.is_file() and not path.is_symlink():
            for content in contents(path):
                lines |= {f"{word!r} in {name}" for word, form in wanted if form in content}
    return sorted(lines)


def _forms(word: str) -> set[bytes]:
    encodings = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")
    return {word.encode(encoding, "replace") for encoding in encodings}


def contents(path: Path) -> Iterator[bytes]:
    """A file as it is, then everything in it that can be unpacked."""
    raw = path.read_bytes()
    yield raw
    for block in blocks(raw) if raw.endswith(TABLE_END) else [raw]:
        if block is not raw:
            yield block
        yield from _packed_values(block)


def _packed_values(raw: bytes) -> Iterator[bytes]:
    at = raw.find(PACKED_VALUE)
    while at >= 0:
        with suppress(NotSnappyError):  # these three bytes may be something else
            yield unsnappy(raw, at + len(PACKED_VALUE))
        at = raw.find(PACKED_VALUE, at + 1)


def blocks(table: bytes) -> Iterator[bytes]:
    """The data blocks of a LevelDB table (`.ldb`), unpacked, and their keys in full."""
    footer = len(table) - FOOTER_BYTES
    _, at = _handle(table, footer)
    index, _ = _handle(table, at)
    for _, value in _entries(_block(table, index)):
        handle, _ = _handle(value, 0)
        block = _block(table, handle)
        yield block
        yield b"\n".join(key for key, _ in _entries(block))


def _block(table: bytes, handle: tuple[int, int]) -> bytes:
    start, size = handle
    packed = table[start : start + size]
    return unsnappy(packed, 0) if table[start + size] == SNAPPY else packed


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """A block's keys and values. Of a key only what differs from the one before is written."""
    restarts = int.from_bytes(block[-4:], "little")
    at, end = 0, len(block) - 4 * (restarts + 1)
    key = b""
    while at < end:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        size, at = _varint(block, at)
        key = key[:shared] + block[at : at + own]
        yield key, block[at + own : at + own + size]
        at += own + size


def _handle(raw: bytes, at: int) -> tuple[tuple[int, int], int]:
    start, at = _varint(raw, at)
    size, at = _varint(raw, at)
    return (start, size), at


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(raw) and shift < 64:
        value |= (raw[at] & 0x7F) << shift
        if raw[at] < 0x80:
            return value, at + 1
        at, shift = at + 1, shift + 7
    raise NotSnappyError


def unsnappy(raw: bytes, at: int) -> bytes:
    """Unpacks a Snappy stream that begins at `at`, up to the length that it names."""
    length, at = _varint(raw, at)
    if length > MOST_BYTES:
        raise NotSnappyError
    out = bytearray()
    while len(out) < length:
        if at >= len(raw):
            raise NotSnappyError
        at = _literal(raw, at, out) if raw[at] & 3 == 0 else _copy(raw, at, out)
    if len(out) != length:
        raise NotSnappyError
    return bytes(out)


def _literal(raw: bytes, at: int, out: bytearray) -> int:
    size = raw[at] >> 2
    at += 1
    if size >= 60:
        width = size - 59
        size = int.from_bytes(raw[at : at + width], "little")
        at += width
    if at + size + 1 > len(raw):
        raise NotSnappyError
    out += raw[at : at + size + 1]
    return at + size + 1


def _copy(raw: bytes, at: int, out: bytearray) -> int:
    kind = raw[at] & 3
    if kind == 1:
        size, offset, after = (raw[at] >> 2 & 7) + 4, (raw[at] >> 5) << 8 | raw[at + 1], at + 2
    else:
        after = at + (3 if kind == 2 else 5)
        size, offset = (raw[at] >> 2) + 1, int.from_bytes(raw[at + 1 : after], "little")
    if not 0 < offset <= len(out) or after > len(raw):
        raise NotSnappyError
    for _ in range(size):
        out.append(out[-offset])
    return after
