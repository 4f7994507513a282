"""The register's import: small fictional files written here, and real rows where they lie beside the project."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import LocalAuthority, Region, RegisterImport, School
from mastery_hub.directory.register.schools import FIELDS
from mastery_hub.directory.services.register import register_import
from tests.factories.directory import LocalAuthorityFactory, RegionFactory

pytestmark = pytest.mark.django_db
REAL = settings.BASE_DIR.parent / "shared" / "data"
LINE = {
    "URN": "900001",
    "LA (code)": "998",
    "LA (name)": "Fictionshire",
    "EstablishmentNumber": "2001",
    "EstablishmentName": "St. Ada’s Primary School",
    "TypeOfEstablishment (name)": "Community school",
    "EstablishmentTypeGroup (code)": "4",
    "EstablishmentStatus (code)": "1",
    "OpenDate": "01-09-1999",
    "CloseDate": "",
    "PhaseOfEducation (code)": "2",
    "StatutoryLowAge": "4",
    "StatutoryHighAge": "11",
    "NumberOfPupils": "210",
    "Street": "1 Sum Street",
    "Locality": "",
    "Town": "Fictionby",
    "County (name)": "",
    "Postcode": "ZZ1 1AA",
    "SchoolWebsite": "www.st-ada.example",
    "TelephoneNum": "1632960001",
    "HeadTitle (name)": "Ms",
    "HeadFirstName": "Ada",
    "HeadLastName": "Lovell",
    "GOR (name)": "North West",
    "DistrictAdministrative (name)": "Over Fiction",
    "Easting": "450000",
    "Northing": "250000",
    "Unused": "x",
}


@pytest.fixture
def fictionshire(db):
    return LocalAuthorityFactory(code=998, name="Fictionshire", region=RegionFactory(name="North West"))


@pytest.fixture
def someone(db):
    return get_user_model().objects.system()


@pytest.fixture
def bring(tmp_path, someone):
    """Imports lines that differ from LINE as told."""

    def bring(*lines: dict, encoding: str = "cp1252", without: str = "", swap=(b"", b""), **options) -> RegisterImport:
        heads = [head for head in LINE if head != without]
        text = io.StringIO()
        writer = csv.DictWriter(text, heads, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(LINE | line for line in lines)
        path = tmp_path / "extract.csv"
        path.write_bytes(text.getvalue().encode(encoding).replace(*swap))
        return register_import(path=path, by=someone, **options)

    return bring


def counts(made: RegisterImport) -> dict:
    names = ("rows", "created", "updated", "unchanged", "outside_england", "rejected")
    return {name: getattr(made, name) for name in names if getattr(made, name)}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_import_reads_every_field_in_any_encoding(fictionshire, bring, encoding):
    made = bring({}, encoding=encoding)

    school = School.objects.values(*FIELDS).get()
    assert counts(made) == {"rows": 1, "created": 1}
    assert school == {
        "urn": 900001,
        "name": "St. Ada’s Primary School",
        "authority_id": 998,
        "district": "Over Fiction",
        "establishment_number": 2001,
        "type_name": "Community school",
        "type_group": 4,
        "status": 1,
        "phase": 2,
        "opened_on": date(1999, 9, 1),
        "closed_on": None,
        "low_age": 4,
        "high_age": 11,
        "pupils": 210,
        "street": "1 Sum Street",
        "locality": "",
        "town": "Fictionby",
        "county": "",
        "postcode": "ZZ1 1AA",
        "website": "www.st-ada.example",
        "telephone": "01632960001",
        "head_title": "Ms",
        "head_first_name": "Ada",
        "head_last_name": "Lovell",
        "easting": 450000,
        "northing": 250000,
    }


@pytest.mark.parametrize("day", ["31-08-2019", "31/08/2019", "2019-08-31", " 31-8-2019 "])
def test_import_takes_padded_codes_and_dates_both_ways(fictionshire, bring, day):
    codes = {"LA (code)": "0998", "EstablishmentStatus (code)": "02", "PhaseOfEducation (code)": "02"}

    made = bring(codes | {"URN": "0900001", "CloseDate": day, "EstablishmentTypeGroup (code)": "04"})

    school = School.objects.get(urn=900001)
    assert counts(made) == {"rows": 1, "created": 1}
    assert (school.status, school.phase, school.type_group, school.closed_on) == (2, 2, 4, date(2019, 8, 31))


@pytest.mark.parametrize(
    ("line", "outside"),
    [
        ({}, False),
        ({"GOR (name)": "Not Applicable"}, False),  # a closed school of ours without a place
        ({"EstablishmentTypeGroup (code)": "6", "GOR (name)": "Wales (pseudo)", "LA (code)": "660"}, True),
        ({"EstablishmentTypeGroup (code)": "06"}, True),
        ({"GOR (name)": "Not Applicable", "LA (code)": "000", "LA (name)": "Does not apply"}, True),
        ({"GOR (name)": "Wales (pseudo)", "LA (code)": "668"}, True),
    ],
)
def test_import_leaves_out_what_is_outside_england(fictionshire, bring, line, outside):
    made = bring(line)

    assert counts(made) == {"rows": 1} | ({"outside_england": 1} if outside else {"created": 1})
    assert School.objects.count() == (0 if outside else 1)


def test_import_makes_an_english_authority_that_nobody_knew_and_says_so(fictionshire, bring):
    new = {"LA (code)": "999", "LA (name)": "New Fictionshire"}
    same_name = {"URN": "900002", "LA (code)": "997"}

    made = bring(new, same_name)

    assert made.new_authorities == ["Fictionshire (997)", "New Fictionshire"]
    assert counts(made) == {"rows": 2, "created": 2}
    assert LocalAuthority.objects.get(code=999).region == Region.objects.get(name="North West")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"URN": "x1"}, "URN is “x1”, not a whole number up to 999999"),
        ({"URN": "9" * 5000}, "URN is “99999999999999999999”, not a whole number up to 999999"),
        ({"URN": "1000000"}, "URN is “1000000”, not a whole number up to 999999"),  # no school that was typed in
        ({"URN": ""}, "URN is empty"),
        ({"EstablishmentName": " "}, "EstablishmentName is empty"),
        ({"EstablishmentName": "x" * 201}, "EstablishmentName is longer than 200 characters"),
        ({"LA (code)": ""}, "LA (code) is empty"),
        ({"LA (code)": "999", "LA (name)": ""}, "LA (code) 999 is unknown and LA (name) is empty"),
        ({"OpenDate": "31-02-2020"}, "OpenDate is “31-02-2020”, not a date such as 31-08-2019"),
        ({"CloseDate": "2020"}, "CloseDate is “2020”, not a date such as 31-08-2019"),
        ({"CloseDate": "31-08-19"}, "CloseDate is “31-08-19”, not a date such as 31-08-2019"),
        ({"CloseDate": "08-31-2019"}, "CloseDate is “08-31-2019”, not a date such as 31-08-2019"),
        ({"EstablishmentStatus (code)": "9"}, "EstablishmentStatus (code) is “9”, no code of the register"),
        ({"PhaseOfEducation (code)": ""}, "PhaseOfEducation (code) is empty"),
        ({"NumberOfPupils": "-5"}, "NumberOfPupils is “-5”, not a whole number up to 2147483647"),
        ({"StatutoryLowAge": "40000"}, "StatutoryLowAge is “40000”, not a whole number up to 32767"),
    ],
)  # fmt: skip
def test_import_rejects_a_line_with_its_number_and_reason(fictionshire, bring, line, reason):
    good = {"URN": "900002", "Street": "Old Hall\r\nSum Street"}  # two lines of the file, one of the register

    made = bring(good, line, {"URN": "900003"})

    assert made.rejections == [(4, (LINE | line)["URN"][:20], reason)]
    assert counts(made) == {"rows": 3, "created": 2, "rejected": 1}
    assert set(School.objects.values_list("urn", "street")) == {
        (900002, "Old Hall Sum Street"),
        (900003, "1 Sum Street"),
    }


def test_import_rejects_a_school_that_is_in_the_file_twice(fictionshire, bring):
    made = bring({}, {"EstablishmentName": "Another"})

    assert made.rejections == [(3, "900001", "URN is in the file twice")]
    assert School.objects.get().name == "St. Ada’s Primary School"


def test_import_rejects_a_line_that_is_cut_off(fictionshire, bring, tmp_path, someone):
    bring({})
    path = tmp_path / "extract.csv"
    path.write_bytes(path.read_bytes() + b"900002,998,Fiction\r\n\r\n")

    made = register_import(path=path, by=someone)

    assert made.rejections == [(3, "", f"The line has 3 columns, where the first names {len(LINE)}")]
    assert counts(made) == {"rows": 2, "unchanged": 1, "rejected": 1}


def test_import_says_how_far_a_lost_quotation_mark_reaches(fictionshire, bring):
    made = bring({}, {"URN": "900002", "Locality": "LOST"}, {"URN": "900003"}, {"URN": "900004"})
    assert counts(made) == {"rows": 4, "created": 4}

    made = bring(
        {},
        {"URN": "900002", "Locality": "LOST"},
        {"URN": "900003"},
        {"URN": "900004"},
        swap=(b"LOST", b'"LOST'),
        forced=True,
    )

    reason = f"The line has 16 columns, where the first names {len(LINE)}; it runs on to line 5: "
    assert made.rejections == [(3, "", reason + "a quotation mark may be missing")]
    assert counts(made) == {"rows": 2, "unchanged": 1, "rejected": 1}


def test_import_keeps_every_odd_character(fictionshire, bring):
    name = "A\\B\\N “quoted”, with\ttab \N{LATIN SMALL LETTER E WITH ACUTE}"

    bring({"EstablishmentName": name, "Locality": "\\N", "County (name)": "a\0b"}, encoding="utf-8")

    school = School.objects.get()
    assert (school.name, school.locality, school.county) == (name.replace("\t", " "), "\\N", "ab")


@pytest.mark.parametrize("column", [*(column for column, _ in FIELDS.values()), "LA (name)", "GOR (name)"])
def test_import_refuses_a_file_without_a_needed_column(fictionshire, bring, column):
    with pytest.raises(DomainError) as refused:
        bring({}, without=column)

    assert (refused.value.code, refused.value.message) == (
        "missing-columns",
        f"The file has no column {column}. Nothing was imported.",
    )
    run = RegisterImport.objects.get()
    assert (run.status, run.refusal, run.reason) == ("refused", "missing-columns", refused.value.message)
    assert School.objects.count() == 0


def test_all_columns_that_lack_are_named(fictionshire, bring):
    with pytest.raises(DomainError) as refused:
        bring({}, swap=(b"Town,County (name),Postcode", b"A,County (name),B"))

    assert refused.value.message == "The file has no columns Town and Postcode. Nothing was imported."


def test_import_does_without_columns_that_nobody_needs(fictionshire, bring):
    assert counts(bring({}, without="Unused")) == {"rows": 1, "created": 1}


def test_import_takes_columns_in_any_order_and_passes_over_new_ones(fictionshire, someone, tmp_path):
    path = tmp_path / "extract.csv"
    line = {"AccreditationExpiryDate": "31-12-2030", **dict(reversed(LINE.items())), "FSM": "12"}
    path.write_text(f"{','.join(line)}\n{','.join(line.values())}\n", encoding="cp1252")

    made = register_import(path=path, by=someone)

    assert counts(made) == {"rows": 1, "created": 1}
    assert School.objects.values_list("urn", "name", "opened_on", "closed_on").get() == (
        900001, "St. Ada’s Primary School", date(1999, 9, 1), None,
    )  # fmt: skip


def test_import_refuses_a_file_that_is_no_csv_and_keeps_nothing(fictionshire, bring, tmp_path, someone):
    bring({})
    path = tmp_path / "extract.csv"
    path.write_bytes(path.read_bytes().replace(b"900001", b"900002") + b'"' + b"x" * 200_000)

    with pytest.raises(DomainError, match="Line 3 cannot be read") as refused:
        register_import(path=path, by=someone)

    assert refused.value.code == "unreadable"
    assert School.objects.filter(urn=900002).count() == 0


def test_command_prints_the_counts_and_the_first_rejections(fictionshire, bring, tmp_path):
    bring({}, *[{"URN": f"x{n}"} for n in range(25)], {"URN": "900002", "LA (code)": "999", "LA (name)": "New"})
    out = io.StringIO()

    call_command("import_schools", str(tmp_path / "extract.csv"), stdout=out)

    lines = out.getvalue().splitlines()
    assert lines[:7] == [
        "Rows                 27",
        "Created               0",
        "Updated               0",
        "Of them closed        0",
        "Unchanged             2",
        "Outside England       0",
        "Rejected             25",
    ]
    assert lines[7] == "Line 3 (URN x0): URN is “x0”, not a whole number up to 999999"
    assert lines[-1] == "… and 5 more: see the import's page."
    assert RegisterImport.objects.first().by.is_system


def test_command_refuses_what_is_not_there(db, tmp_path):
    with pytest.raises(CommandError, match=r"There is no file .*missing\.csv"):
        call_command("import_schools", str(tmp_path / "missing.csv"))

    (tmp_path / "empty.csv").touch()
    with pytest.raises(CommandError, match="The file has no columns URN, EstablishmentName"):
        call_command("import_schools", str(tmp_path / "empty.csv"))


def real(name: str) -> Path:
    if not (REAL / name).is_file():
        pytest.skip(f"{name} is not beside the project (shared/data)")
    return REAL / name


def test_import_of_the_real_sample(directory, someone):
    made = register_import(path=real("gias_sample_2021.csv"), by=someone)

    assert counts(made) == {"rows": 99, "created": 48, "outside_england": 51}
    assert School.objects.open().count() == 42
    assert counts(register_import(path=real("gias_sample_2021.csv"), by=someone)) == {
        "rows": 99, "unchanged": 48, "outside_england": 51,
    }  # fmt: skip


def test_import_of_the_real_subset_with_the_columns_of_2025(directory, someone):
    register_import(path=real("gias_sample_2021.csv"), by=someone)

    made = register_import(path=real("gias_subset_2025.csv"), by=someone, forced=True)

    assert counts(made) == {"rows": 8, "created": 5, "updated": 1, "unchanged": 1, "outside_england": 1}
    assert made.new_authorities == []
    assert dict(School.objects.filter(urn__gt=100100).values_list("urn", "status")) == {
        101173: 1, 101077: 2, 137666: 1, 124087: 1, 126370: 3,
    }  # fmt: skip
