"""Reads the schools register's file (GIAS) line by line into rows for the database. Knows no table but its own.

Columns are found by name, because their number and order change. A line becomes a `Row`, is counted as outside England
or is rejected with its line number and a reason; nothing is dropped in silence.
"""

import codecs
import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TextIO

from mastery_hub.common.errors import DomainError
from mastery_hub.directory.enums import LARGEST_URN, EstablishmentStatus, PhaseOfEducation

CHUNK = 1 << 20
WELSH = 6  # type group of schools in Wales, which the file holds too
Parser = Callable[[str], str | None]


class Unreadable(ValueError):
    """What is wrong with one value, said after its column's name."""


def _text(longest: int, needed: bool = False) -> Parser:
    def parse(value: str) -> str:
        if value[:1] == " " or value[-1:] == " " or "  " in value or not value.isprintable():
            value = " ".join(value.split())
        if needed and not value:
            raise Unreadable("is empty")
        if len(value) > longest:
            raise Unreadable(f"is longer than {longest} characters")
        return value

    return parse


def _whole(largest: int = 2**31 - 1, needed: bool = False) -> Parser:
    """Whole numbers, zero-padded or not: `007` is 7."""

    def parse(value: str) -> str | None:
        value = value.strip()
        if not value and not needed:
            return None
        if not value:
            raise Unreadable("is empty")
        if len(value) > 10 or not (value.isascii() and value.isdigit()) or int(value) > largest:
            raise Unreadable(f"is “{value:.20}”, not a whole number up to {largest}")
        return str(int(value))

    return parse


def _code(known: type[EstablishmentStatus] | type[PhaseOfEducation]) -> Parser:
    codes = {str(code) for code in known.values}
    whole = _whole(needed=True)

    def parse(value: str) -> str | None:
        code = whole(value)
        if code not in codes:
            raise Unreadable(f"is “{code}”, no code of the register")
        return code

    return parse


def _day(value: str) -> str | None:
    """`31-08-2019`, or `31/08/2019` in copies."""
    value = value.strip()
    if not value:
        return None
    try:
        day, month, year = value.replace("/", "-").split("-")
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise Unreadable(f"is “{value:.20}”, not a date such as 31-08-2019") from None


def _telephone(value: str) -> str | None:
    """Spreadsheets take away the zero that every number here begins with."""
    number = _text(30)(value)
    return f"0{number}" if number and len(number) == 10 and number.isdigit() and number[0] != "0" else number


FIELDS: dict[str, tuple[str, Parser]] = {  # the school's field: the file's column, and how it is read
    "urn": ("URN", _whole(LARGEST_URN, needed=True)),
    "name": ("EstablishmentName", _text(200, needed=True)),
    "authority_id": ("LA (code)", _whole(32767, needed=True)),
    "district": ("DistrictAdministrative (name)", _text(80)),
    "establishment_number": ("EstablishmentNumber", _whole(32767)),
    "type_name": ("TypeOfEstablishment (name)", _text(100)),
    "type_group": ("EstablishmentTypeGroup (code)", _whole(32767, needed=True)),
    "status": ("EstablishmentStatus (code)", _code(EstablishmentStatus)),
    "phase": ("PhaseOfEducation (code)", _code(PhaseOfEducation)),
    "opened_on": ("OpenDate", _day),
    "closed_on": ("CloseDate", _day),
    "low_age": ("StatutoryLowAge", _whole(32767)),
    "high_age": ("StatutoryHighAge", _whole(32767)),
    "pupils": ("NumberOfPupils", _whole()),
    "street": ("Street", _text(200)),
    "locality": ("Locality", _text(200)),
    "town": ("Town", _text(100)),
    "county": ("County (name)", _text(100)),
    "postcode": ("Postcode", _text(10)),
    "website": ("SchoolWebsite", _text(200)),
    "telephone": ("TelephoneNum", _telephone),
    "head_title": ("HeadTitle (name)", _text(40)),
    "head_first_name": ("HeadFirstName", _text(80)),
    "head_last_name": ("HeadLastName", _text(80)),
    "easting": ("Easting", _whole()),
    "northing": ("Northing", _whole()),
}
AUTHORITY_NAME, REGION = "LA (name)", "GOR (name)"


