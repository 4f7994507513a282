"""A form sent after the session has ended, in a real browser: what was typed is back for its writer alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Page, expect

from applications.enums import State, SupportState
from applications.models import Answer, Application, Round, Score
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from tests.applications.applicants import url
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, RoundFactory
from tests.journeys.walker import code_sent_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
TYPED = "Typed by one"


@dataclass
class Form:
    """Somebody's page, what they type there, the button, and whether that is stored."""

    who: User
    path: str
    typed: dict[str, str]
    button: str
    is_stored: Callable[[], bool]
    chosen: str = ""


def section() -> Form:
    draft = ApplicationFactory(ready=True)
    return Form(
        draft.applicant,
        url(draft, "about"),
        {"job_title": TYPED},
        "Save and continue",
        lambda: Application.objects.get(pk=draft.pk).job_title == TYPED,
    )


def answer() -> Form:
    """Of the page that saves while one types, sent before it has."""
    draft = ApplicationFactory(ready=True)
    return Form(
        draft.applicant,
        url(draft, "answer", number=1),
        {"text": TYPED},
        "Save and continue",
        lambda: Answer.objects.filter(application=draft, text=TYPED).exists(),
    )


def round_dates() -> Form:
    opens_at = (clock.now() + timedelta(days=1)).replace(second=0, microsecond=0)
    round = RoundFactory(complete=True, opens_at=opens_at, published_at=None)
    return Form(
        UserFactory(ncetm=True),
        f"/national/rounds/{round.code}/dates/",
        {"reply_days": "21"},
        "Save",
        lambda: Round.objects.get(pk=round.pk).reply_days == 21,
    )


def score() -> Form:
    application = ApplicationFactory(ready=True, state=State.COMPLETE)
    criterion = application.terms.criteria.filter(shown="evidenced").first()
    return Form(
        UserFactory(hub_lead=application.hub),
        f"/hub/{application.hub.slug}/applications/{application.reference}/review/",
        {f"comment-{criterion.pk}": TYPED},
        "Save draft",
        lambda: Score.objects.filter(comment=TYPED, value=3).exists(),
        f"[name=score-{criterion.pk}][value='3']",
    )


FORMS = pytest.mark.parametrize("form_of", [section, answer, round_dates, score])


@pytest.fixture
def enter(settings: Any) -> Callable[[Page, User], None]:
    def signed_in(page: Page, person: User) -> None:
        client = Client()
        client.force_login(person)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": settings.SITE_URL}])

    return signed_in


def sends_too_late(page: Page, form: Form) -> None:
    page.goto(form.path)
    for name, value in form.typed.items():
        page.locator(f"[name={name}]").fill(value)
    if form.chosen:
        page.locator(form.chosen).check()
    Session.objects.all().delete()
    page.get_by_role("button", name=form.button, exact=True).click()
    expect(page.get_by_text("You have been signed out.")).to_be_visible()
    assert not form.is_stored()


def signs_in(page: Page, person: User) -> None:
    page.get_by_label("Email address").fill(person.email)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("h1")).to_have_text("Check your email")
    page.locator("[name=code]").fill(code_sent_to(person.email))
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).not_to_have_text("Check your email")


@FORMS
def test_what_was_typed_is_back_for_its_writer(browse, enter, form_of, axe: Callable[[Page], None]) -> None:
    form, page = form_of(), browse(width=360)
    enter(page, form.who)
    sends_too_late(page, form)

    signs_in(page, form.who)

    expect(page.locator("h1")).to_have_text("What you typed is not saved yet")
    axe(page)
    page.get_by_role("button", name="Save what I typed").click()
    page.wait_for_load_state()
    assert form.is_stored()


@FORMS
def test_what_was_typed_is_shown_to_nobody_else(browse, enter, form_of) -> None:
    form, page, other = form_of(), browse(), UserFactory()
    enter(page, form.who)
    sends_too_late(page, form)

    signs_in(page, other)

    for path in ("", "/account/typed/"):
        if path:
            page.goto(path)
        expect(page.locator("h1")).not_to_have_text("What you typed is not saved yet")
        assert all(value not in page.content() for value in form.typed.values() if len(value) > 2)
    assert not form.is_stored()


@pytest.mark.parametrize("sent", [True, False])
def test_typed_answer_of_one_applicant_is_on_no_page_of_another(browse, enter, sent: bool) -> None:
    """In one window, on a school's computer: what was sent waits, sealed; what was not yet sent is kept by the tab."""
    form, page = answer(), browse()
    draft = Application.objects.get(applicant=form.who)
    other = ApplicationFactory(ready=True, round=draft.round, applicant__last_name="Otherwise")
    page.on("dialog", lambda asked: asked.accept())  # "leave this page?"
    enter(page, form.who)
    if sent:
        sends_too_late(page, form)
    else:
        types_too_late(page, form)
        page.goto("/account/sign-in/")

    signs_in(page, other.applicant)

    for path, status in ((form.path, 404), (url(other, "answer", number=1), 200), ("/account/typed/", 200)):
        reached = page.goto(path)
        assert (reached.status, TYPED in page.content()) == (status, False), path
    page.goto(url(other, "answer", number=1))
    expect(page.locator("textarea")).to_have_value(Answer.objects.get(application=other, question__order=1).text)
    assert TYPED not in str(page.evaluate("Object.entries(sessionStorage).map(String)"))
    assert not Answer.objects.filter(text=TYPED).exists()


def types_too_late(page: Page, form: Form) -> None:
    page.clock.install()
    page.goto(form.path)
    Session.objects.all().delete()
    with page.context.expect_event("console"):  # the browser logs the answer 401 as an error
        page.locator("textarea").fill(TYPED)
        page.clock.run_for(3_500)
    expect(page.get_by_text("Not saved: you have been signed out.")).to_be_visible()
    assert TYPED in str(page.evaluate("Object.entries(sessionStorage).map(String)"))


def test_headteachers_statement_is_on_the_page_that_says_so(browse, axe: Callable[[Page], None]) -> None:
    """They have no account to sign in to: they copy it, and open their link again."""
    HeadteacherSupportFactory(token="the-token", state=SupportState.OPENED)
    page = browse(width=360)
    page.goto("/support/the-token/")
    page.goto("/support/statement/")
    page.locator("[name=statement]").fill(TYPED)
    Session.objects.all().delete()
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("Save|Continue")).first.click()

    expect(page.get_by_text(TYPED)).to_be_visible()
    axe(page)
    stranger = browse()
    stranger.goto("/support/statement/")
    assert TYPED not in stranger.content()
