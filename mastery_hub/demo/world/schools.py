"""A register of schools that do not exist, in the official extract's format (GIAS), so that the real import reads it.

Their numbers, web addresses, telephones and the last letters of their postcodes are such as nobody has.
"""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random

from mastery_hub.demo.world import names
from mastery_hub.directory import reference

DATA = Path(__file__).parent.parent / "data"
SCHOOLS_A_SHARE = 2.5
FIRST_URN = 900001  # the register itself has not come to 200000
LARKMOOR, BECKSIDE, HAWKSTONE = range(FIRST_URN, FIRST_URN + 3)
FIXED = {  # where the demo's people work, all three in Halifax
    LARKMOOR: ("Larkmoor Primary School", names.Person("Mrs", "Margaret", "Ellingham")),
    BECKSIDE: ("Beckside Primary School", names.Person("Mr", "Peter", "Oldroyd")),
    HAWKSTONE: ("Hawkstone Primary School", names.Person("Ms", "Nadia", "Rahman")),
}
HALIFAX = "381"
UNUSED_LETTERS = "CIKMOV"  # no postcode ends in them
STREETS = ("School Lane", "Church Road", "Mill Street", "Station Road", "Park Avenue", "The Green", "Moor View")
OPEN, CLOSED = (1, "Open"), (2, "Closed")
CLOSING, PROPOSED = (3, "Open, but proposed to close"), (4, "Proposed to open")
Row = dict[str, object]


def register_write(path: Path, today: date, *, schools_a_share: float = SCHOOLS_A_SHARE) -> int:
    """Writes the extract as the register publishes it (Windows-1252); returns how many schools it has."""
    rows = list(_rows(Random("schools"), today, schools_a_share))
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rows(draw: Random, today: date, schools_a_share: float) -> Iterator[Row]:
    authorities = {row["code"]: row for row in _read(reference.DATA / "authorities.csv")}
    kinds, places = _read(DATA / "school_kinds.csv"), _read(DATA / "places.csv")
    villages = names.places(draw)
    school = partial(_school, draw, today)
    halifax = next(place for place in places if place["code"] == HALIFAX)
    for urn, (name, head) in FIXED.items():
        yield school(urn, name, kinds[0], halifax, authorities[HALIFAX], OPEN, head)
    urn = HAWKSTONE
    for place in places:
        for _ in range(round(int(place["share"]) * schools_a_share)):
            urn += 1
            kind = draw.choices(kinds, [int(kind["share"]) for kind in kinds])[0]
            village = villages[urn % len(villages)]
            saint = f"{draw.choice(names.SAINTS)} {kind['name']}, {village}"
            name = saint if kind["saint"] else f"{village} {kind['name']}"
            status = draw.choices((OPEN, CLOSED, CLOSING, PROPOSED), (940, 45, 10, 5))[0]
            yield school(urn, name, kind, place, authorities[place["code"]], status, names.person(draw))


def _school(
    draw: Random,
    today: date,
    urn: int,
    name: str,
    kind: dict[str, str],
    place: dict[str, str],
    authority: dict[str, str],
    status: tuple[int, str],
    head: names.Person,
) -> Row:
    lives = status in (OPEN, CLOSING)
    return {
        "URN": urn,
        "LA (code)": place["code"],
        "LA (name)": authority["name"],
        "EstablishmentNumber": 2000 + urn % 6000,
        "EstablishmentName": name,
        "TypeOfEstablishment (code)": kind["type"],
        "TypeOfEstablishment (name)": kind["type_name"],
        "EstablishmentTypeGroup (code)": kind["group"],
        "EstablishmentTypeGroup (name)": kind["group_name"],
        "EstablishmentStatus (code)": status[0],
        "EstablishmentStatus (name)": status[1],
        "OpenDate": "" if status == PROPOSED else _day(today - timedelta(days=draw.randint(4000, 20000))),
        "CloseDate": _day(today - timedelta(days=draw.randint(30, 3500))) if status == CLOSED else "",
        "PhaseOfEducation (code)": kind["phase"],
        "PhaseOfEducation (name)": kind["phase_name"],
        "StatutoryLowAge": kind["low_age"],
        "StatutoryHighAge": kind["high_age"],
        "NumberOfPupils": draw.randint(int(kind["fewest"]), int(kind["most"])) if lives else "",
        **_address(draw, urn, name, place),
        "HeadTitle (name)": head.title if lives else "",
        "HeadFirstName": head.first_name if lives else "",
        "HeadLastName": head.last_name if lives else "",
        "GOR (name)": authority["region"],
        "DistrictAdministrative (name)": place["district"] or authority["name"],
        "Easting": int(draw.gauss(int(place["easting"]), int(place["spread"]))),
        "Northing": int(draw.gauss(int(place["northing"]), int(place["spread"]))),
    }


def _address(draw: Random, urn: int, name: str, place: dict[str, str]) -> Row:
    unit = f"{draw.randint(1, 9)}{draw.choice(UNUSED_LETTERS)}{draw.choice(UNUSED_LETTERS)}"
    site = "".join(letter for letter in name.lower().replace(" ", "-") if letter.isalnum() or letter == "-")
    return {
        "Street": draw.choice(STREETS),
        "Locality": "",
        "Town": place["town"],
        "County (name)": "",
        "Postcode": f"{place['postcode_area']}{draw.randint(1, 20)} {unit}",
        "SchoolWebsite": f"www.{site}.example",
        "TelephoneNum": f"01632 960{urn % 1000:03d}",
    }


def _day(value: date) -> str:
    return f"{value:%d-%m-%Y}"
