"""Submit pressed twice, in a real browser: by a double click, with and without the script, and in two tabs at once."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from applications.enums import State
from applications.models import Application, ApplicationEvent
from mastery_hub.messaging.models import Email
from tests.applications.applicants import url
from tests.factories.applications import ApplicationFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
SENTENCE = "Nothing was changed: this application is now “waiting for support”."


@pytest.fixture
def application() -> Application:
    return ApplicationFactory(ready=True)


@pytest.fixture
def enter(application: Application, settings: Any) -> Callable[[Page], Page]:
    client = Client()
    client.force_login(application.applicant)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]

    def at_the_button(page: Page) -> Page:
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": settings.SITE_URL}])
        page.goto(url(application, "check"))
        return page

    return at_the_button


def button(page: Page) -> Locator:
    return page.get_by_role("button", name="Submit application")


def submitted_once(application: Application) -> None:
    application.refresh_from_db()
    assert application.state == State.SUBMITTED
    assert ApplicationEvent.objects.filter(application=application, action="submit").count() == 1
    told = Counter(Email.objects.values_list("kind", "to"))
    assert told["application_submitted", application.applicant.email] == 1
    assert set(told.values()) == {1}


def is_sensible(page: Page) -> str:
    """The page of what was submitted, or the application's with a sentence; its heading."""
    page.wait_for_load_state()
    heading = page.locator("h1")
    expect(heading).to_have_count(1)
    if heading.inner_text() == "Application submitted":
        expect(page.get_by_text("Your reference")).to_be_visible()
        return "submitted"
    expect(page.get_by_text(SENTENCE)).to_be_visible()
    expect(page.get_by_text("Waiting for support").first).to_be_visible()
    return "told"


@pytest.mark.parametrize("script", [True, False])
def test_double_click_submits_once(browse: Callable[..., Page], enter, application, script: bool) -> None:
    page = enter(browse(width=360, java_script_enabled=script))
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))

    button(page).dblclick(no_wait_after=True)

    page.wait_for_url(lambda place: not place.endswith("/check/"))
    assert is_sensible(page) == "submitted" or not script
    assert len(sent) == 1 or not script
    submitted_once(application)


def test_two_tabs_submit_once(browse: Callable[..., Page], enter, application, axe: Callable[[Page], None]) -> None:
    first = enter(browse())
    second = first.context.new_page()
    second.goto(url(application, "check"))

    for tab in (first, second):
        tab.evaluate("setTimeout(() => document.querySelector('button[name=terms]').click(), 50)")

    for tab in (first, second):
        tab.wait_for_url(lambda place: not place.endswith("/check/"))
    assert {is_sensible(first), is_sensible(second)} == {"submitted", "told"}
    axe(first)
    axe(second)
    submitted_once(application)


def test_tab_left_open_is_told_that_it_is_submitted(browse: Callable[..., Page], enter, application) -> None:
    page = enter(browse())
    left_open = page.context.new_page()
    left_open.goto(url(application, "check"))
    button(page).click()
    assert is_sensible(page) == "submitted"

    button(left_open).click()

    assert is_sensible(left_open) == "told"
    submitted_once(application)
