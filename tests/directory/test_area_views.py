"""Editing a hub's area in the page: asked, shown, confirmed."""

import csv
import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mastery_hub.common import clock
from mastery_hub.directory.enums import EstablishmentStatus
from mastery_hub.directory.models import HubArea, LocalAuthority, MathsHub, School
from tests.factories.accounts import UserFactory
from tests.factories.directory import HubAreaFactory, LocalAuthorityFactory, MathsHubFactory, SchoolFactory
from tests.threads import together

pytestmark = pytest.mark.django_db
START = date(2090, 9, 1)
PAGE = "/national/hubs/great-sums/"
FORM = '<form novalidate method="get"'
ADD = f"{PAGE}areas/add/"


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory(name="Great Sums")


@pytest.fixture
def authority() -> LocalAuthority:
    return LocalAuthorityFactory(name="Fictionshire")


@pytest.fixture
def ncetm(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client


def text(response: HttpResponse) -> str:
    return unescape(" ".join(response.content.decode().split()))


def seen(response: HttpResponse) -> str:
    [found] = re.findall(r'name="seen" value="(\w+)"', response.content.decode())
    return str(found)


def day(name: str, value: date) -> dict[str, Any]:
    return {f"{name}-day": value.day, f"{name}-month": value.month, f"{name}-year": value.year}


def adding(authority: LocalAuthority, district: str = "", from_on: date = START) -> str:
    return f"{ADD}?{urlencode({'authority': authority.pk, 'district': district} | day('from_on', from_on))}"


def rows() -> list[dict[str, Any]]:
    return list(HubArea.objects.order_by("pk").values())


# Asked


@pytest.mark.parametrize("query", [{}, {"authority": "x"}, {"csv": "1"}])
def test_add_asks_by_get(ncetm, hub, authority, query):
    page = ncetm.get(ADD, query)

    assert FORM in text(page)
    assert "csrfmiddlewaretoken" not in text(page).partition(FORM)[2].partition("</form>")[0]
    assert bool(page.context["form"].errors) == bool(query)


def test_add_asks_again_when_it_cannot_be(ncetm, hub, authority):
    HubAreaFactory(hub=hub, authority=authority)

    page = ncetm.get(adding(authority))

    assert page.context["form"].errors == {"__all__": ["Great Sums Maths Hub has Fictionshire already."]}
    assert 'value="2090"' in text(page)


def test_preview_leads_back_to_what_was_typed(ncetm, hub, authority):
    back = ncetm.get(adding(authority)).context["back"]

    page = ncetm.get(f"{ADD}{back}")

    assert not page.context["form"].errors
    assert f'<option value="{authority.pk}" selected>Fictionshire</option>' in text(page)


# Shown


def test_preview_shows_who_would_move_and_saves_nothing(ncetm, hub, authority):
    HubAreaFactory(hub__name="Next Door", authority=authority)
    SchoolFactory(name="Oak Hill", authority=authority, district="Over Fiction", easting=409000, northing=425000)
    SchoolFactory(name="Elm Hill", authority=authority, secondary=True, status=EstablishmentStatus.PROPOSED)
    SchoolFactory(name="Old Site", authority=authority, closed=True)
    SchoolFactory(name="Far Away", in_hub=hub, easting=419000, northing=425000)
    SchoolFactory(name="Nowhere")
    before = rows()

    page = ncetm.get(adding(authority))

    assert rows() == before
    assert "2 schools move on 1 September 2090" in text(page)
    assert "<li>Great Sums Maths Hub has Fictionshire from 1 September 2090.</li>" in text(page)
    assert "<li>Next Door Maths Hub has Fictionshire until 31 August 2090.</li>" in text(page)
    assert page.context["preview"].ways == [
        {
            "before": MathsHub.objects.get(name="Next Door"),
            "after": hub,
            "phases": [("Primary", 1), ("Secondary", 1)],
            "number": 2,
        }
    ]
    assert [move.school.name for move in page.context["preview"].shown] == ["Elm Hill", "Oak Hill"]
    drawn = page.context["preview"].map
    assert [(dots.name, dots.look, sorted(dots.points, key=str)) for dots in drawn.dots] == [
        ("Great Sums Maths Hub: there already", "dot", [(419000, 425000)]),
        ("Schools that move", "square", [(409000, 425000), (None, None)]),
    ]
    assert drawn.table.rows == [("District not known", [1]), ("Over Fiction", [1])]
    assert "keep the hub that they have" in text(page)
    assert "The day has passed" not in text(page)


def test_preview_of_a_district_shows_what_stays(ncetm, hub, authority):
    HubAreaFactory(hub__name="Next Door", authority=authority)
    SchoolFactory(name="Oak Hill", authority=authority, district="Over Fiction", easting=409000, northing=425000)
    SchoolFactory(name="Elm Hill", authority=authority, district="Under Fiction", easting=409000, northing=426000)

    page = ncetm.get(adding(authority, "over fiction"))

    assert "1 school moves on 1 September 2090" in text(page)
    assert "<li>Great Sums Maths Hub has Over Fiction, Fictionshire from 1 September 2090.</li>" in text(page)
    assert [(dots.name, dots.look) for dots in page.context["preview"].map.dots] == [
        ("Next Door Maths Hub: stay", "ring"),
        ("Schools that move", "square"),
    ]


def test_preview_of_an_end_shows_where_the_schools_fall_to(ncetm, hub, authority):
    other = HubAreaFactory(hub__name="Next Door", authority=authority).hub
    part = HubAreaFactory(hub=hub, authority=authority, district="Over Fiction")
    whole = HubAreaFactory(hub=hub, authority__name="Elseshire")
    SchoolFactory(authority=authority, district="Over Fiction")
    SchoolFactory(authority=whole.authority)
    query = urlencode(day("until_on", START))

    falls, lost = (ncetm.get(f"{PAGE}areas/{area.pk}/end/?{query}") for area in (part, whole))

    assert [(way["before"], way["after"]) for way in falls.context["preview"].ways] == [(hub, other)]
    assert [(way["before"], way["after"]) for way in lost.context["preview"].ways] == [(hub, None)]
    assert "1 school moves on 1 September 2090" in text(falls)
    assert "1 school will have no home hub from 1 September 2090" in text(lost)
    assert [page.context["preview"].map.dots[-1].name for page in (falls, lost)] == [
        "Schools that move",
        "Schools that will have no home hub",
    ]
    assert "Great Sums Maths Hub → No hub" in text(lost)
    assert "Great Sums Maths Hub has Elseshire until 31 August 2090." in text(lost)


def test_preview_without_schools_says_so(ncetm, hub, authority):
    page = ncetm.get(adding(authority))

    assert "No school moves" in text(page)
    assert "CSV" not in text(page)
    assert '<svg viewBox="0 0 720' not in text(page)


def test_preview_warns_of_a_day_that_has_passed(ncetm, hub, authority):
    yesterday, today = (clock.today() - timedelta(days=days) for days in (1, 0))

    warned, fine = (text(ncetm.get(adding(authority, from_on=each))) for each in (yesterday, today))

    assert ("The day has passed" in warned, "The day has passed" in fine) == (True, False)


def test_preview_lists_the_first_schools_and_gives_all_as_csv(ncetm, hub, authority):
    HubAreaFactory(hub__name="Next Door", authority=authority)
    schools = SchoolFactory.create_batch(51, authority=authority, district="Over Fiction")
    School.objects.filter(pk=schools[0].pk).update(name="=A1")

    page = ncetm.get(adding(authority))
    answer = ncetm.get(f"{ADD}{page.context['csv']}")
    lines = list(csv.reader(b"".join(answer).decode("utf-8-sig").splitlines()))

    assert "The first 50 of 51 schools" in text(page)
    assert len(page.context["preview"].shown) == 50
    assert answer["Content-Disposition"] == 'attachment; filename="schools-that-move-great-sums.csv"'
    assert lines[0] == ["URN", "Name", "Phase", "Town", "Postcode", "District", "Hub before", "Hub after"]
    assert len(lines) == 52
    assert [
        f"{schools[0].pk}", "'=A1", "Primary", "Fictionby", "ZZ1 1AA", "Over Fiction", "Next Door Maths Hub",
        "Great Sums Maths Hub",
    ] in lines  # fmt: skip


@pytest.mark.parametrize("count", [1, 30])
def test_preview_takes_as_many_queries_for_many_schools(ncetm, hub, authority, count, django_assert_num_queries):
    for number in range(count):
        HubAreaFactory(hub=MathsHubFactory(), authority=authority, district=f"District {number}")
        SchoolFactory(authority=authority, district=f"District {number}")
        SchoolFactory(authority=authority, district="Elsewhere")
    HubAreaFactory(authority=authority)

    with django_assert_num_queries(11):
        ncetm.get(adding(authority))


# Confirmed


def test_confirming_does_what_was_shown(ncetm, hub, authority):
    before = HubAreaFactory(authority=authority)
    school = SchoolFactory(authority=authority)
    address = adding(authority)

    done = ncetm.post(address, {"seen": seen(ncetm.get(address))}, follow=True)

    before.refresh_from_db()
    area = hub.areas.get()
    assert (before.until_on, area.from_on, area.until_on) == (START, START, None)
    assert School.objects.with_hub(START).get(pk=school.pk).home_hub_id == hub.pk
    assert done.redirect_chain == [(PAGE, 302)]
    assert "Fictionshire is Great Sums Maths Hub’s from 1 September 2090." in text(done)


def test_a_second_press_is_told_and_does_nothing(ncetm, hub, authority):
    address = adding(authority)
    shown = seen(ncetm.get(address))
    ncetm.post(address, {"seen": shown})
    after = rows()

    again = ncetm.post(address, {"seen": shown}, follow=True)
    back = ncetm.get(address)

    assert rows() == after
    assert again.redirect_chain == [(PAGE, 302)]
    assert "Great Sums Maths Hub has Fictionshire already." in text(again)
    assert "Great Sums Maths Hub has Fictionshire already." in text(back)


@pytest.mark.parametrize("between", ["area", "school", "nothing"])
def test_what_has_changed_meanwhile_is_shown_again_and_not_saved(ncetm, hub, authority, between):
    held = HubAreaFactory(hub__name="Next Door", authority=authority)
    SchoolFactory(authority=authority)
    address = adding(authority)
    shown = seen(ncetm.get(address))
    if between == "area":
        HubArea.objects.filter(pk=held.pk).update(hub=MathsHubFactory(name="Third One"))
    elif between == "school":
        SchoolFactory(authority=authority)
    before = rows()

    answer = ncetm.post(address, {"seen": shown})

    if between == "nothing":
        assert (answer.status_code, hub.areas.count()) == (302, 1)
        return
    assert rows() == before
    assert answer.status_code == 200
    assert "This has changed since you looked at it. Look again before you confirm." in text(answer)
    assert f"{School.objects.count()} school" in text(answer)
    assert ncetm.post(address, {"seen": seen(answer)}).status_code == 302
    assert hub.areas.count() == 1


@pytest.mark.parametrize("sent", [{}, {"seen": ""}, {"seen": "x"}])
def test_nothing_is_saved_that_was_not_looked_at(ncetm, hub, authority, sent):
    answer = ncetm.post(adding(authority), sent)

    assert "Check what will change" in text(answer)
    assert rows() == []


def test_post_without_anything_asks(ncetm, hub):
    assert "Show what will change" in text(ncetm.post(ADD, {"authority": "1"}))


def test_area_moves_to_another_hub(ncetm, hub, authority):
    new = MathsHubFactory(name="Next Door")
    area = HubAreaFactory(hub=hub, authority=authority, district="Over Fiction")
    address = f"{PAGE}areas/{area.pk}/move/?{urlencode({'hub': new.pk} | day('from_on', START))}"

    done = ncetm.post(address, {"seen": seen(ncetm.get(address))}, follow=True)

    area.refresh_from_db()
    assert (area.until_on, new.areas.get().from_on, new.areas.get().district) == (START, START, "Over Fiction")
    there = 'href="/national/hubs/next-door/">Next Door Maths Hub</a>'
    assert (
        f'Over Fiction, Fictionshire is <a class="govuk-notification-banner__link" {there}’s from 1 September 2090.'
        in text(done)
    )
    assert f'<span class="app-nowrap">31 August 2090</span>, then <a class="govuk-link" {there} </td>' in text(done)


def test_area_ends_and_the_end_is_taken_back(ncetm, hub):
    area = HubAreaFactory(hub=hub, authority__name="Fictionshire")
    end = f"{PAGE}areas/{area.pk}/end/?{urlencode(day('until_on', START))}"
    keep = f"{PAGE}areas/{area.pk}/keep/"

    ended = ncetm.post(end, {"seen": seen(ncetm.get(end))}, follow=True)

    area.refresh_from_db()
    assert area.until_on == START
    assert "Fictionshire is no longer Great Sums Maths Hub’s from 1 September 2090." in text(ended)

    shown = ncetm.get(keep)
    kept = ncetm.post(keep, {"seen": seen(shown)}, follow=True)

    area.refresh_from_db()
    assert "Great Sums Maths Hub has Fictionshire without an end." in text(shown)
    assert area.until_on is None
    assert "Fictionshire stays with Great Sums Maths Hub." in text(kept)


def test_move_that_was_a_mistake_is_removed(ncetm, hub, authority):
    before = HubAreaFactory(hub__name="Next Door", authority=authority, until_on=START)
    area = HubAreaFactory(hub=hub, authority=authority, from_on=START)
    SchoolFactory(authority=authority)
    address = f"{PAGE}areas/{area.pk}/remove/"

    shown = ncetm.get(address)
    done = ncetm.post(address, {"seen": seen(shown)}, follow=True)

    before.refresh_from_db()
    assert "Great Sums Maths Hub does not get Fictionshire." in text(shown)
    assert "Next Door Maths Hub has Fictionshire without an end." in text(shown)
    assert "Great Sums Maths Hub → Next Door Maths Hub" in text(shown)
    assert (before.until_on, hub.areas.count()) == (None, 0)
    assert "Fictionshire is removed from Great Sums Maths Hub’s list." in text(done)


@pytest.mark.parametrize("kind", ["move", "end", "keep", "remove", "confirm"])
def test_who_comes_after_the_area_is_removed_is_told(ncetm, hub, kind):
    area = HubAreaFactory(hub=hub)
    address = reverse(f"national_area_{kind}", args=["great-sums", area.pk])
    area.delete()

    pressed = ncetm.post(address, {"seen": "x"}, follow=True)

    assert pressed.redirect_chain == [(PAGE, 302)]
    assert "This area is no longer in Great Sums Maths Hub’s list: somebody has removed it." in text(pressed)


def test_what_cannot_be_undone_is_told(ncetm, hub):
    area = HubAreaFactory(hub=hub, authority__name="Fictionshire")

    page, pressed = (
        ncetm.get(f"{PAGE}areas/{area.pk}/remove/"),
        ncetm.post(f"{PAGE}areas/{area.pk}/remove/", follow=True),
    )

    said = "Great Sums Maths Hub has had Fictionshire since 1 September 2020: end it instead."
    assert f"This cannot be done. {said}" in text(page)
    assert said in text(pressed)
    assert pressed.redirect_chain == [(PAGE, 302)]
    assert hub.areas.count() == 1


def test_area_is_confirmed(ncetm, hub):
    area = HubAreaFactory(hub=hub, authority__name="Fictionshire", certain=False)

    done = ncetm.post(reverse("national_area_confirm", args=["great-sums", area.pk]), follow=True)

    area.refresh_from_db()
    assert area.certain
    assert "Fictionshire is confirmed." in text(done)


@pytest.mark.parametrize("kind", ["move", "end", "keep", "remove"])
def test_area_of_another_hub_is_not_found(ncetm, hub, kind):
    area = HubAreaFactory()

    assert ncetm.get(f"{PAGE}areas/{area.pk}/{kind}/").status_code == 404
    assert ncetm.get(reverse(f"national_area_{kind}", args=[area.hub.slug, area.pk])).status_code == 200


@pytest.mark.parametrize("odd", ["\u0663", "0", "99999999999999999999", "-1", "x" * 300])
def test_odd_queries_are_answered(ncetm, hub, authority, odd):
    area = HubAreaFactory(hub=hub)
    typed = {"authority": authority.pk, "district": "", "hub": hub.pk} | day("from_on", START) | day("until_on", START)

    for name in typed:
        query = urlencode(typed | {name: odd})
        for path in (ADD, f"{PAGE}areas/{area.pk}/move/", f"{PAGE}areas/{area.pk}/end/"):
            assert ncetm.get(f"{path}?{query}").status_code == 200
            assert ncetm.post(f"{path}?{query}").status_code in (200, 302)


@pytest.mark.parametrize("year", [1, 9999])
def test_odd_years_are_answered(ncetm, hub, authority, year):
    for odd in (date(year, 1, 1), date(year, 12, 31)):
        address = (
            f"{ADD}?authority={authority.pk}&from_on-day={odd.day}&from_on-month={odd.month}&from_on-year={year:04}"
        )
        assert ncetm.get(address).status_code == 200


# What a hub's page offers


def test_page_offers_what_can_be_done(ncetm, hub, django_assert_num_queries):
    today, ahead, past = clock.today(), clock.today() + timedelta(days=9), clock.today() - timedelta(days=9)
    dates = {
        "Lasting": (past, None),
        "Beginning": (today, None),
        "Coming": (ahead, None),
        "Ending": (past, ahead),
        "Ending today": (past, today),
        "Taken": (past, ahead),
        "Over": (past, past + timedelta(days=1)),
    }
    for name, (from_on, until_on) in dates.items():
        HubAreaFactory(hub=hub, authority__name=name, from_on=from_on, until_on=until_on)
    HubAreaFactory(authority=LocalAuthority.objects.get(name="Taken"), from_on=ahead)

    page = ncetm.get(PAGE)

    shown = {row.area.authority.name: [action["text"] for action in row.actions] for row in page.context["areas"]}
    assert shown == {
        "Lasting": ["Move", "End"],
        "Beginning": ["Move", "End", "Remove"],
        "Coming": ["Move", "End", "Remove"],
        "Ending": ["Keep"],
        "Ending today": ["Keep"],
        "Taken": [],
    }
    assert [(row.area.authority.name, row.actions) for row in page.context["areas_before"]] == [("Over", [])]
    assert "Areas that it had before" in text(page)


@pytest.mark.parametrize("count", [1, 30])
def test_page_takes_as_many_queries_for_many_areas(ncetm, hub, count, django_assert_num_queries):
    for _ in range(count):
        area = HubAreaFactory(hub=hub, until_on=START)
        HubAreaFactory(authority=area.authority, from_on=START)

    with django_assert_num_queries(7):
        page = ncetm.get(PAGE)

    assert text(page).count("</span>, then <a") == count


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_at_once_make_one_change(hub, authority):
    """Each gives the area to another hub on the same day: one does, the other is told."""
    HubAreaFactory(authority=authority)
    SchoolFactory(authority=authority)
    MathsHubFactory(name="Next Door")
    presses = []
    for slug in ("great-sums", "next-door"):
        browser = Client()
        browser.force_login(UserFactory(ncetm=True))
        address = adding(authority).replace("great-sums", slug)
        presses.append((browser, address, seen(browser.get(address))))

    answers = together(*(lambda each=each: each[0].post(each[1], {"seen": each[2]}, follow=True) for each in presses))

    area = HubArea.objects.get(from_on=START)
    done, late = (
        f"{area} is {area.hub}’s from 1 September 2090.",
        f"{area.hub} has Fictionshire from 1 September 2090: choose a later day.",
    )
    assert sorted((done in text(answer), late in text(answer)) for answer in answers) == [(False, True), (True, False)]


def test_confirm_waits_for_a_colleague_and_locks_one_authority_alone(ncetm, hub, authority):
    address = adding(authority)
    shown = seen(ncetm.get(address))

    with CaptureQueriesContext(connection) as taken:
        ncetm.post(address, {"seen": shown})

    locks = [query["sql"] for query in taken if "FOR UPDATE" in query["sql"]]
    assert [("directory_localauthority" in sql, f'"code" = {authority.pk}' in sql) for sql in locks] == [(True, True)]
