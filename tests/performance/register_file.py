"""The register's file at full size: 50,000 lines of all 139 columns, fictional, as wide as the real one (1,100 bytes).

The columns that nobody here reads are filled as the register fills them: most say the same few things on every line.
"""

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random

from mastery_hub.demo.world.schools import SCHOOLS_A_SHARE, register_write

COLUMNS = """
URN | LA (code) | LA (name) | EstablishmentNumber | EstablishmentName | TypeOfEstablishment (code) |
TypeOfEstablishment (name) | EstablishmentTypeGroup (code) | EstablishmentTypeGroup (name) |
EstablishmentStatus (code) | EstablishmentStatus (name) | ReasonEstablishmentOpened (code) |
ReasonEstablishmentOpened (name) | OpenDate | ReasonEstablishmentClosed (code) | ReasonEstablishmentClosed (name) |
CloseDate | PhaseOfEducation (code) | PhaseOfEducation (name) | StatutoryLowAge | StatutoryHighAge | Boarders (code) |
Boarders (name) | NurseryProvision (name) | OfficialSixthForm (code) | OfficialSixthForm (name) | Gender (code) |
Gender (name) | ReligiousCharacter (code) | ReligiousCharacter (name) | ReligiousEthos (name) | Diocese (code) |
Diocese (name) | AdmissionsPolicy (code) | AdmissionsPolicy (name) | SchoolCapacity | SpecialClasses (code) |
SpecialClasses (name) | CensusDate | NumberOfPupils | NumberOfBoys | NumberOfGirls | PercentageFSM |
TrustSchoolFlag (code) | TrustSchoolFlag (name) | Trusts (code) | Trusts (name) | SchoolSponsorFlag (name) |
SchoolSponsors (name) | FederationFlag (name) | Federations (code) | Federations (name) | UKPRN | FEHEIdentifier |
FurtherEducationType (name) | OfstedLastInsp | OfstedSpecialMeasures (code) | OfstedSpecialMeasures (name) |
LastChangedDate | Street | Locality | Address3 | Town | County (name) | Postcode | SchoolWebsite | TelephoneNum |
HeadTitle (name) | HeadFirstName | HeadLastName | HeadPreferredJobTitle | BSOInspectorateName (name) |
InspectorateReport | DateOfLastInspectionVisit | NextInspectionVisit | TeenMoth (name) | TeenMothPlaces | CCF (name) |
SENPRU (name) | EBD (name) | PlacesPRU | FTProv (name) | EdByOther (name) | Section41Approved (name) | SEN1 (name) |
SEN2 (name) | SEN3 (name) | SEN4 (name) | SEN5 (name) | SEN6 (name) | SEN7 (name) | SEN8 (name) | SEN9 (name) |
SEN10 (name) | SEN11 (name) | SEN12 (name) | SEN13 (name) | TypeOfResourcedProvision (name) | ResourcedProvisionOnRoll
| ResourcedProvisionCapacity | SenUnitOnRoll | SenUnitCapacity | GOR (code) | GOR (name) |
DistrictAdministrative (code) | DistrictAdministrative (name) | AdministrativeWard (code) | AdministrativeWard (name)
| ParliamentaryConstituency (code) | ParliamentaryConstituency (name) | UrbanRural (code) | UrbanRural (name) |
GSSLACode (name) | Easting | Northing | CensusAreaStatisticWard (name) | MSOA (name) | LSOA (name) |
InspectorateName (name) | SENStat | SENNoStat | BoardingEstablishment (name) | PropsName | PreviousLA (code) |
PreviousLA (name) | PreviousEstablishmentNumber | OfstedRating (name) | RSCRegion (name) | Country (name) | UPRN |
SiteName | QABName (code) | QABName (name) | EstablishmentAccredited (code) | EstablishmentAccredited (name) |
QABReport | CHNumber | MSOA (code) | LSOA (code)
"""
NAMES = [name.strip() for name in COLUMNS.replace("\n", " ").split("|")]
SAME = {  # on every line
    "ReasonEstablishmentOpened (code)": "0",
    "ReasonEstablishmentOpened (name)": "Not applicable",
    "Boarders (code)": "1",
    "Boarders (name)": "No boarders",
    "Gender (code)": "3",
    "Gender (name)": "Mixed",
    "AdmissionsPolicy (code)": "0",
    "AdmissionsPolicy (name)": "Not applicable",
    "SpecialClasses (code)": "2",
    "SpecialClasses (name)": "No Special Classes",
    "CensusDate": "16-01-2027",
    "TrustSchoolFlag (code)": "0",
    "TrustSchoolFlag (name)": "Not applicable",
    "SchoolSponsorFlag (name)": "Not applicable",
    "FederationFlag (name)": "Not under a federation",
    "FurtherEducationType (name)": "Not applicable",
    "OfstedSpecialMeasures (code)": "0",
    "OfstedSpecialMeasures (name)": "Not applicable",
    "HeadPreferredJobTitle": "Headteacher",
    "BSOInspectorateName (name)": "Not applicable",
    "TeenMoth (name)": "Not applicable",
    "CCF (name)": "Not applicable",
    "SENPRU (name)": "Not applicable",
    "EBD (name)": "Not applicable",
    "EdByOther (name)": "Not applicable",
    "Section41Approved (name)": "Not applicable",
    "PreviousLA (code)": "999",
    "QABName (code)": "0",
    "QABName (name)": "Not applicable",
    "EstablishmentAccredited (code)": "0",
    "EstablishmentAccredited (name)": "Not applicable",
    "GOR (code)": "H",
    "UrbanRural (code)": "A1",
    "UrbanRural (name)": "(England/Wales) Urban major conurbation",
}
ONE_OF = {
    "ReasonEstablishmentClosed (name)": ("Not applicable", "Result of Amalgamation/Merger", "Closure"),
    "NurseryProvision (name)": ("Has Nursery Classes", "No Nursery Classes", "Not applicable"),
    "OfficialSixthForm (name)": ("Does not have a sixth form", "Not applicable", "Has a sixth form"),
    "ReligiousCharacter (name)": ("Does not apply", "Church of England", "Roman Catholic"),
    "ReligiousEthos (name)": ("Does not apply", "Inter- / non- denominational", "Christian"),
    "Diocese (name)": ("Not applicable", "Diocese of Fiction", "Archdiocese of Sums"),
    "TypeOfResourcedProvision (name)": ("", "", "Not applicable", "Resourced provision"),
    "OfstedRating (name)": ("Good", "Good", "Outstanding", "Requires improvement", ""),
    "RSCRegion (name)": ("North-West London and South-Central England", "Lancashire and West Yorkshire"),
    "SEN1 (name)": ("", "", "", "", "SLCN - Speech, language and Communication"),
    "Trusts (name)": ("", "", "FICTIONAL LEARNING TRUST, THE", "SUMS AND DIFFERENCES ACADEMIES"),
}
NUMBERED = {  # a number of each line's own, to so many digits
    "SchoolCapacity": 3,
    "NumberOfBoys": 3,
    "NumberOfGirls": 3,
    "PercentageFSM": 2,
    "Trusts (code)": 4,
    "UKPRN": 8,
    "UPRN": 12,
}
CODED = {  # a code and a name for it
    "DistrictAdministrative (code)": "E09000{:03d}",
    "AdministrativeWard (code)": "E05000{:03d}",
    "AdministrativeWard (name)": "Ward of Over and Nether Fiction {:03d}",
    "ParliamentaryConstituency (code)": "E14000{:03d}",
    "ParliamentaryConstituency (name)": "Fictionby and the Sums {:03d}",
    "GSSLACode (name)": "E09000{:03d}",
    "MSOA (name)": "Fictionshire {:03d}",
    "LSOA (name)": "Fictionshire {:03d}B",
    "MSOA (code)": "E02000{:03d}",
    "LSOA (code)": "E01000{:03d}",
}
INSPECTED = ("OfstedLastInsp", "LastChangedDate")
WELSH_EVERY = 30  # lines, about as many as the real file holds


