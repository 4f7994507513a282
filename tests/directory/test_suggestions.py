import pytest
from django.test import Client

from mastery_hub.directory.enums import EstablishmentStatus
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/schools/suggestions/"


@pytest.fixture
def larkmoor():
    return SchoolFactory(urn=912345, name="Larkmoor Primary School", town="Halifax", postcode="HX1 1AA")


def test_suggestions_tell_what_the_list_shows(client: Client, larkmoor):
    shut = SchoolFactory(urn=900001, name="Larkmoor Infants", town="", postcode="", phase=0, closed=True)

    assert client.get(ADDRESS, {"q": "larkm"}).json() == {
        "alike": False,
        "schools": [
            {
                "urn": 912345,
                "label": "Larkmoor Primary School, Halifax",
                "name": "Larkmoor Primary School",
                "place": "Halifax, HX1 1AA",
                "phase": "Primary",
                "authority": larkmoor.authority.name,
                "status": "",
                "href": "/find-your-hub/912345/",
            },
            {
                "urn": 900001,
                "label": "Larkmoor Infants",
                "name": "Larkmoor Infants",
                "place": "",
                "phase": "",
                "authority": shut.authority.name,
                "status": "Closed",
                "href": "/find-your-hub/900001/",
            },
        ],
    }


def test_suggestions_say_when_they_only_are_like_it(client: Client, larkmoor):
    answer = client.get(ADDRESS, {"q": "larkmore"}).json()

    assert (answer["alike"], [school["urn"] for school in answer["schools"]]) == (True, [912345])


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "la"}, {"q": "😀"}, {"q": "%%%"}, {"q": "nowhere"}, {"q": "'"}])
def test_suggestions_to_too_little_are_none(client: Client, larkmoor, query):
    answer = client.get(ADDRESS, query)

    assert (answer.status_code, answer.json()["schools"]) == (200, [])


def test_suggestions_read_no_more_than_a_name_may_have(client: Client, larkmoor):
    assert len(client.get(ADDRESS, {"q": "larkmoor" + " " * 50_000}).json()["schools"]) == 1
    assert client.get(ADDRESS, {"q": "x" * 50_000}).json()["schools"] == []
    assert client.get(f"{ADDRESS}?q=%00").status_code == 404


def test_suggestions_are_ten_at_most_open_ones_first(client: Client):
    SchoolFactory.create_batch(3, name="Oak Hill", closed=True)
    SchoolFactory.create_batch(9, name="Oak Hill", status=EstablishmentStatus.CLOSING)

    schools = client.get(ADDRESS, {"q": "oak hill"}).json()["schools"]

    assert [school["status"] for school in schools] == [""] * 9 + ["Closed"]


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize(("q", "queries"), [("oak hill", 1), ("oek hil", 3), ("oa", 0)])
def test_suggestions_take_as_many_queries_for_many_schools(
    client: Client, django_assert_num_queries, q, queries, count
):
    SchoolFactory.create_batch(count, name="Oak Hill")

    with django_assert_num_queries(queries):
        client.get(ADDRESS, {"q": q})


def test_suggestions_are_the_same_for_everybody_and_kept_a_minute(client: Client, larkmoor):
    answer = client.get(ADDRESS, {"q": "larkmoor"})

    assert answer["Cache-Control"] == "public, max-age=60"
    assert "Cookie" not in answer.get("Vary", "")
    assert answer.cookies == {}


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_suggestions_are_only_read(client: Client, method):
    assert getattr(client, method)(ADDRESS).status_code == 405
