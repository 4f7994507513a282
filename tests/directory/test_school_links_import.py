"""The import of links between schools: small fictional files, told from both ends as the register tells them."""

from collections.abc import Callable
from datetime import date
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from mastery_hub.common.errors import DomainError
from mastery_hub.directory.enums import ImportKind
from mastery_hub.directory.models import RegisterImport, SchoolLink
from mastery_hub.directory.register.links import OTHERS
from mastery_hub.directory.services.register import register_import
from tests.factories.directory import SchoolFactory, SchoolLinkFactory

pytestmark = pytest.mark.django_db
HEADS = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate"


@pytest.fixture
def schools(db):
    """Five, numbered 900001 to 900005."""
    return [SchoolFactory(urn=900001 + n) for n in range(5)]


@pytest.fixture
def bring(schools, tmp_path) -> Callable[..., RegisterImport]:
    def bring(*lines: str, heads: str = HEADS, **options) -> RegisterImport:
        path = tmp_path / "links.csv"
        path.write_text("\n".join([heads, *lines]) + "\n", encoding="cp1252")
        return register_import(path=path, by=get_user_model().objects.system(), kind=ImportKind.LINKS, **options)

    return bring


def links() -> set[tuple]:
    return set(SchoolLink.objects.values_list("from_school", "to_school", "kind", "linked_on"))


def counts(made: RegisterImport) -> dict[str, int]:
    names = ("rows", "created", "updated", "removed", "unchanged", "repeated", "other_kinds", "outside_england")
    return {name: getattr(made, name) for name in (*names, "rejected") if getattr(made, name)}


def test_link_told_from_both_ends_stands_once(bring):
    made = bring(
        '900001,900002,"Ada, Academy",Successor,01-09-2019',
        "900002,900001,Ada School,Predecessor,01-09-2019",
        "900004,900003,Other,Predecessor,",
    )

    assert links() == {
        (900001, 900002, "successor", date(2019, 9, 1)),
        (900003, 900004, "successor", None),
    }
    assert counts(made) == {"rows": 3, "created": 2, "repeated": 1}


@pytest.mark.parametrize(
    ("told", "kind", "pair"),
    [
        ("Successor", "successor", (900001, 900002)),
        ("Successor - amalgamated", "amalgamated", (900001, 900002)),
        ("Successor - merged", "merged", (900001, 900002)),
        ("Successor - Split School", "split", (900001, 900002)),
        ("Predecessor", "successor", (900002, 900001)),
        ("Predecessor - amalgamated", "amalgamated", (900002, 900001)),
        ("Predecessor - merged", "merged", (900002, 900001)),
        (" predecessor - split school ", "split", (900002, 900001)),
    ],
)
def test_each_kind_points_from_the_earlier_to_the_later(bring, told, kind, pair):
    bring(f"900001,900002,Ada,{told},01-09-2019")

    assert links() == {(*pair, kind, date(2019, 9, 1))}


@pytest.mark.parametrize("kind", [*sorted(OTHERS), "Children’s Centre Link"])
def test_links_of_other_kinds_are_counted_and_not_kept(bring, kind):
    assert counts(bring(f"900001,900002,Ada,{kind},01-09-2019")) == {"rows": 1, "other_kinds": 1}
    assert links() == set()


@pytest.mark.parametrize(
    ("line", "urn", "reason"),
    [
        ("900003,900003,Ada,Successor,", "900003", "The link closes a circle, from 900003 to 900003"),
        ("900002,900001,Ada,Successor,", "900002", "The link closes a circle, from 900002 to 900001 to 900002"),
        (
            "900003,900001,Ada,Successor - merged,",
            "900003",
            "The link closes a circle, from 900003 to 900001 to 900002 to 900003",
        ),
        ("900001,900002,Ada,Twin,", "900001", "LinkType is “Twin”, no kind of link that the register has"),
        ("900001,900002,Ada,,", "900001", "LinkType is “”, no kind of link that the register has"),
        ("x,900002,Ada,Successor,", "x", "URN is “x”, not a whole number up to 999999"),
        ("900001,,Ada,Successor,", "900001", "LinkURN is empty"),
        (
            "900004,900005,Ada,Successor,2019",
            "900004",
            "LinkEstablishedDate is “2019”, not a date such as 31-08-2019",
        ),
        ("900004,900005,Ada,Successor", "", "The line has 4 columns, where the first names 5"),
    ],
)
def test_line_is_rejected_with_its_number_and_reason(bring, line, urn, reason):
    made = bring("900001,900002,Ada,Successor,", "900002,900003,Ada,Successor,", line)

    assert made.rejections == [(4, urn, reason)]
    assert counts(made) == {"rows": 3, "created": 2, "rejected": 1}
    assert {pair[:2] for pair in links()} == {(900001, 900002), (900002, 900003)}