def full_write(path: Path, today: date, *, lines: int = 50_000) -> None:
    narrow = path.with_suffix(".narrow")
    share = SCHOOLS_A_SHARE * lines / 1_900  # a little more than enough
    register_write(narrow, today, schools_a_share=share)
    draw = Random("full")
    with narrow.open(encoding="cp1252", newline="") as schools, path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.DictWriter(file, NAMES, restval="")
        writer.writeheader()
        for number, school in zip(range(lines), csv.DictReader(schools), strict=False):
            writer.writerow(_wide(draw, today, number, school))
    narrow.unlink()


def _wide(draw: Random, today: date, number: int, school: dict[str, str]) -> dict[str, str]:
    wide = SAME | {name: draw.choice(values) for name, values in ONE_OF.items()}
    wide |= {name: str(draw.randrange(10**digits)) for name, digits in NUMBERED.items()}
    wide |= {name: pattern.format(draw.randrange(1000)) for name, pattern in CODED.items()}
    wide |= {name: f"{today - timedelta(days=draw.randint(1, 3000)):%d-%m-%Y}" for name in INSPECTED}
    wide |= school
    if number % WELSH_EVERY == 7:
        wide |= {"EstablishmentTypeGroup (code)": "6", "GOR (name)": "Wales (pseudo)", "LA (code)": "660"}
    return wide


def next_day_write(path: Path, before: Path, *, one_in: int = 100) -> None:
    """The same file with every so many-eth school changed: its head, its roll and the day of the change."""
    with before.open(encoding="cp1252", newline="") as old, path.open("w", encoding="cp1252", newline="") as file:
        reader = csv.DictReader(old)
        writer = csv.DictWriter(file, NAMES)
        writer.writeheader()
        for number, row in enumerate(reader):
            if number % one_in == 0:
                row |= {"HeadLastName": f"Newcome-{number}", "NumberOfPupils": "123", "LastChangedDate": "01-01-2028"}
            writer.writerow(row)
