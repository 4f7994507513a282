"""Hubs, schools' answers and edits of areas in a real browser: accessible, and no wider than a phone or a laptop."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub
from tests.factories.accounts import UserFactory
from tests.factories.directory import HubAreaFactory, HubPageBlockFactory, MathsHubFactory, SchoolFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
ADDING = "from_on-day=1&from_on-month=9&from_on-year=2090"


@pytest.fixture
def hub() -> MathsHub:
    """With a neighbour, a map, an area of every kind and a move to come."""
    hub, neighbour = MathsHubFactory(name="Great Sums", lead_schools="Sum Hall"), MathsHubFactory(name="Next Door")
    hub.neighbours.add(neighbour)
    HubPageBlockFactory(hub=hub)
    at = {"easting": 409000, "northing": 425000}
    first = SchoolFactory(name="Oak Hill", town="Halifax", authority__name="Fictionshire", in_hub=hub, **at)
    SchoolFactory(town="Elland", authority=first.authority, easting=411000, northing=421000)
    SchoolFactory(authority=first.authority)
    SchoolFactory.create_batch(3, in_hub=None, authority=HubAreaFactory(hub=neighbour).authority, **at)
    hub.areas.update(until_on=date(2090, 9, 1), certain=False)
    HubAreaFactory(hub=neighbour, authority=first.authority, from_on=date(2090, 9, 1))
    HubAreaFactory(hub=hub, from_on=date(2090, 9, 1))
    HubAreaFactory(hub=hub, until_on=date(2021, 9, 1))
    return hub


def visit(
    browse: Callable[..., Page], axe: Callable[[Page], None], settings: Any, person: User | None, *paths: str
) -> None:
    client = Client()
    if person:
        client.force_login(person)
    for width, other_width in ((360, 320), (1280, 700)):
        page = browse(width=width)
        if person:
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": settings.SITE_URL}])
        for path in paths:
            assert page.goto(path).status == 200, path
            for closed in page.locator("details:not([open]) > summary").all():
                closed.click()
            axe(page)
            for narrower in (width, other_width):
                page.set_viewport_size({"width": narrower, "height": 900})
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wide == 0, f"{path} is {wide} pixels too wide at {narrower}"
            page.set_viewport_size({"width": width, "height": 900})


def test_hub_and_school_pages(browse, axe, settings, hub) -> None:
    school = SchoolFactory(name="Elm Hill")
    answers = [f"/find-your-hub/{each}/" for each in hub.areas.first().authority.schools.values_list("pk", flat=True)]

    visit(browse, axe, settings, None, "/hubs/", "/hubs/great-sums/", *answers[:1], f"/find-your-hub/{school.pk}/")


def test_pages_of_an_edit(browse, axe, settings, hub) -> None:
    area = hub.areas.get(until_on=date(2090, 9, 1))
    base = "/national/hubs/great-sums/"
    adding = f"{base}areas/add/?authority={HubAreaFactory(hub__name='Third').authority_id}&{ADDING}"
    end = f"{base}areas/{hub.areas.get(until_on=None).pk}/end/"

    visit(
        browse, axe, settings, UserFactory(ncetm=True),
        base, f"{base}areas/add/", f"{base}areas/add/?authority=x", adding, f"{base}areas/{area.pk}/move/",
        end, f"{base}areas/{area.pk}/remove/",
    )  # fmt: skip


def test_an_area_is_added_by_hand(page: Page, settings: Any, hub) -> None:
    """Typed, looked at, gone back to, looked at again, confirmed; then the browser's own Back finds it done."""
    client = Client()
    client.force_login(UserFactory(ncetm=True))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": settings.SITE_URL}])
    school = SchoolFactory(authority__name="Elseshire", easting=410000, northing=426000)

    page.goto("/national/hubs/great-sums/")
    page.get_by_role("button", name="Add an area").click()
    page.get_by_label("Local authority").select_option("Elseshire")
    page.get_by_label("Year").fill("2091")
    page.get_by_role("button", name="Show what will change").click()
    page.get_by_role("heading", name="1 school moves on").wait_for()
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page.get_by_label("Year")).to_have_value("2091")
    page.get_by_label("Year").fill("2092")
    page.get_by_role("button", name="Show what will change").click()
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("Elseshire is Great Sums Maths Hub’s from").wait_for()
    page.go_back()

    expect(page.get_by_text("Great Sums Maths Hub has Elseshire already.").first).to_be_visible()
    assert page.get_by_role("button", name="Confirm").count() == 0
    assert hub.areas.get(authority=school.authority).from_on.year == 2092
