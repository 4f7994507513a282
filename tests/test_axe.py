"""Every page of the resolver in a real browser on a phone: accessible, and no wider than it.

A page that is added is judged without anybody remembering it. One that cannot be opened by its address alone stands
in ELSEWHERE beside the words by which another test comes to it; the tests of each app judge further states and widths.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from applications.enums import State, SupportState
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.access import BY_LINK, HUB, NATIONAL, PUBLIC, SIGNED_IN
from tests import test_access
from tests.applications.supporters import with_link
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory, SubscriptionFactory
from tests.factories.messaging import EmailFactory
from tests.test_access import ROUTES, World, browser

world = test_access.world
PHONE = 360
HERE = Path(__file__).parent
LEADS_ON = {
    *("application_information", "invitation_open", "reminder_link", "renewal_link", "support_link"),
    *("leader_link", "nominated_link"),
}
BEHIND_A_STEP = {
    *("account_email_verification_sent", "account_confirm_login_code", "reminder"),
    *("support_start", "support_decline", "support_answers", "support_statement", "support_commitments"),
}
HUB_AXE, SUPPORT_AXE = "applications/test_hub_axe.py", "applications/support/test_pages_axe.py"
NOMINATION_AXE = "applications/nominations/test_pages_axe.py"
LEADER_AXE = "applications/subject_leader/test_pages_axe.py"
ELSEWHERE = {
    **{f"leader_{page}": (LEADER_AXE, f"/subject-leader/{page}/") for page in ("statement", "sign", "decline", "done")},
    "leader_start": (LEADER_AXE, "/subject-leader/the-token/"),
    "nominated": (NOMINATION_AXE, "/nominated/the-token/"),
    "nominated_decline": (NOMINATION_AXE, "/nominated/decline/"),
    "nominee_decline": (NOMINATION_AXE, '"nominee_decline"'),
    "nomination_correct": (NOMINATION_AXE, "{page}correct/"),
    "nomination_page": (NOMINATION_AXE, "get_absolute_url"),
    "nomination_withdraw": (NOMINATION_AXE, "{page}withdraw/"),
    "account_typed": ("applications/writing/test_script.py", "What you typed is not saved yet"),
    "application_defer": ("applications/test_after_axe.py", '"defer"), press='),
    "application_referral": ("applications/test_after_axe.py", '"referral"), press='),
    "application_exception": ("applications/test_eligibility_axe.py", '"exception"), press='),
    "eligibility_check_result": ("applications/test_eligibility_axe.py", "eligibility_check_result"),
    "hub_letter": (HUB_AXE, '"hub_letter"'),
    "hub_undo": (HUB_AXE, '"hub_undo"'),
    "hub_assessment_scores": (HUB_AXE, '"hub_assessment_scores"'),
    "hub_release": (HUB_AXE, '"hub_release"'),
    "hub_school": (HUB_AXE, '"hub_school"'),
    "hub_together": (HUB_AXE, "'hub_together', args"),
    "hub_take_back": (HUB_AXE, '"hub_take_back"'),
    "national_import_insist": ("directory/test_imports_axe.py", "Import it all the same"),
    "renewal_decline": (SUPPORT_AXE, '"renewal_decline"'),
    "renewal_done": (SUPPORT_AXE, "Sign and send"),
    "renewal_start": (SUPPORT_AXE, '"renewal_start"'),
    "support_done": ("journeys/test_application.py", "Thank you for your support"),
    "support_pass_on": (SUPPORT_AXE, '"support_pass_on"'),
    "support_several": (SUPPORT_AXE, '"support_several"'),
}
Opened = tuple[str, str, User | None]
Judge = Callable[[Client, str], None]


def worlds(world: World) -> Iterator[World]:
    """The same addresses of a draft, of an offer, and of a round that is being set up or has closed."""
    email = EmailFactory().pk
    rows = world.rows | {"pk of demo_email": email, "pk of demo_email_as_sent": email}
    yield replace(world, rows=rows)
    for state in (State.DRAFT, State.OFFERED):
        application = ApplicationFactory(state=state, round=world.application.round, hub=world.application.hub)
        yield replace(world, application=application, rows=rows | {"reference": application.reference})
    soon = clock.now() + timedelta(days=20)
    begun = RoundFactory(complete=True, opens_at=soon, closes_at=soon + timedelta(days=30), published_at=None)
    closed = clock.now() - timedelta(days=1)
    over = RoundFactory(complete=True, opens_at=closed - timedelta(days=60), closes_at=closed)
    for round in (begun, over):
        yield replace(world, rows=rows | {"code": round.code})


def pages(world: World) -> tuple[list[Opened], set[str]]:
    """Each page with an address and somebody who may open it; and those that nobody could open."""
    found: dict[str, Opened] = {}
    other: set[str] = set()
    for each in worlds(world):
        for name in ROUTES.keys() - found.keys() - other:
            path = each.path(name)
            for person in doors(each, name):
                answer = browser(person).get(path)
                if is_page(answer) or (answer.status_code == 410 and name.endswith("_gone")):
                    found[name] = name, path, person
                elif answer.status_code in (200, 405, 503):
                    other.add(name)  # a button, a file, or for programs
    return sorted(found.values(), key=lambda each: each[0]), set(ROUTES) - found.keys() - other


def doors(world: World, name: str) -> tuple[User | None, ...]:
    """Those for whom the address is; one of them may open it."""
    applicant = world.application.applicant
    known: dict[Any, tuple[User | None, ...]] = {HUB: (world.lead,), NATIONAL: (world.ncetm,)}
    known |= {PUBLIC: (None, applicant), BY_LINK: (None,), SIGNED_IN: (applicant, world.head)}
    return known.get(ROUTES[name].access, (world.ncetm, world.lead))


def is_page(answer: Any) -> bool:
    html = answer["Content-Type"].startswith("text/html") if "Content-Type" in answer else False
    return answer.status_code == 200 and html and b"<main" in answer.content


@pytest.fixture
def judge(browse: Callable[..., Page], axe: Callable[[Page], None]) -> Judge:
    page = browse(width=PHONE)

    def at(client: Client, path: str) -> None:
        """Opens it with the session of a test's client, which may have none."""
        page.context.clear_cookies()
        cookie = client.cookies.get(site_settings.SESSION_COOKIE_NAME)
        if cookie:
            page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site_settings.SITE_URL}])
        answer = page.goto(path)
        assert answer, path
        assert (answer.status in (200, 410), page.url.partition("?")[0].endswith(path)) == (True, True), page.url
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, path

    return at


