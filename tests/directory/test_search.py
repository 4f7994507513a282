"""Which schools a text finds, in which order, spelt one way or another, and how PostgreSQL finds them."""

import random
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mastery_hub.directory import searching
from mastery_hub.directory.enums import EstablishmentStatus
from mastery_hub.directory.finding import Found, schools_found
from mastery_hub.directory.models import School, SchoolWord
from tests.factories.directory import LocalAuthorityFactory, SchoolFactory, SchoolWordFactory

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


# All the words


@pytest.mark.parametrize(
    "text",
    [
        "St. Ada's",
        "st adas",
        "Saint Adas",
        "sain ada",
        "st ada’s and st alan’s",
        "St Ada's & St Alan's",
        "PRIMARY ada",
        "Ada C of E",
        "ada cofe",
        "ada Church of England primary",
        "ada church of engl",
        "ada CE primary",
        "the Primary of Ada",
        "much fiction",
        "zz12 3ab",
        "ZZ123AB",
        "zz12 3",
        "912345",
        "9123",
        "  ada\t primary ",
        "ada\0 😀 primary",
        "ada, much fiction",
    ],
)
def test_search_finds_by_words_of_name_town_postcode_or_urn(school, other, text):
    assert list(School.objects.search(text)) == [school]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("École Zoë", "ecole zoe"),
        ("Ecole Zoe", "ÉCOLE ZOË"),
        ("St Ann's RC Primary", "st anns roman catholic"),
        ("St Ann's Roman Catholic Primary", "st anns r.c. primary"),
        ("St Ann's Catholic Primary", "st anns rc"),
        ("Hill CofE (VC) Primary", "hill c.e."),
        ("Hill Cof E Primary", "hill church of england"),
        ("Wells-next-the-Sea Primary", "wells next the sea"),
        ("Ysgol Tŷ Gwyn", "ty gwyn"),
    ],
)
def test_search_knows_several_spellings_of_a_word(name, text):
    school = SchoolFactory(name=name)
    SchoolFactory(name="Other Primary")

    assert list(School.objects.search(text)) == [school]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
        | st.sampled_from(["St", "saint", "C of E", "c.e.", "Church of England", "RC", "and", "&", "the", "École"]),
        max_size=2,
    ).map(" ".join)
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_register_and_search_are_spelt_alike(school, text):
    """Whatever it is: the database and Python make the same of it."""
    School.objects.update(name=text, town="", postcode="")
    school.refresh_from_db()

    assert f" {school.search.strip()} ".removesuffix(" 912345 ").split() == searching.phrase(text).split()


@pytest.mark.parametrize("text", ["ada fictionby", "st adam", "zz12 3ac", "912346", "ad%ma", "al_n"])
def test_search_needs_every_word(school, other, text):
    assert list(School.objects.search(text)) == []


@pytest.mark.parametrize("text", ["", " ", "st", "a b c", "the", "%%%", "'", "\0", "😀", "12"])
def test_search_finds_nothing_for_too_little(school, text):
    assert list(School.objects.search(text)) == []
    assert School.objects.like(text, 10) == []


def test_search_knows_a_postcode_district_of_two_characters(school):
    near = SchoolFactory(postcode="E1 4AB")
    SchoolFactory(postcode="SE1 4AB")

    assert list(School.objects.search("e1")) == [near]


def test_search_puts_open_schools_first_then_the_closest_name():
    inside = SchoolFactory(name="Great Oak Hill")
    apart = SchoolFactory(name="Hill near Oak")
    SchoolFactory(name="Broadoak Hill")  # no word begins with it
    shut = SchoolFactory(name="Oak Hill", closed=True)
    start = SchoolFactory(name="The Oak Hill")
    closing = SchoolFactory(name="Oak Hill Infants", status=EstablishmentStatus.CLOSING)
    longer = SchoolFactory(name="Upper Oak Hillside")

    assert list(School.objects.search("oak hill")) == [closing, start, inside, longer, apart, shut]


def test_search_puts_the_postcode_district_typed_before_longer_ones():
    longer = SchoolFactory(name="A", postcode="HX10 1AA")
    typed = SchoolFactory(name="B", postcode="HX1 1AA")

    assert list(School.objects.search("hx1")) == [typed, longer]


def test_search_of_common_words_keeps_open_schools_before_its_limit(monkeypatch):
    monkeypatch.setattr("mastery_hub.directory.models.schools.MOST_OPEN", 2)
    monkeypatch.setattr("mastery_hub.directory.models.schools.MOST_CLOSED", 1)
    SchoolFactory.create_batch(3, name="Oak Hill", closed=True)
    SchoolFactory.create_batch(3, name="Oak Hill")

    assert [school.is_open for school in School.objects.search("oak hill")] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "enough"),
    [("ada", True), ("st m", True), ("e1", True), ("st", False), ("a b c", False), ("of the", False), ("x" * 99, True)],
)
def test_enough_is_three_characters_or_a_postcode_district(text, enough):
    assert searching.is_enough(text) == enough


# Spelt otherwise


@pytest.fixture
def larkmoor():
    SchoolFactory(name="Beckside Primary School", town="Leeds")
    SchoolFactory(name="Hawkstone Infant School", town="Halifax")
    return SchoolFactory(name="Larkmoor Primary School", town="Halifax", postcode="HX1 1AA")


