"""The script that saves while one types, in a real browser: two tabs, a network that breaks, a session that ends."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Page, expect

from applications.models import Answer, Application
from tests.applications.applicants import url
from tests.factories.applications import ApplicationFactory
from tests.journeys.walker import code_sent_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
REFUSED = "Promise.reject(new TypeError('Failed to fetch'))"  # a true failure is logged as an error


@pytest.fixture
def application() -> Application:
    return ApplicationFactory(ready=True)


@pytest.fixture
def enter(application: Application, settings: Any) -> Callable[[Page], None]:
    def signed_in(page: Page) -> None:
        client = Client()
        client.force_login(application.applicant)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": settings.SITE_URL}])

    return signed_in


@pytest.fixture
def tab(browse: Callable[..., Page], enter: Callable[[Page], None], application: Application) -> Page:
    page = browse(width=360)
    enter(page)
    page.clock.install()
    page.goto(url(application, "answer", number=1))
    return page


def stored() -> str:
    return Answer.objects.get(question__order=1).text


def types(page: Page, text: str, *, rests: bool = True) -> None:
    page.locator("textarea").fill(text)
    if rests:
        page.clock.run_for(3_500)


def said(page: Page) -> Any:
    return page.locator(".app-autosave:visible")


def failure(page: Page) -> Any:
    return page.locator("form").get_by_role("alert")


def test_a_pause_saves_and_says_when_to_the_eye_alone(tab: Page, axe: Callable[[Page], None]) -> None:
    types(tab, "I plan in small steps.")

    expect(said(tab)).to_have_text(re.compile(r"^Saved at \d{1,2}(:\d\d)?[ap]m$"))
    expect(failure(tab)).to_be_empty()
    assert stored() == "I plan in small steps."
    axe(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_no_pause_has_saved_is_saved_on_leaving_and_by_two_clicks_once(tab: Page) -> None:
    types(tab, "Typed in a hurry.", rests=False)
    with tab.expect_response(lambda answer: answer.request.method == "POST"):
        tab.evaluate(
            "() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true }); "
            "document.dispatchEvent(new Event('visibilitychange')); delete document.hidden }"
        )
    assert stored() == "Typed in a hurry."
    expect(said(tab)).to_contain_text("Saved at")
    types(tab, "Pressed twice.", rests=False)
    tab.get_by_role("button", name="Save and continue").dblclick()

    expect(tab).to_have_url(re.compile("evidence/2"))
    answer = Answer.objects.get(question__order=1)
    assert (answer.text, answer.history.count()) == ("Pressed twice.", 2)


def test_two_tabs_the_later_is_shown_both_texts(
    tab: Page, application: Application, axe: Callable[[Page], None]
) -> None:
    other = tab.context.new_page()
    other.clock.install()
    other.goto(tab.url)
    types(tab, "Written in the first tab.")
    expect(said(tab)).to_contain_text("Saved at")

    types(other, "Written in the second tab.")

    expect(failure(other)).to_contain_text("Not saved. This was changed at")
    assert stored() == "Written in the first tab."
    other.get_by_role("button", name="Save and continue").click()
    expect(other.locator(".govuk-error-summary")).to_contain_text("Your answer was changed in another window")
    expect(other.locator("main")).to_contain_text("Written in the first tab.")
    expect(other.locator("textarea")).to_have_value("Written in the second tab.")
    axe(other)
    assert other.evaluate("document.documentElement.scrollWidth") <= 360
    other.get_by_role("button", name="Save and continue").click()
    expect(other).to_have_url(re.compile("evidence/2"))
    assert stored() == "Written in the second tab."


def test_network_that_breaks_loses_nothing(tab: Page, axe: Callable[[Page], None]) -> None:
    tab.evaluate(f"() => {{ window.wire = window.fetch; window.fetch = () => {REFUSED} }}")
    types(tab, "Typed in a tunnel.")
    expect(failure(tab)).to_contain_text("Not saved: we cannot reach the service.")
    axe(tab)
    tab.evaluate("() => { window.fetch = window.wire; window.dispatchEvent(new Event('online')) }")
    expect(said(tab)).to_contain_text("Saved at")
    expect(failure(tab)).to_be_empty()
    assert stored() == "Typed in a tunnel."

    # An answer that got lost on its way back is no conflict with oneself
    tab.evaluate(f"() => {{ window.fetch = (...all) => wire(...all).then(() => {REFUSED}) }}")
    types(tab, "Saved, but nobody knows.")
    expect(failure(tab)).not_to_be_empty()
    assert stored() == "Saved, but nobody knows."
    tab.evaluate("() => { window.fetch = wire }")
    types(tab, "Saved, and now we know.")
    expect(said(tab)).to_contain_text("Saved at")
    assert stored() == "Saved, and now we know."

    # What is not saved yet is still there after a reload
    tab.evaluate(f"() => {{ window.fetch = () => {REFUSED} }}")
    types(tab, "Typed in another tunnel.")
    expect(failure(tab)).not_to_be_empty()
    tab.on("dialog", lambda asked: asked.accept())  # "leave this page?"
    tab.reload()
    expect(tab.locator("textarea")).to_have_value("Typed in another tunnel.")
    expect(tab.get_by_text("This is what you typed here before.")).to_be_visible()
    axe(tab)
    tab.clock.run_for(3_500)
    expect(said(tab)).to_contain_text("Saved at")
    assert stored() == "Typed in another tunnel."
    assert tab.evaluate("sessionStorage.length") == 0


def test_session_that_ended_is_said_and_signing_in_again_saves(
    tab: Page, enter: Callable[[Page], None], application: Application, axe: Callable[[Page], None]
) -> None:
    Session.objects.all().delete()
    with tab.context.expect_event("console"):  # the browser logs the answer 401 as an error
        types(tab, "Typed after the session ended.")
    expect(failure(tab).get_by_role("link", name="Sign in (opens in a new tab)")).to_be_visible()
    assert stored() != "Typed after the session ended."

    enter(tab)
    tab.evaluate("window.dispatchEvent(new Event('focus'))")

    expect(said(tab)).to_contain_text("Saved at")
    assert stored() == "Typed after the session ended."

    # A form sent then waits until the same person has signed in again
    Session.objects.all().delete()
    types(tab, "Sent after the session ended.", rests=False)
    tab.get_by_role("button", name="Save and continue").click()
    expect(tab.get_by_text("You have been signed out.")).to_be_visible()
    tab.get_by_label("Email address").fill(application.applicant.email)
    tab.get_by_role("button", name="Continue").click()
    expect(tab.locator("h1")).to_have_text("Check your email")
    tab.locator("[name=code]").fill(code_sent_to(application.applicant.email))
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.locator("h1")).to_have_text("What you typed is not saved yet")
    axe(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    tab.get_by_role("button", name="Save what I typed").click()
    expect(tab).to_have_url(re.compile("evidence/2"))
    assert stored() == "Sent after the session ended."
