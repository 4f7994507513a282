from datetime import date

import pytest
from django.urls import reverse

from mastery_hub.common.models import PageBlock
from mastery_hub.directory import hub_page
from mastery_hub.directory.enums import EstablishmentStatus
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
HALIFAX = {"easting": 409000, "northing": 425000}


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
        ({"q": "st"}, "Enter at least 3 letters or numbers"),
        ({"q": "oek hil"}, 'Nothing found for “oek hil” </h2> <p class="govuk-body">Showing schools like it:</p>'),
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
    with django_assert_num_queries(5 if route == "school_search" else 7):
        client.get(reverse(route), {"q": "oek hil"})


def test_school_search_lists_no_more_than_somebody_reads(client, monkeypatch):
    monkeypatch.setattr("mastery_hub.directory.views.public.LISTED", 3)
    SchoolFactory.create_batch(4, name="Oak Hill")
    SchoolFactory.create_batch(2, name="Elm Hill")

    many, few = (text(client.get(reverse("school_search"), {"q": q})) for q in ("oak", "elm"))

    assert "3 schools or more found </h2>" in many
    assert "These are the first 3. Add a town" in many
    assert "2 schools found </h2>" in few
    assert "Add a town" not in few


def test_find_your_hub_leads_from_a_school_to_its_hub_and_the_neighbours(client, hub):
    neighbour, stranger = MathsHubFactory(name="Next Door"), MathsHubFactory(name="Far Away")
    hub.neighbours.add(neighbour)
    school = SchoolFactory(name="Oak Hill", in_hub=hub)

    found = text(client.get(reverse("find_your_hub"), {"q": "oak hill"}))
    answer = text(client.get(reverse("school_hub", args=[school.urn])))

    assert f'href="/find-your-hub/{school.urn}/"' in found
    assert "Your home hub is Great Sums Maths Hub" in answer
    assert f'href="{neighbour.get_absolute_url()}"' in answer
    assert 'href="mailto:info@next-door.example"' in answer
    assert f'href="{stranger.get_absolute_url()}"' not in answer


def test_find_your_hub_admits_that_it_does_not_know(client):
    school = SchoolFactory()

    answer = text(client.get(reverse("school_hub", args=[school.urn])))

    assert "We do not know this school’s Maths Hub yet" in answer
    assert 'href="/hubs/"' in answer
    assert '<svg viewBox="0 0 720' not in answer
    assert client.get(reverse("school_hub", args=[school.urn + 1])).status_code == 404
    assert client.get("/find-your-hub/99999999999999999999/").status_code == 404


def test_school_is_told_which_area_decides_and_since_when(client, hub):
    authority = LocalAuthorityFactory(name="Fictionshire")
    HubAreaFactory(hub=hub, authority=authority, from_on=date(2020, 9, 1))
    HubAreaFactory(hub=hub, authority=authority, district="Over Fiction", from_on=date(2022, 9, 1), certain=False)
    over, under = (SchoolFactory(authority=authority, district=f"{name} Fiction") for name in ("Over", "Under"))

    in_over, in_under = (text(client.get(reverse("school_hub", args=[each.urn]))) for each in (over, under))

    assert (
        "Schools in the district of Over Fiction (Fictionshire) have belonged to it since 1 September 2022. "
        "This has not been confirmed yet: ask the hub if you are in doubt." in in_over
    )
    assert "Fictionshire has belonged to it since 1 September 2020.</p>" in in_under


def test_school_is_told_of_a_move_to_come(client, hub):
    area = HubAreaFactory(hub=hub, until_on=date(2090, 9, 1))
    new = HubAreaFactory(hub__name="Next Door", authority=area.authority, from_on=date(2090, 9, 1)).hub
    leaving = SchoolFactory(in_hub=hub)
    hub.areas.exclude(pk=area.pk).update(until_on=date(2091, 1, 1))

    moved, left = (
        text(client.get(reverse("school_hub", args=[school.urn])))
        for school in (SchoolFactory(authority=area.authority), leaving)
    )

    link = f'<a class="govuk-link" href="{new.get_absolute_url()}">Next Door Maths Hub</a>'
    assert f"From 1 September 2090 the home hub will be {link}." in moved
    assert "From 1 January 2091 this school will have no home hub, as far as we know today." in left


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (EstablishmentStatus.OPEN, ""),
        (EstablishmentStatus.CLOSING, ""),
        (EstablishmentStatus.CLOSED, "This school is not open. If it has become an academy"),
        (EstablishmentStatus.PROPOSED, "This school is not open yet."),
    ],
)
def test_school_that_is_not_open_has_an_answer_too(client, hub, status, said):
    SchoolFactory(in_hub=hub, **HALIFAX)
    authority = hub.areas.get().authority
    school = SchoolFactory(name="Oak Hill", status=status, authority=authority, easting=410000, northing=426000)

    answer = text(client.get(reverse("school_hub", args=[school.urn])))

    assert "Your home hub is Great Sums Maths Hub" in answer
    assert "Pin: Oak Hill." in answer
    assert ("This school is not open" in answer, said in answer) == (bool(said), True)