class _Column(dict[str, str | None]):
    """One column's values as read: most columns repeat a few, and 50,000 lines of 26 are 1,300,000 values to parse."""

    KEPT = 5_000

    def __init__(self, name: str, parse: Parser) -> None:
        self.name, self.parse = name, parse

    def __missing__(self, value: str) -> str | None:
        try:
            parsed = self.parse(value)
        except Unreadable as error:
            raise Unreadable(f"{self.name} {error}") from None
        if len(self) < self.KEPT:
            self[value] = parsed
        return parsed


@dataclass
class Reading:
    """One pass over the file. `rows()` may be taken once; counts and `failure` are complete when it has ended.

    `authorities` holds the codes known before and `regions` the English ones; an authority that is unknown but lies in
    an English region is new and gathers in `new_authorities` as `{code: (name, region)}`. Raises DomainError
    `missing-columns` at once; one that a reader in the midst of COPY may not raise waits in `failure`.
    """

    path: Path
    authorities: set[int]
    regions: set[str]
    count: int = 0
    outside_england: int = 0
    rejections: list[tuple[int, str, str]] = field(default_factory=list)
    new_authorities: dict[int, tuple[str, str]] = field(default_factory=dict)
    failure: DomainError | None = None

    def __post_init__(self) -> None:
        self.checksum, self.encoding = _look_over(self.path)
        with self._open() as file:
            heads = [head.strip() for head in next(csv.reader(file), [])]
        self.width, self.places = len(heads), _places(heads)
        self.columns = {field: _Column(*told) for field, told in FIELDS.items()}
        self.cells = [(self.columns[field], self.places[name]) for field, (name, _) in FIELDS.items()]
        self.seen: set[str | None] = set()

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, errors="replace", newline="")

    def rows(self) -> Iterator[list[str | None]]:
        """Values in the order of FIELDS."""
        with self._open() as file:
            reader = csv.reader(line.replace("\0", "") for line in file)
            line = 0
            try:
                next(reader)
                line = reader.line_num + 1
                for values in reader:
                    row = self._row(line, values) if values else None
                    if row:
                        yield row
                    line = reader.line_num + 1
            except csv.Error as error:
                self.failure = DomainError(f"Line {line} cannot be read ({error}). Nothing was imported.", "unreadable")

    def _row(self, line: int, values: list[str]) -> list[str | None] | None:
        self.count += 1
        if len(values) != self.width:
            self._reject(line, "", f"The line has {len(values)} columns, where the first names {self.width}")
            return None
        urn = values[self.places["URN"]].strip()
        try:
            if not self._is_english(values):
                self.outside_england += 1
                return None
            row = [column[values[place]] for column, place in self.cells]
        except Unreadable as error:
            self._reject(line, urn, str(error))
            return None
        if row[0] in self.seen:
            self._reject(line, urn, "URN is in the file twice")
            return None
        self.seen.add(row[0])
        return row

    def _reject(self, line: int, urn: str, reason: str) -> None:
        self.rejections.append((line, urn[:20], reason))

    def _number(self, field: str, values: list[str]) -> int:
        column = self.columns[field]
        return int(column[values[self.places[column.name]]] or 0)

    def _is_english(self, values: list[str]) -> bool:
        """By the authority where we know it (a closed school may lie in no region), else by the region."""
        if self._number("type_group", values) == WELSH:
            return False
        code = self._number("authority_id", values)
        if code in self.authorities or code in self.new_authorities:
            return True
        name, region = values[self.places[AUTHORITY_NAME]].strip(), values[self.places[REGION]].strip()
        if region not in self.regions:
            return False
        if not name:
            raise Unreadable(f"LA (code) {code} is unknown and {AUTHORITY_NAME} is empty")
        self.new_authorities[code] = (name[:70], region)
        return True


def _places(heads: list[str]) -> dict[str, int]:
    needed = [*(column for column, _ in FIELDS.values()), AUTHORITY_NAME, REGION]
    missing = [column for column in needed if column not in heads]
    if missing:
        raise DomainError(f"The file has no column {', '.join(missing)}. Nothing was imported.", "missing-columns")
    return {column: heads.index(column) for column in needed}


def _look_over(path: Path) -> tuple[str, str]:
    """The file's SHA-256, and whether it is UTF-8 (with or without a byte order mark) or the register's own cp1252."""
    digest, decoder, encoding = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), "utf-8-sig"
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            if encoding == "utf-8-sig":
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    encoding = "cp1252"
    return digest.hexdigest(), encoding
