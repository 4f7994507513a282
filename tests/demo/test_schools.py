import csv
import re
from datetime import date
from random import Random

from mastery_hub.demo.world import names
from mastery_hub.demo.world.schools import FIRST_URN, LARKMOOR, register_write
from mastery_hub.directory.register.schools import FIELDS

TODAY = date(2026, 11, 22)


def register(path):
    with path.open(encoding="cp1252", newline="") as file:
        return list(csv.DictReader(file))


def test_register_write_is_the_same_every_time(tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"

    count = register_write(first, TODAY)
    register_write(second, TODAY)

    assert first.read_bytes() == second.read_bytes()
    assert count == len(register(first)) == 2025


def test_register_has_the_official_columns_and_no_school_twice(tmp_path):
    register_write(tmp_path / "schools.csv", TODAY)
    rows = register(tmp_path / "schools.csv")

    assert {column for column, _ in FIELDS.values()} <= rows[0].keys()
    assert sorted(int(row["URN"]) for row in rows) == list(range(FIRST_URN, FIRST_URN + len(rows)))
    assert len({(row["EstablishmentName"], row["Town"]) for row in rows}) == len(rows)


def test_schools_are_nobodys(tmp_path):
    """Postcodes never end in C, I, K, M, O or V; 01632 960 is kept free for fiction, and so is .example."""
    register_write(tmp_path / "schools.csv", TODAY)
    rows = register(tmp_path / "schools.csv")

    assert [row for row in rows if not re.fullmatch(r"[A-Z]{1,2}\d{1,2} \d[CIKMOV]{2}", row["Postcode"])] == []
    assert [row for row in rows if not re.fullmatch(r"01632 960\d{3}", row["TelephoneNum"])] == []
    assert [row for row in rows if not re.fullmatch(r"www\.[a-z-]+\.example", row["SchoolWebsite"])] == []


def test_schools_lie_in_england_and_are_mostly_primary(tmp_path):
    register_write(tmp_path / "schools.csv", TODAY)
    rows = register(tmp_path / "schools.csv")

    places = [(int(row["Easting"]), int(row["Northing"])) for row in rows]
    outside = [place for place in places if not (80_000 < place[0] < 656_000 and 5_000 < place[1] < 657_000)]
    primary = [row for row in rows if row["PhaseOfEducation (name)"] == "Primary"]
    closed = [row for row in rows if row["EstablishmentStatus (name)"] == "Closed"]
    assert outside == []
    assert 0.7 < len(primary) / len(rows) < 0.85
    assert closed
    assert [row for row in closed if not row["CloseDate"] or row["HeadLastName"]] == []


def test_larkmoor_is_the_personas_school(tmp_path):
    register_write(tmp_path / "schools.csv", TODAY, schools_a_share=0)
    row = register(tmp_path / "schools.csv")[0]

    assert (row["URN"], row["EstablishmentName"], row["HeadFirstName"], row["HeadLastName"], row["Town"]) == (
        str(LARKMOOR), "Larkmoor Primary School", "Margaret", "Ellingham", "Halifax",
    )  # fmt: skip


def test_names_places_are_all_different():
    places = names.places(Random(1))

    assert len(set(places)) == len(places) > 2000