@pytest.mark.django_db
def test_every_page_is_judged(world: World) -> None:
    _, unopened = pages(world)

    assert unopened == {*ELSEWHERE, *LEADS_ON, *BEHIND_A_STEP}
    assert [name for name, (test, words) in ELSEWHERE.items() if words not in (HERE / test).read_text()] == []


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", range(2))
def test_page_is_accessible_on_a_phone(world: World, judge: Judge, part: int) -> None:
    opened, _ = pages(world)
    for _, path, person in opened[part::2]:
        judge(browser(person), path)


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_page_behind_a_step_is_accessible_on_a_phone(judge: Judge) -> None:
    steps: dict[str, Client] = {}
    for state, names in (
        (SupportState.REQUESTED, ("support_start",)),
        (SupportState.OPENED, ("support_decline", "support_answers", "support_statement", "support_commitments")),
    ):
        client = Client()
        with_link(client, state, token=f"link-of-{state}")
        steps |= dict.fromkeys(names, client)
    reader = steps["reminder"] = Client()
    SubscriptionFactory(link="the-link-of-a-reminder")
    reader.get(reverse("reminder_link", args=["the-link-of-a-reminder"]))
    stranger = steps["account_confirm_login_code"] = Client()
    stranger.post(reverse("account_login"), {"email": UserFactory().email})
    person = steps["account_email_verification_sent"] = browser(UserFactory())
    person.post(reverse("account_email"), {"email": "another@example.org", "action_add": ""})

    assert set(steps) == BEHIND_A_STEP
    for name, client in steps.items():
        judge(client, reverse(name))