def test_link_to_a_school_that_is_not_here_is_counted_apart(bring):
    made = bring("900001,401234,Ysgol,Successor,", "401234,401235,Ysgol,Successor,", "900001,900002,Ada,Successor,")

    assert counts(made) == {"rows": 3, "created": 1, "outside_england": 2}
    assert made.counts["Schools unknown"] == 2


def test_two_ways_to_one_successor_are_no_circle(bring):
    made = bring(
        "900001,900002,Ada,Successor - Split School,",
        "900001,900003,Ada,Successor - Split School,",
        "900002,900004,Ada,Successor - merged,",
        "900003,900004,Ada,Successor - merged,",
    )

    assert counts(made) == {"rows": 4, "created": 4}


def test_same_file_again_changes_nothing(bring):
    file = ("900001,900002,Ada,Successor,01-09-2019", "900002,900003,Ada,Successor,")
    bring(*file)
    before = list(SchoolLink.objects.values_list("pk", flat=True))

    assert counts(bring(*file)) == {"rows": 2, "unchanged": 2}
    assert list(SchoolLink.objects.values_list("pk", flat=True)) == before


def test_corrected_file_corrects(bring):
    bring("900001,900002,Ada,Successor,", "900003,900004,Ada,Successor,", "900004,900005,Ada,Successor,")

    made = bring(
        "900002,900001,Ada,Successor,",  # the wrong way round before
        "900003,900004,Ada,Successor - merged,01-09-2019",
        "900004,900005,Ada,Successor,",
    )

    assert counts(made) == {"rows": 3, "created": 1, "updated": 1, "removed": 1, "unchanged": 1}
    assert links() == {
        (900002, 900001, "successor", None),
        (900003, 900004, "merged", date(2019, 9, 1)),
        (900004, 900005, "successor", None),
    }


def test_file_with_fewer_than_half_the_links_is_refused_unless_forced(bring, schools):
    for school in schools[1:4]:
        SchoolLinkFactory(from_school=schools[0], to_school=school)

    with pytest.raises(DomainError, match="The file has 1 link, fewer than half of the 3 known here"):
        bring("900001,900002,Ada,Successor,")
    assert SchoolLink.objects.count() == 3

    assert counts(bring("900001,900002,Ada,Successor,", forced=True))["removed"] == 2


@pytest.mark.parametrize("column", ["URN", "LinkURN", "LinkType", "LinkEstablishedDate"])
def test_file_without_a_needed_column_is_refused(bring, column):
    heads = ",".join("Other" if head == column else head for head in HEADS.split(","))

    with pytest.raises(DomainError) as refused:
        bring("900001,900002,Ada,Successor,", heads=heads)

    assert refused.value.message == f"The file has no column {column}. Nothing was imported."


def test_command_imports_links(bring, tmp_path):
    bring("900001,900002,Ada,Successor,", "900001,401234,Ysgol,Successor,", "x,1,,,")
    out = StringIO()

    call_command("import_school_links", str(tmp_path / "links.csv"), stdout=out)

    assert out.getvalue().splitlines() == [
        "Rows                  3",
        "Created               0",
        "Updated               0",
        "Removed               0",
        "Told twice            0",
        "Of other kinds        0",
        "Unchanged             1",
        "Schools unknown       1",
        "Rejected              1",
        "Line 4 (URN x): URN is “x”, not a whole number up to 999999",
    ]
