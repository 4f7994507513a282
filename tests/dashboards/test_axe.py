"""Public pages, homes and dashboards in a real browser: accessible, and no wider than a phone or a laptop."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page

from applications.enums import State, SupportState
from mastery_hub.accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, RoundFactory
from tests.factories.cohorts import (
    CohortPointFactory,
    PlacementFactory,
    ProgrammePageBlockFactory,
    ReleaseTermsFactory,
    ResidentialFactory,
)
from tests.factories.dashboards import PageFeedbackFactory, QuestionErrorCountFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]

Walk = Callable[..., None]


@pytest.fixture
def walk(browse: Callable[..., Page], axe: Callable[[Page], None], settings: Any) -> Walk:
    """Opens each page at both widths as one person, or as nobody."""

    def visit(person: User | None, *paths: str) -> None:
        client = Client()
        if person:
            client.force_login(person)
        for width in (360, 1280):
            page = browse(width=width)
            if person:
                cookie = client.cookies[settings.SESSION_COOKIE_NAME]
                page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": settings.SITE_URL}])
            for path in paths:
                assert page.goto(path).status == 200, path
                axe(page)
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wide == 0, f"{path} is {wide} pixels too wide at {width}"

    return visit


def test_public_pages(walk: Walk) -> None:
    round = ApplicationFactory(state=State.COMPLETE).round
    cohort = round.cohort
    ProgrammePageBlockFactory(programme=cohort.programme, body="One\n\n| A | B |\n| - | -: |\n| 1 | 2 |")
    CohortPointFactory(cohort=cohort)
    ReleaseTermsFactory(cohort=cohort)
    ResidentialFactory(cohort=cohort)
    base = f"/rounds/{round.code}/"

    walk(None, "/", cohort.programme.get_absolute_url(), base, f"{base}information/", f"{base}remind-me/")
    walk(None, f"{base}send/", f"{cohort.programme.get_absolute_url()}tell-me/", "/reminders/asked/")
    walk(None, "/privacy/", "/accessibility/", "/cookies/", "/contact/", "/feedback/?about=cookies&back=/cookies/")


def test_pages_of_a_hub_and_the_nation(walk: Walk) -> None:
    round = RoundFactory(complete=True)
    application = ApplicationFactory(round=round, state=State.OFFER_PROPOSED)
    hub = application.hub
    for state in (State.COMPLETE, State.OFFERED, State.DRAFT):
        ApplicationFactory(round=round, hub=hub, state=state)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    PlacementFactory(hub=hub)
    programme = f"/national/programmes/{round.cohort.programme.slug}/"

    walk(UserFactory(hub_lead=hub), "/", f"/hub/{hub.slug}/", f"/hub/{hub.slug}/specialists/")
    lists = ("/national/rounds/", "/national/specialists/", programme, f"{programme}why/")
    PageFeedbackFactory(route="cookies", comment="Say what a cookie is.")
    QuestionErrorCountFactory()
    lists += ("/national/feedback/", "/national/feedback/cookies/", "/national/form-errors/", "/national/fairness/")
    walk(UserFactory(ncetm=True), "/", "/national/?sort=-left", *lists)


def test_pages_of_people(walk: Walk) -> None:
    application = ApplicationFactory(state=State.ACCEPTED)
    specialist = PlacementFactory(
        specialist__person=application.applicant, specialist__cohort=application.round.cohort, school=application.school
    ).specialist
    ResidentialFactory(cohort=specialist.cohort)
    ReleaseTermsFactory(cohort=specialist.cohort)
    head = UserFactory(headteacher=application.school)
    HeadteacherSupportFactory(application=application, person=head, state=SupportState.SIGNED)
    HeadteacherSupportFactory(email=head.email)

    walk(application.applicant, "/", "/specialist/")
    walk(head, "/", f"/school/{application.school_id}/")
    walk(UserFactory(), "/", "/specialist/")
