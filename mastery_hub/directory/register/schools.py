"""Reads the schools register's file (GIAS) line by line into rows for the database. Knows no table but its own.

Columns are found by name, because their number and order change. A line becomes a row, is counted as outside England
or is rejected with its line number and a reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from mastery_hub.directory.enums import LARGEST_URN, EstablishmentStatus, PhaseOfEducation
from mastery_hub.directory.register import extract, values
from mastery_hub.directory.register.extract import Extract
from mastery_hub.directory.register.values import (
    NULL,
    Column,
    Parser,
    Unreadable,
    read_code,
    read_day,
    read_telephone,
    read_text,
    read_whole,
)

WELSH = "6"  # type group of schools in Wales, which the file holds too
FIELDS: dict[str, tuple[str, Parser]] = {  # the school's field: the file's column, and how it is read
    "urn": ("URN", read_whole(LARGEST_URN, needed=True)),
    "name": ("EstablishmentName", read_text(200, needed=True)),
    "authority_id": ("LA (code)", read_whole(32767, needed=True)),
    "district": ("DistrictAdministrative (name)", read_text(80)),
    "establishment_number": ("EstablishmentNumber", read_whole(32767)),
    "type_name": ("TypeOfEstablishment (name)", read_text(100)),
    "type_group": ("EstablishmentTypeGroup (code)", read_whole(32767, needed=True)),
    "status": ("EstablishmentStatus (code)", read_code(EstablishmentStatus)),
    "phase": ("PhaseOfEducation (code)", read_code(PhaseOfEducation)),
    "opened_on": ("OpenDate", read_day),
    "closed_on": ("CloseDate", read_day),
    "low_age": ("StatutoryLowAge", read_whole(32767)),
    "high_age": ("StatutoryHighAge", read_whole(32767)),
    "pupils": ("NumberOfPupils", read_whole()),
    "street": ("Street", read_text(200)),
    "locality": ("Locality", read_text(200)),
    "town": ("Town", read_text(100)),
    "county": ("County (name)", read_text(100)),
    "postcode": ("Postcode", read_text(10)),
    "website": ("SchoolWebsite", read_text(200)),
    "telephone": ("TelephoneNum", read_telephone),
    "head_title": ("HeadTitle (name)", read_text(40)),
    "head_first_name": ("HeadFirstName", read_text(80)),
    "head_last_name": ("HeadLastName", read_text(80)),
    "easting": ("Easting", read_whole()),
    "northing": ("Northing", read_whole()),
}
AUTHORITY_NAME, REGION = "LA (name)", "GOR (name)"
READER = b"".join(
    Path(each).read_bytes() for each in (__file__, extract.__file__, values.__file__)
)  # another code knows no line of this one's


class _England(dict[tuple[str, ...], bool]):
    """Whether a line is of England, by its cells of PLACE: one answer for all schools of an authority.

    By the authority where we know it (a closed school may lie in no region), else by the region.
    """

    PLACE = ("EstablishmentTypeGroup (code)", "LA (code)", AUTHORITY_NAME, REGION)

    def __init__(self, authorities: set[int], regions: set[str]) -> None:
        self.authorities, self.regions = {str(code) for code in authorities}, regions
        self.new_authorities: dict[int, tuple[str, str]] = {}
        self.type_group, self.code = (Column(*FIELDS[field]) for field in ("type_group", "authority_id"))

    def __missing__(self, cells: tuple[str, ...]) -> bool:
        answer = self[cells] = self._is_english(*cells)
        return answer

    def _is_english(self, type_group: str, authority: str, name: str, region: str) -> bool:
        if self.type_group[type_group] == WELSH:
            return False
        code = self.code[authority]
        if code in self.authorities:
            return True
        name, region = name.strip(), region.strip()
        if region not in self.regions:
            return False
        if not name:
            raise Unreadable(f"LA (code) {code} is unknown and {AUTHORITY_NAME} is empty")
        self.authorities.add(code)
        self.new_authorities[int(code)] = (name[:70], region)
        return True


@dataclass
class Reading:
    """One pass over the file. `rows()` may be taken once; the counts are complete when it has ended.

    `authorities` holds the codes known before and `regions` the English ones; an authority that is unknown but lies in
    an English region is new and gathers in `new_authorities` as `{code: (name, region)}`. `known` has the fingerprints
    of the lines that the schools were last read from, with their URNs: such a line is passed over. Raises DomainError
    `missing-columns`, `empty` or `unreadable`.
    """

    path: Path
    authorities: set[int]
    regions: set[str]
    known: dict[int, str] = field(default_factory=dict)
    progress: Callable[[int], None] = lambda read: None
    outside_england: int = 0

    def __post_init__(self) -> None:
        needed = [*(column for column, _ in FIELDS.values()), AUTHORITY_NAME, REGION]
        self.extract = Extract(self.path, needed, told=self.progress, reader=READER)
        self.columns = [Column(*field) for field in FIELDS.values()]
        self.cells = itemgetter(*(self.extract.places[column] for column, _ in FIELDS.values()))
        self.england = _England(self.authorities, self.regions)
        self.place = itemgetter(*(self.extract.places[column] for column in _England.PLACE))
        self.seen: set[str] = set()

    @property
    def new_authorities(self) -> dict[int, tuple[str, str]]:
        return self.england.new_authorities

    @property
    def schools(self) -> int:
        """English ones that can be read, whether they changed or not."""
        return len(self.seen)

    def rows(self) -> Iterator[list[str]]:
        """Values in the order of FIELDS and the line's fingerprint after them, in COPY's text format."""
        columns, cells, england, place, seen = self.columns, self.cells, self.england, self.place, self.seen
        for line, digest, told in self.extract.records(self._is_known):
            try:
                if not england[place(told)]:
                    self.outside_england += 1
                    continue
                row = [column[cell] for column, cell in zip(columns, cells(told), strict=False)]
            except Unreadable as error:
                self._reject(line, told, str(error))
                continue
            if row[0] in seen:
                self._reject(line, told, "URN is in the file twice")
                continue
            seen.add(row[0])
            row.append(str(digest) if digest else NULL)
            yield row

    def _is_known(self, digest: int) -> bool:
        urn = self.known.get(digest)
        if urn is None or urn in self.seen:
            return False
        self.seen.add(urn)
        return True

    def _reject(self, line: int, told: list[str], reason: str) -> None:
        self.extract.reject(line, told[self.extract.places["URN"]], reason)
