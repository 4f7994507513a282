from datetime import date

import pytest
from django.urls import reverse

from mastery_hub.common.models import PageBlock
from mastery_hub.directory import hub_page
from mastery_hub.directory.services.areas import hub_of_school
from tests.factories.accounts import UserFactory
from tests.factories.directory import (
    HubAreaFactory,
    HubPageBlockFactory,
    LocalAuthorityFactory,
    MathsHubFactory,
    RegionFactory,
    SchoolFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    return MathsHubFactory(name="Great Sums", lead_schools="Sum Hall School")


def text(response) -> str:
    return " ".join(response.content.decode().split())


# Which hub is a school's


def test_district_wins_over_authority(hub):
    authority = LocalAuthorityFactory()
    of_authority = HubAreaFactory(authority=authority).hub
    HubAreaFactory(hub=hub, authority=authority, district="Over Fiction")

    inside = SchoolFactory(authority=authority, district="Over Fiction")
    outside = SchoolFactory(authority=authority, district="Under Fiction")
    nowhere = SchoolFactory()

    assert [hub_of_school(school) for school in (inside, outside, nowhere)] == [hub, of_authority, None]
    assert dict(type(inside).objects.with_hub().values_list("urn", "home_hub_id")) == {
        inside.urn: hub.pk,
        outside.urn: of_authority.pk,
        nowhere.urn: None,
    }
    assert list(type(inside).objects.in_hub(hub)) == [inside]


def test_hub_of_a_school_is_the_one_of_the_day(hub):
    school = SchoolFactory()
    before = HubAreaFactory(authority=school.authority, from_on=date(2020, 9, 1), until_on=date(2022, 9, 1)).hub
    HubAreaFactory(hub=hub, authority=school.authority, from_on=date(2022, 9, 1))

    days = [date(2020, 8, 31), date(2020, 9, 1), date(2022, 8, 31), date(2022, 9, 1)]

    assert [hub_of_school(school, on=day) for day in days] == [None, before, before, hub]
    assert [type(school).objects.with_hub(on=day).get().home_hub_id for day in days] == [
        None,
        before.pk,
        before.pk,
        hub.pk,
    ]


# Pages


def test_school_search_shows_schools_with_their_hub(client, hub):
    SchoolFactory(name="Oak Hill", town="Fictionby", in_hub=hub)
    SchoolFactory(name="Oak Hill Old Site", closed=True)

    page = text(client.get(reverse("school_search"), {"q": "oak hill"}))

    assert "2 schools found" in page
    assert '<a class="govuk-link" href="/hubs/great-sums/">Great Sums Maths Hub</a>' in page
    assert page.index("Oak Hill") < page.index("Oak Hill Old Site") < page.index("Closed")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "Find a school"),
        ({"q": ""}, "Error: Find a school"),
        ({"q": "st"}, "Enter at least 3 letters or numbers in a row"),
        ({"q": "nowhere"}, "No school found for “nowhere”"),
        ({"q": "<script>alert(1)</script>"}, "No school found for “&lt;script&gt;"),
        ({"q": "oak", "page": "x"}, "1 school found"),
    ],
)
@pytest.mark.parametrize("route", ["school_search", "find_your_hub"])
def test_school_search_says_what_it_did(client, route, query, said):
    SchoolFactory(name="Oak Hill")

    page = text(client.get(reverse(route), query))

    assert said in page.replace("Find your Maths Hub", "Find a school")


def test_school_search_has_pages_that_keep_the_search(client):
    for n in range(21):
        SchoolFactory(name=f"Oak Hill {n:02}")

    first, second = (text(client.get(reverse("school_search"), {"q": "oak", "page": page})) for page in (1, 2))

    assert 'href="?q=oak&amp;page=2"' in first
    assert "Oak Hill 20" not in first
    assert "Oak Hill 20" in second


@pytest.mark.parametrize("route", ["school_search", "find_your_hub"])
@pytest.mark.parametrize("count", [1, 20])
def test_school_search_takes_as_many_queries_for_many_schools(client, django_assert_num_queries, route, count):
    for n in range(count):
        SchoolFactory(name=f"Oak Hill {n}", in_hub=MathsHubFactory())

    with django_assert_num_queries(3 if route == "school_search" else 5):
        client.get(reverse(route), {"q": "oak hill"})