@pytest.mark.parametrize(
    "text",
    [
        "Larkmore Primry Halifx",
        "larkmor",
        "lrakmoor",
        "Larkmoor Academy, Halifax",
        "larkmoor prim hali infnt",
        "larkmore hx1",
    ],
)
def test_like_finds_words_misspelt_or_missing(larkmoor, text):
    assert list(School.objects.search(text)) == []
    assert School.objects.like(text, 1) == [larkmoor]


def test_like_knows_saints_by_other_spellings_and_the_town_decides():
    SchoolFactory(name="St Marie's Catholic Primary School", town="Leeds")
    halifax = SchoolFactory(name="St Mary's Catholic Primary School", town="Halifax")

    assert School.objects.like("St Maries halifax", 1) == [halifax]


@pytest.mark.parametrize("text", ["nowhere", "qwertyuiop", "zzzz nonsense halifax", "xx yy zz", "😀😀😀 grrr"])
def test_like_finds_nothing_where_little_is_like_it(larkmoor, text):
    assert School.objects.like(text, 10) == []


def test_like_puts_the_likest_first_and_of_equals_the_open_one(larkmoor):
    shut = SchoolFactory(name="Larkmoor Primary School", town="Halifax", closed=True)
    infants = SchoolFactory(name="Larkmoor Infant School", town="Halifax")

    assert School.objects.like("larkmore primry halifx", 10) == [larkmoor, shut, infants]


@pytest.mark.parametrize("count", [1, 30])
def test_finding_takes_one_query_or_three_with_spelling(larkmoor, django_assert_num_queries, count):
    SchoolFactory.create_batch(count, name="Oak Hill")

    with django_assert_num_queries(1):
        assert {str(school.authority) for school in schools_found("oak hill", 10).schools} != set()
    with django_assert_num_queries(3):
        assert {str(school.authority) for school in schools_found("oek hill", 10).schools} != set()


def test_finding_says_whether_it_found_or_guessed(larkmoor):
    shut = SchoolFactory(name="Larkmoor Infant School", closed=True)

    assert schools_found("larkmoor", 10) == Found([larkmoor, shut])
    assert schools_found("larkmoor", 1) == Found([larkmoor])
    assert schools_found("larkmoor primry", 1) == Found([larkmoor], alike=True)
    assert schools_found("nowhere", 10) == Found([], alike=True)
    assert (Found([larkmoor, shut]).open, Found([larkmoor, shut]).closed) == ([larkmoor], [shut])


# The words of the register


def words() -> dict[str, int]:
    return dict(SchoolWord.objects.exclude(schools=0).values_list("word", "schools"))


def test_words_are_counted_as_schools_come_and_change():
    first, second = SchoolFactory(name="Oak Hill Oak", town="Ashby"), SchoolFactory(name="Oak End", town="Ashby")
    assert words() == {"oak": 2, "hill": 1, "ashby": 2, "end": 1}

    School.objects.update(pupils=5)
    assert words() == {"oak": 2, "hill": 1, "ashby": 2, "end": 1}
    School.objects.filter(pk=first.pk).update(name="Elm Hill")
    second.town = "Selby"
    second.save()
    assert words() == {"elm": 1, "oak": 1, "hill": 1, "ashby": 1, "end": 1, "selby": 1}


def test_meant_is_the_word_itself_or_what_it_begins_then_what_is_spelt_like_it():
    for word, schools in {"leeds": 650, "leas": 18, "leadenhall": 1, "oak": 9, "gone": 0}.items():
        SchoolWordFactory(word=word, schools=schools)

    leads, oek, none, gone, number = SchoolWord.objects.meant(["leads", "oakk", "zzz", "gone", "123"])

    assert [near.word for near in leads.nears] == ["leeds", "leas"]
    assert [near.pattern for near in oek.nears] == [" oak "]
    assert [near.pattern for near in SchoolWord.objects.meant(["lead"])[0].nears] == [" lead", " leas "]
    assert (none.nears, gone.nears) == ([], [])
    assert [near.pattern for near in number.nears] == [" 123"]


# How PostgreSQL does it


@pytest.fixture
def ten_thousand():
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
        cursor.execute("SELECT gin_clean_pending_list('school_search_open')")
        cursor.execute("ANALYZE directory_school, directory_schoolword")


@pytest.mark.parametrize("text", ["ashbar primary", "z1", "200123"])
def test_search_uses_the_trigram_indexes(ten_thousand, text):
    plan = School.objects.search(text).explain()

    assert "school_search_open" in plan
    assert "school_search_closed" in plan
    assert "Seq Scan on directory_school" not in plan


@pytest.mark.parametrize(("text", "asked"), [("ashbar primary school", "% ashbar%"), ("primary ash sch", "% ash%")])
def test_index_is_asked_for_telling_words_alone(ten_thousand, text, asked):
    plan = School.objects.search(text).explain()

    assert set(re.findall(r"Index Cond: \(search ~~ '(.*?)'", plan)) == {asked}
    assert "primary" in plan


def test_like_uses_the_trigram_indexes(ten_thousand):
    with CaptureQueriesContext(connection) as taken:
        School.objects.like("ashbra primry", 10)

    with connection.cursor() as cursor:
        plans = []
        for query in taken:
            cursor.execute(f"EXPLAIN {query['sql'].replace('%', '%%')}", [])
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    assert "school_word_trigram" in plans[0]
    assert "school_search_open" in plans[1]
    assert "school_search_closed" in plans[1]
    assert "Seq Scan on directory_school" not in plans[1]
