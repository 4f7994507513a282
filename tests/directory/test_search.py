import random

import pytest
from django.db import connection

from mastery_hub.directory.enums import EstablishmentStatus
from mastery_hub.directory.forms.schools import SchoolChoiceForm, SchoolSearchForm, search_results
from mastery_hub.directory.models import School
from tests.factories.directory import LocalAuthorityFactory, SchoolFactory

pytestmark = pytest.mark.django_db
SYLLABLES = "ash bar cal den eck fen gor hol ing jan kel lin mar nor oak pen quin ros sel tor ul ver wick yar zed"


@pytest.fixture
def school():
    return SchoolFactory(
        urn=912345, name="St. Ada's & St. Alan's C.E. (V.A.) Primary", town="Much Fiction", postcode="ZZ12 3AB"
    )


@pytest.fixture
def other():
    return SchoolFactory(urn=923456, name="Alan Street Infants", town="Fictionby", postcode="ZZ1 23A")


@pytest.mark.parametrize(
    "text",
    [
        "St. Ada's",
        "st adas",
        "st ada’s and st alan’s",
        "PRIMARY ada",
        "much fiction",
        "zz12 3ab",
        "ZZ123AB",
        "912345",
        "9123",
        "  ada\t primary ",
        "ada, much fiction",
    ],
)
def test_search_finds_by_words_of_name_town_postcode_or_urn(school, other, text):
    assert list(School.objects.search(text)) == [school]


@pytest.mark.parametrize("text", ["ada fictionby", "st adam", "zz12 3ac", "912346", "ad%s", "a_a", "Ada\0m"])
def test_search_needs_every_word(school, other, text):
    assert list(School.objects.search(text)) == []


@pytest.mark.parametrize("text", ["", " ", "st", "a b c", "%%%", "'", "\0"])
def test_search_finds_nothing_for_too_little(school, text):
    assert list(School.objects.search(text)) == []


def test_search_puts_open_schools_first_then_the_closest_name():
    inside = SchoolFactory(name="The Old Oak Hill")
    apart = SchoolFactory(name="Hill of Oak")
    shut = SchoolFactory(name="Oak Hill", closed=True)
    start = SchoolFactory(name="Oak Hill Academy")
    closing = SchoolFactory(name="Oak Hill Infants", status=EstablishmentStatus.CLOSING)

    assert list(School.objects.search("oak hill")) == [start, closing, inside, apart, shut]


def test_search_uses_the_trigram_index():
    """Enough rows that PostgreSQL itself prefers the index: nothing is switched off."""
    chance, authority, parts = random.Random(7), LocalAuthorityFactory(), SYLLABLES.split()
    School.objects.bulk_create(
        SchoolFactory.build(
            urn=200000 + n,
            name=" ".join("".join(chance.choices(parts, k=3)).title() for _ in range(2)) + " Primary School",
            town="".join(chance.choices(parts, k=2)).title(),
            postcode=f"Z{chance.randint(1, 99)} {chance.randint(1, 9)}AB",
            authority=authority,
        )
        for n in range(10_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('school_search_trigram')")
        cursor.execute("ANALYZE directory_school")

    plan = School.objects.search("ashbar primary").explain()

    assert "school_search_trigram" in plan
    assert "Seq Scan" not in plan


def test_search_results_are_open_schools_up_to_the_limit(django_assert_num_queries):
    SchoolFactory(name="Oak Hill", closed=True)
    schools = [SchoolFactory(name=f"Oak Hill {n}") for n in range(3)]

    with django_assert_num_queries(1):
        results = search_results("oak hill", limit=2)
        assert [str(school.authority.region) for school in results] == [str(s.authority.region) for s in schools[:2]]
    assert results == schools[:2]


@pytest.mark.parametrize(
    ("q", "error"),
    [
        ("", "Enter a school’s name, town, postcode or URN"),
        ("st", "Enter at least 3 letters or numbers in a row"),
        ("x" * 101, "Your search must be 100 characters or fewer"),
        ("a\0da", "Null characters are not allowed."),
    ],
)
def test_search_form_says_what_to_enter(q, error):
    form = SchoolSearchForm({"q": q})

    assert form.errors.get("q") == [error]
    assert SchoolSearchForm({"q": "ada"}).is_valid()


def test_choice_form_offers_what_was_found_and_takes_any_open_school(school):
    shut = SchoolFactory(closed=True)
    form = SchoolChoiceForm({"school": str(school.urn)}, schools=[school])

    assert form.is_valid()
    assert form.cleaned_data["school"] == school
    assert [(shown["value"], shown["checked"], shown["hint"]) for shown in form["school"].choices] == [
        ("912345", True, f"Much Fiction, ZZ12 3AB – {school.authority} – URN 912345")
    ]
    assert SchoolChoiceForm({"school": str(school.urn)}).is_valid()
    assert SchoolChoiceForm({}, schools=[school]).errors == {"school": ["Select your school"]}
    assert list(SchoolChoiceForm({"school": str(shut.urn)}).errors) == ["school"]
    assert list(SchoolChoiceForm({"school": "x"}).errors) == ["school"]
