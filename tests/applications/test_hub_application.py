"""One application as the hub sees it: everything beside everything else, and to each role no more than is theirs."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import Outcome, State, SupportState
from applications.models import Application
from applications.services.selection import decision_propose, decision_release
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership
from mastery_hub.common import clock
from mastery_hub.directory.enums import EstablishmentStatus
from mastery_hub.directory.models import MathsHub
from tests.applications.hubs import STATEMENT, address, signed_in
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationEventFactory,
    ApplicationFactory,
    DecisionFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportEventFactory,
    HeadteacherSupportFactory,
    ReviewFactory,
)
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


def test_application_page_shows_a_lead_everything(client: Client, application: Application) -> None:
    signed_in(client, hub_lead=application.hub)

    response = client.get(address(application))

    for text in (
        "Sam Okoro",
        "I plan lessons in small steps",
        STATEMENT,
        "Serves:",
        "What the school committed to",
        "4 of 4 places left",
        "Propose a decision",
        "Confirm this headteacher",
    ):
        assertContains(response, text)


def test_application_page_at_another_hub_is_not_found(client: Client, application: Application) -> None:
    """Nor does one's own hub in the address open another hub's application."""
    other = MathsHubFactory()
    signed_in(client, hub_lead=other)

    assert client.get(address(application)).status_code == 404
    assert client.get(address(application, hub=other)).status_code == 404
    signed_in(client, hub_lead=application.hub)
    assert client.get(address(application)).status_code == 200


def test_application_page_of_draft_is_not_found(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)

    assert client.get(address(ApplicationFactory(state=State.DRAFT, hub=hub))).status_code == 404


def test_application_page_of_ones_own_is_not_found(client: Client, application: Application) -> None:
    """A hub lead who applies learns no more than other applicants."""
    client.force_login(application.applicant)
    assert client.get(address(application)).status_code == 404

    UserFactory(hub_lead=application.hub)
    Membership.objects.create(user=application.applicant, role=Role.HUB_LEAD, hub=application.hub)

    assert client.get(address(application)).status_code == 404


def test_application_page_shows_administrators_facts_alone(client: Client, application: Application) -> None:
    lead = UserFactory(hub_lead=application.hub)
    ReviewFactory(application=application, reviewer=lead, scored=3, submitted_at=clock.now())
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="", reason="Strongest of all")
    signed_in(client, hub_administrator=application.hub)

    response = client.get(address(application))

    assertContains(response, application.applicant.email)
    assertContains(response, "With the hub")
    for secret in (STATEMENT, "I plan lessons", "roposed", "Strongest of all", "Average", "places left"):
        assertNotContains(response, secret)


@pytest.mark.parametrize(
    ("role", "buttons"),
    [
        ("hub_lead", ["Score", "Propose a decision"]),
        ("hub_reviewer", ["Score"]),
        ("hub_administrator", []),
        ("ncetm", []),
    ],
)
def test_application_page_offers_the_buttons_of_the_role(
    client: Client, application: Application, role: str, buttons: list[str]
) -> None:
    signed_in(client, **{role: True if role == "ncetm" else application.hub})

    context = client.get(address(application)).context

    assert [button["text"] for button in context.get("buttons") or []] == buttons


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        (State.OFFER_PROPOSED, ["Release the offer", "Change the proposal", "Take the proposal back"]),
        (
            State.RESERVED,
            ["Propose a decision", "Take a letter back that was sent in error", "Refer to a neighbouring hub"],
        ),
        (State.OFFERED, []),
        (State.WITHDRAWN, []),
    ],
)
def test_application_page_offers_the_buttons_of_the_state(
    client: Client, hub: MathsHub, state: str, buttons: list[str]
) -> None:
    signed_in(client, hub_lead=hub)
    application = ApplicationFactory(state=state, hub=hub)

    context = client.get(address(application)).context

    assert [button["text"] for button in context["buttons"]] == buttons


def test_application_page_compares_with_the_register(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, school__closed=True, school__head_last_name="Brown")
    HeadteacherSupportFactory(application=application, last_name="Marsh")

    response = client.get(address(application))

    assertContains(response, "Not an open, state-funded school")
    assertContains(response, "The names differ")


def test_application_page_finds_nothing_amiss_where_register_agrees(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, school__head_last_name="MARSH")
    HeadteacherSupportFactory(application=application, last_name="Marsh")

    context = client.get(address(application)).context

    assert [row["check"] for row in context["register_rows"]] == ["", "", ""]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (EstablishmentStatus.OPEN, "Open. "),
        (EstablishmentStatus.CLOSING, "Open, but proposed to close. "),
        (EstablishmentStatus.PROPOSED, "Proposed to open. "),
        (EstablishmentStatus.CLOSED, "Closed. "),
    ],
)
def test_application_page_calls_a_school_closed_only_when_it_is(
    client: Client, hub: MathsHub, status: EstablishmentStatus, said: str
) -> None:
    signed_in(client, hub_lead=hub)
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, school__status=status)

    register = client.get(address(application)).context["register_rows"][0]["register"]

    assert register == f"{said}{application.school.type_name}, URN {application.school_id}"


def test_application_page_keeps_scores_from_reviewer_who_has_not_scored(
    client: Client, application: Application
) -> None:
    ReviewFactory(application=application, scored=4, submitted_at=clock.now())
    reviewer = signed_in(client, hub_reviewer=application.hub)

    scores = client.get(address(application)).context["scores"]
    assert (scores["reviews"], scores["hidden"]) == ([], 1)

    ReviewFactory(application=application, reviewer=reviewer, scored=2, submitted_at=clock.now())

    scores = client.get(address(application)).context["scores"]
    assert (scores["totals"], scores["average"], scores["hidden"]) == (["4.0", "2.0"], "3.0", 0)


def test_application_page_shows_no_draft_of_a_colleague(client: Client, application: Application) -> None:
    ReviewFactory(application=application, scored=4)
    signed_in(client, hub_lead=application.hub)

    scores = client.get(address(application)).context["scores"]

    assert (scores["reviews"], scores["hidden"]) == ([], 0)


def test_application_page_shows_no_statement_before_it_is_signed(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    application = ApplicationFactory(state=State.SUBMITTED, hub=hub)
    support = HeadteacherSupportFactory(application=application, state=SupportState.OPENED)
    HeadteacherStatementFactory(support=support, text="Half a thought")

    assertNotContains(client.get(address(application)), "Half a thought")


def test_application_page_shows_no_statement_of_one_who_declined(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    application = ApplicationFactory(state=State.INCOMPLETE, hub=hub)
    support = HeadteacherSupportFactory(application=application, state=SupportState.DECLINED, decline_reason="No cover")
    HeadteacherStatementFactory(support=support, text="Half a thought")

    page = client.get(address(application))

    assertContains(page, "No cover")
    assertNotContains(page, "Half a thought")


def test_application_page_shows_the_reason_for_declining(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    application = ApplicationFactory(state=State.INCOMPLETE, hub=hub)
    HeadteacherSupportFactory(application=application, state=SupportState.DECLINED, decline_reason="No cover")

    assertContains(client.get(address(application)), "No cover")


def test_application_page_tells_every_step_newest_first(client: Client, application: Application) -> None:
    lead = signed_in(client, hub_lead=application.hub)
    ApplicationEventFactory(application=application)
    HeadteacherSupportEventFactory(support=application.supports.get())
    decision_propose(application=application, by=lead, outcome=Outcome.RESERVE, feedback="")
    decision_release(application=application, by=lead)

    events = client.get(address(application)).context["events"]

    assert [event["title"] for event in events] == [
        "Put on the reserve list",
        "Reserve list proposed",
        "Headteacher asked for support",
        "Application started",
    ]


def test_application_page_of_national_administrator_is_read_only(client: Client, application: Application) -> None:
    signed_in(client, ncetm=True)

    response = client.get(address(application))

    assertContains(response, STATEMENT)
    assertNotContains(response, "Confirm this headteacher")


def test_application_page_takes_at_most_20_queries(
    client: Client, application: Application, django_assert_max_num_queries: Any
) -> None:
    signed_in(client, hub_lead=application.hub)
    for _ in range(3):
        ReviewFactory(application=application, scored=3, submitted_at=clock.now())
        DecisionFactory(application=application, closed_at=clock.now())

    with django_assert_max_num_queries(20):
        assert client.get(address(application)).status_code == 200


# Confirming the headteacher


def test_headteacher_is_confirmed_by_a_lead(client: Client, application: Application) -> None:
    signed_in(client, hub_lead=application.hub)

    response = client.post(address(application, "hub_confirm_headteacher"), follow=True)

    assertContains(response, f"is confirmed as headteacher of {application.school}")
    held = Membership.objects.get(role=Role.HEADTEACHER)
    assert (held.user, held.school) == (application.supports.get().person, application.school)
    assertNotContains(client.get(address(application)), "Confirm this headteacher")


@pytest.mark.parametrize("role", ["hub_reviewer", "ncetm"])
def test_headteacher_is_not_confirmed_by_others(client: Client, application: Application, role: str) -> None:
    signed_in(client, **{role: True if role == "ncetm" else application.hub})

    assertRedirects(
        client.post(address(application, "hub_confirm_headteacher")),
        f"{address(application)}#headteacher",
        fetch_redirect_response=False,
    )

    assert not Membership.objects.filter(role=Role.HEADTEACHER).exists()


def test_headteacher_is_not_confirmed_by_get(client: Client, application: Application) -> None:
    signed_in(client, hub_lead=application.hub)

    assert client.get(address(application, "hub_confirm_headteacher")).status_code == 405