def test_neighbours_come_in_the_order_of_their_nearest_school(client, hub):
    far, near, unknown = (MathsHubFactory(name=name) for name in ("A Far One", "Next Door", "Unknown"))
    hub.neighbours.add(far, near, unknown)
    school = SchoolFactory(in_hub=hub, **HALIFAX)
    SchoolFactory(in_hub=far, easting=409000, northing=425000 + 32187)
    SchoolFactory(authority=far.areas.get().authority, easting=409000, northing=425000 + 50000)
    SchoolFactory(in_hub=near, easting=409000, northing=425000 + 1500)
    SchoolFactory(in_hub=unknown)

    shown = client.get(reverse("school_hub", args=[school.urn])).context["neighbours"]

    assert [(each["hub"].name, each["away"]) for each in shown] == [
        ("Next Door", "less than a mile away"),
        ("A Far One", "about 20 miles away"),
        ("Unknown", ""),
    ]


@pytest.mark.parametrize("count", [1, 30])
def test_school_page_takes_as_many_queries_for_many_schools(client, django_assert_num_queries, count):
    hub = MathsHubFactory()
    school = SchoolFactory(in_hub=hub, **HALIFAX)
    for neighbour in MathsHubFactory.create_batch(count):
        hub.neighbours.add(neighbour)
        SchoolFactory(in_hub=neighbour, **HALIFAX)
        SchoolFactory(authority=school.authority, **HALIFAX)

    with django_assert_num_queries(5):
        client.get(reverse("school_hub", args=[school.urn]))


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
    split = HubAreaFactory(hub=hub, authority__name="Fictionshire", until_on=date(2091, 9, 1)).authority
    HubAreaFactory(authority=split, district="Over Fiction")
    HubAreaFactory(authority=split, district="Much Fiction")
    HubAreaFactory(authority=split, district="Gone Fiction", until_on=date(2021, 9, 1))
    HubAreaFactory(authority=split, district="Next Fiction", from_on=date(2090, 9, 1))
    HubAreaFactory(hub=hub, authority__name="Elseshire", district="Part", certain=False)
    HubAreaFactory(hub=hub, authority__name="Comingshire", from_on=date(2090, 9, 1))

    assert hub_page.area(hub) == [
        {"text": "Part, Elseshire", "certain": False, "when": ""},
        {
            "text": "Fictionshire, except Much Fiction and Over Fiction",
            "certain": True,
            "when": "until 31 August 2091",
        },
        {"text": "Comingshire", "certain": True, "when": "from 1 September 2090"},
    ]
    page = text(client.get(hub.get_absolute_url()))
    assert "<li>Comingshire, from 1 September 2090</li>" in page
    assert '<li>Part, Elseshire <span class="app-muted">(to be confirmed)</span></li>' in page


def test_hub_page_counts_and_maps_its_open_state_funded_schools(client, hub):
    neighbour = MathsHubFactory(name="Next Door")
    hub.neighbours.add(neighbour)
    authority = SchoolFactory(in_hub=hub, **HALIFAX).authority
    SchoolFactory(authority=authority, secondary=True, easting=412000, northing=426000)
    SchoolFactory(authority=authority, phase=0, status=EstablishmentStatus.CLOSING)
    for other in ({"closed": True}, {"independent": True}, {"status": EstablishmentStatus.PROPOSED}):
        SchoolFactory(authority=authority, **HALIFAX, **other)
    SchoolFactory(in_hub=neighbour, easting=411000, northing=424000)
    SchoolFactory(**HALIFAX)

    page = text(client.get(hub.get_absolute_url()))

    assert "3 state-funded schools" in page
    assert "<li>Primary: 1</li><li>Secondary: 1</li>" in page.replace("</li> <li>", "</li><li>")
    assert "<li>Special and others without a phase: 1</li>" in page
    assert "Small grey dots: Schools of neighbouring hubs (1). Dots: Schools of Great Sums Maths Hub (2)." in page
    assert "1 school is not on this map, as the register does not say where." in page


def test_hub_page_without_schools_has_no_map(client, hub):
    page = text(client.get(hub.get_absolute_url()))

    assert "Where we are" in page
    assert '<svg viewBox="0 0 720' not in page
    assert "state-funded school" not in page


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
        SchoolFactory.create_batch(many, in_hub=hub, **HALIFAX)
        for kind in PageBlock.Kind.values[:many]:
            HubPageBlockFactory(hub=hub, kind=kind)
        with django_assert_max_num_queries(20) as taken:
            client.get(hub.get_absolute_url())
        counts.append(len(taken))

    assert counts[0] == counts[1]
