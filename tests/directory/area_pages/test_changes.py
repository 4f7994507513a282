"""Editing a hub's area in the page: confirmed, once, as it was shown."""

import re
from datetime import date
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mastery_hub.directory.models import HubArea, School
from tests.directory.area_pages.steps import ADD, PAGE, START, adding, day, rows, text
from tests.factories.accounts import UserFactory
from tests.factories.directory import HubAreaFactory, MathsHubFactory, SchoolFactory
from tests.threads import together

pytestmark = pytest.mark.django_db


def seen(response: HttpResponse) -> str:
    [found] = re.findall(r'name="seen" value="(\w+)"', response.content.decode())
    return str(found)


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


# two


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