def test_find_your_hub_leads_from_a_school_to_its_hub_and_the_neighbours(client, hub):
    neighbour, stranger = MathsHubFactory(name="Next Door"), MathsHubFactory(name="Far Away")
    hub.neighbours.add(neighbour)
    school = SchoolFactory(name="Oak Hill", in_hub=hub)

    found = text(client.get(reverse("find_your_hub"), {"q": "oak hill"}))
    answer = text(client.get(reverse("school_hub", args=[school.urn])))

    assert f'href="/find-your-hub/{school.urn}/"' in found
    assert "Your home hub is Great Sums Maths Hub" in answer
    assert f'href="{neighbour.get_absolute_url()}"' in answer
    assert f'href="{stranger.get_absolute_url()}"' not in answer


def test_find_your_hub_admits_that_it_does_not_know(client):
    school = SchoolFactory()

    assert "We do not know this school’s Maths Hub yet" in text(client.get(reverse("school_hub", args=[school.urn])))
    assert client.get(reverse("school_hub", args=[school.urn + 1])).status_code == 404
    assert client.get("/find-your-hub/99999999999999999999/").status_code == 404


def test_find_your_hub_lists_every_authority_of_today(client, hub):
    HubAreaFactory(hub=hub, authority__name="Fictionshire")
    HubAreaFactory(hub=hub, authority__name="Splitshire", district="Over Split", certain=False)
    LocalAuthorityFactory(name="Oldshire", abolished_on=date(2021, 4, 1))
    LocalAuthorityFactory(name="Newshire")

    page = text(client.get(reverse("find_your_hub")))

    assert (
        'Over Split: <a class="govuk-link" href="/hubs/great-sums/">Great Sums</a> <span class="app-muted">(to be'
        in page
    )
    assert "Oldshire" not in page
    assert "Newshire" in page


def test_hub_list_shows_open_hubs_by_region(client):
    north, south = RegionFactory(name="North"), RegionFactory(name="South")
    MathsHubFactory(name="Sums", region=south)
    MathsHubFactory(name="Gone", region=north, closed_on=date(2021, 9, 1))

    page = text(client.get(reverse("hub_list")))

    assert "Sums Maths Hub" in page
    assert "South" in page
    assert "Gone" not in page


def test_hub_page_shows_blocks_in_their_order_and_leaves_empty_ones_out(client, hub):
    HubPageBlockFactory(hub=hub, kind="benefits", body="Pupils **understand**.")
    HubPageBlockFactory(hub=hub, kind="why", body="Because.")
    HubPageBlockFactory(hub=hub, kind="funding", body="")

    page = text(client.get(hub.get_absolute_url()))

    assert page.index("Why is this needed?") < page.index("What are the benefits?")
    assert "Pupils <strong>understand</strong>." in page
    assert "How is it funded?" not in page
    assert "Last updated" in page
    assert "Edit this page" not in page


def test_hub_page_tells_area_with_what_others_have(client, hub):
    split = HubAreaFactory(hub=hub, authority__name="Fictionshire").authority
    HubAreaFactory(authority=split, district="Over Fiction")
    HubAreaFactory(authority=split, district="Much Fiction")
    HubAreaFactory(authority=split, district="Gone Fiction", until_on=date(2021, 9, 1))
    HubAreaFactory(hub=hub, authority__name="Elseshire", district="Part", certain=False)

    assert hub_page.area(hub) == [
        {"text": "Part, Elseshire", "certain": False},
        {"text": "Fictionshire, except Much Fiction and Over Fiction", "certain": True},
    ]
    page = text(client.get(hub.get_absolute_url()))
    assert '<li>Part, Elseshire <span class="app-muted">(to be confirmed)</span></li>' in page


def test_hub_page_shows_what_other_apps_add(client, hub, monkeypatch):
    part = {"template": "directory/_contact.html", "context": {}}
    monkeypatch.setattr(hub_page, "parts", [lambda hub: tuple(part.values()), lambda hub: None])

    assert client.get(hub.get_absolute_url()).context["parts"] == [part]


def test_page_of_a_closed_hub_is_for_ncetm_alone(client):
    hub = MathsHubFactory(closed_on=date(2021, 9, 1))

    assert client.get(hub.get_absolute_url()).status_code == 404
    client.force_login(UserFactory(ncetm=True))
    assert "This hub has closed" in text(client.get(hub.get_absolute_url()))


def test_hub_page_takes_as_many_queries_for_a_full_one(client, django_assert_max_num_queries):
    counts = []
    for many in (1, 10):
        hub = MathsHubFactory()
        hub.neighbours.add(*MathsHubFactory.create_batch(many))
        HubAreaFactory.create_batch(many, hub=hub)
        for kind in PageBlock.Kind.values[:many]:
            HubPageBlockFactory(hub=hub, kind=kind)
        with django_assert_max_num_queries(20) as taken:
            client.get(hub.get_absolute_url())
        counts.append(len(taken))

    assert counts[0] == counts[1]
