"""The deadline in words, on the server and, minute by minute, in a real browser."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from applications.applicant_presenters.deadlines import remaining_words
from applications.enums import SupportState
from applications.models import Application
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from tests.applications.applicants import signed_in, url
from tests.factories.applications import ApplicationFactory, ExtensionFactory, HeadteacherSupportFactory, RoundFactory

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
END = datetime(2027, 3, 29, 17, tzinfo=LONDON)  # the clocks go forward the night before


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (24 * HOUR * 21, "21 days"),
        (48 * HOUR, "2 days"),
        (24 * HOUR, "1 day"),
        (24 * HOUR - SECOND, "23 hours 59 minutes"),
        (2 * HOUR + 10 * MINUTE, "2 hours 10 minutes"),
        (2 * HOUR, "2 hours"),
        (HOUR + MINUTE, "1 hour 1 minute"),
        (HOUR - SECOND, "59 minutes"),
        (MINUTE, "1 minute"),
        (59 * SECOND, "less than a minute"),
    ],
)
def test_what_is_left_in_words(left, words) -> None:
    assert remaining_words(END, END.astimezone(UTC) - left) == words


def test_end_of_a_day_counts_that_day_as_the_last() -> None:
    midnight = datetime(2027, 3, 30, tzinfo=LONDON)
    assert remaining_words(midnight, datetime(2027, 3, 27, 12, tzinfo=LONDON)) == "2 days"


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["page", "check"])
@pytest.mark.parametrize("support_later", [False, True])
@pytest.mark.parametrize("extended", [False, True])
def test_draft_says_until_when_for_whom_and_what_becomes_of_it(page, support_later, extended, client: Client) -> None:
    closes_at = clock.now() + 3 * HOUR
    support_closes_at = closes_at + 240 * HOUR if support_later else None
    round = RoundFactory(complete=True, closes_at=closes_at, support_closes_at=support_closes_at)
    application = signed_in(client, round=round)
    if extended:
        ExtensionFactory(round=round, hub=application.hub, closes_at=closes_at + HOUR)
    shown = client.get(url(application, page))
    told = shown.context["countdown"]
    assert 0 < told.seconds <= (4 if extended else 3) * 3600
    text = shown.content.decode()
    assert ("NCETM gave you more time" in text) == extended
    assert ("Your headteacher has until" in text) == support_later
    assert ("Your headteacher must have signed by then too" in text) != support_later
    assert "closed by itself and not considered" in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SupportState.SIGNED, "Helen Marsh has signed for your school."),
        (SupportState.OPENED, "Your headteacher must have signed by then too."),
        (SupportState.DECLINED, "Your headteacher must have signed by then too."),
    ],
)
def test_draft_asks_for_the_headteachers_signature_until_it_is_there(state, words, client: Client) -> None:
    application = signed_in(client)
    HeadteacherSupportFactory(application=application, state=state)

    assert client.get(url(application)).context["countdown"].headteacher == words


@pytest.mark.django_db(transaction=True)
@pytest.mark.journey
def test_page_counts_on_by_the_servers_time_and_says_little(browse: Callable[..., Page], settings: Any) -> None:
    """The computer's clock is wrong by a year, and does not matter."""
    application: Application = ApplicationFactory(
        round=RoundFactory(complete=True, closes_at=clock.now() + HOUR + 2 * MINUTE + 30 * SECOND)
    )
    client = Client()
    client.force_login(application.applicant)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page = browse(width=360)
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": settings.SITE_URL}])
    page.clock.install(time=datetime(2020, 1, 1, tzinfo=LONDON))
    page.goto(url(application))
    shown, said = page.locator("[data-countdown]"), page.locator("[data-countdown-said]")
    expect(shown).to_have_text("1 hour 2 minutes left")
    expect(said).to_have_text("")
    for wait, words, heard in (
        (2, "1 hour left", ""),
        (1, "59 minutes left", "1 hour left to submit your application"),
        (10, "49 minutes left", "1 hour left to submit your application"),
        (35, "14 minutes left", "15 minutes left to submit your application"),
        (10, "4 minutes left", "5 minutes left to submit your application"),
        (4, "less than a minute left", "1 minute left to submit your application"),
        (1, "the time is up", "The time is up. What you have saved is kept."),
    ):
        page.clock.run_for(wait * 60_000)
        expect(shown).to_have_text(words)
        expect(said).to_have_text(heard)
