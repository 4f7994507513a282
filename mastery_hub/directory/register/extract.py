"""One of the register's CSV files, whatever it holds: its columns by name, its lines with their numbers.

Nothing is dropped in silence: a line is read, passed over because nothing in it changed, or rejected with a reason.
"""

import codecs
import csv
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from django.template.defaultfilters import pluralize
from django.utils.text import get_text_list

from mastery_hub.common.errors import DomainError

CHUNK = 1 << 20
TOLD_EVERY = 500  # lines
Rejection = tuple[int, str, str]  # line, URN, reason


class Extract:
    """Raises DomainError at once for what a look at the first line shows: `missing-columns`, `unreadable`."""

    def __init__(self, path: Path, needed: list[str], *, told: Callable[[int], None], reader: bytes = b"") -> None:
        """`told` hears how many bytes are read; `reader` names who reads: another one makes other fingerprints."""
        self.path, self.told, self.reader = path, told, reader
        self.count, self.rejections = 0, list[Rejection]()
        self._line, self._digest, self._in_record = 1, 0, False
        self.size = path.stat().st_size
        self.checksum, self.encoding = _look_over(path)
        with path.open("rb") as file:
            self._head = file.readline()
        heads = next(self._records(iter([self._decoded(self._head.removeprefix(codecs.BOM_UTF8))])), [])
        self.width, self.places = len(heads), _places([head.strip() for head in heads], needed)

    def records(self, is_known: Callable[[int], bool] = lambda digest: False) -> Iterator[tuple[int, int, list[str]]]:
        """Number, fingerprint and values of each line, but for those whose fingerprint `is_known`.

        A record that runs over several lines has the fingerprint 0, which nobody remembers. To be taken once.
        """
        for values in self._records(self._lines(is_known)):
            if values:
                self.count += 1
                if len(values) == self.width:
                    yield self._line, self._digest, values
                else:
                    self._reject_width(values)
            self._in_record = False
        self.told(self.size)
        if not self.count:
            raise DomainError("The file holds nothing below its first line. Nothing was imported.", "empty")

    def reject(self, line: int, urn: str, reason: str) -> None:
        self.rejections.append((line, urn.strip()[:20], reason))

    def _records(self, lines: Iterator[str]) -> Iterator[list[str]]:
        try:
            yield from csv.reader(lines)
        except csv.Error as error:
            raise DomainError(
                f"Line {self._line} cannot be read ({error}). Nothing was imported.", "unreadable"
            ) from error

    def _lines(self, is_known: Callable[[int], bool]) -> Iterator[str]:
        """Decoded lines for the CSV reader, which asks for another in the midst of a record that is not complete."""
        seed = hashlib.blake2b(self.reader + self.encoding.encode() + self._head, digest_size=8)
        with self.path.open("rb") as file:
            read = len(file.readline())
            for self._last, raw in enumerate(file, 2):
                read += len(raw)
                if not self._last % TOLD_EVERY:
                    self.told(read)
                if self._in_record:
                    self._digest = 0
                else:
                    fingerprint = seed.copy()
                    fingerprint.update(raw)
                    self._digest = int.from_bytes(fingerprint.digest(), "big", signed=True)
                    if is_known(self._digest):
                        self.count += 1
                        continue
                    self._line, self._in_record = self._last, True
                yield self._decoded(raw)

    def _decoded(self, raw: bytes) -> str:
        return (raw.replace(b"\0", b"") if b"\0" in raw else raw).decode(self.encoding, "replace")

    def _reject_width(self, values: list[str]) -> None:
        reason = f"The line has {len(values)} columns, where the first names {self.width}"
        if self._last > self._line:
            reason += f"; it runs on to line {self._last}: a quotation mark may be missing"
        self.reject(self._line, "", reason)


def _places(heads: list[str], needed: list[str]) -> dict[str, int]:
    missing = [column for column in needed if column not in heads]
    if missing:
        columns = f"column{pluralize(missing)} {get_text_list(missing, 'and')}"
        raise DomainError(f"The file has no {columns}. Nothing was imported.", "missing-columns")
    return {column: heads.index(column) for column in needed}


def _look_over(path: Path) -> tuple[str, str]:
    """The file's SHA-256, and whether it is UTF-8 (with or without a byte order mark) or the register's own cp1252."""
    digest, decoder, encoding = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), "utf-8"
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            if encoding == "utf-8":
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    encoding = "cp1252"
    return digest.hexdigest(), encoding
