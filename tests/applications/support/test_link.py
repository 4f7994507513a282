"""The headteacher's link: one request for thirty days, opened by a press, never by a GET, never for the applicant."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import State, SupportState
from applications.models import HeadteacherSupport
from applications.models.support import LINK_LASTS
from applications.services.support import support_new_link, support_remind, support_request
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email
from tests.applications.supporters import asked, by_link, signature, with_link
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherStatementFactory, RoundFactory
from tests.factories.cohorts import ReleaseTermsFactory, ResidentialFactory

pytestmark = pytest.mark.django_db


STATEMENT = "Sam is the best teacher of maths I have worked with."


# The link


@pytest.mark.parametrize(
    "name",
    [
        "support_start",
        "support_answers",
        "support_statement",
        "support_commitments",
        "support_decline",
        "support_done",
    ],
)
def test_support_page_without_link_is_gone(client: Client, name: str) -> None:
    asked(SupportState.OPENED)

    assertContains(client.get(reverse(name)), "This link no longer works", status_code=410)


def test_link_of_known_token_leads_to_start(client: Client) -> None:
    support = asked()

    response = client.get(reverse("support_link", kwargs={"token": "the-token"}))

    assertRedirects(response, reverse("support_start"))
    assertContains(client.get(reverse("support_start")), str(support.application.applicant))


def test_link_of_unknown_token_is_gone(client: Client) -> None:
    asked()

    response = client.get(reverse("support_link", kwargs={"token": "another-token"}), follow=True)

    assertContains(response, "ask the teacher to send you the request again", status_code=410)


def test_link_of_cancelled_request_is_gone(client: Client) -> None:
    asked(SupportState.CANCELLED)

    response = client.get(reverse("support_link", kwargs={"token": "the-token"}), follow=True)

    assert response.status_code == 410


def test_reminder_ends_the_old_link_but_not_the_visit_of_whoever_came_by_it(client: Client) -> None:
    """A statement that is being written outlives a reminder."""
    support = with_link(client)
    support_remind(support=support, by=support.application.applicant, at=clock.now())

    assertRedirects(client.post(reverse("support_statement"), {"statement": "Fine"}), reverse("support_commitments"))
    assert by_link(client).get(reverse("support_gone")).status_code == 410
    assert Client().get(reverse("support_link", args=["the-token"])).url == reverse("support_gone")


def test_naming_somebody_else_ends_the_visit_too(client: Client) -> None:
    support = with_link(client)
    assert client.get(reverse("support_answers")).status_code == 200

    applicant, other = support.application.applicant, {"first_name": "A", "last_name": "B", "email": "b@school.example"}
    support_request(application=support.application, by=applicant, at=clock.now(), **other)

    assert client.get(reverse("support_answers")).status_code == 410


# A link that has expired


def with_expired_link(client: Client, state: str = SupportState.OPENED) -> HeadteacherSupport:
    now = clock.now()
    round = RoundFactory(complete=True, opens_at=now - timedelta(days=50), closes_at=now + timedelta(days=10))
    return with_link(client, state, application__round=round, sent_at=now - LINK_LASTS)


@pytest.mark.parametrize("name", ["support_start", "support_answers", "support_statement", "support_commitments"])
def test_expired_link_shows_nothing_but_the_way_to_a_new_one(client: Client, name: str) -> None:
    support = with_expired_link(client)
    HeadteacherStatementFactory(support=support, text=STATEMENT)

    response = client.get(reverse(name))

    assertContains(response, "Send me a new link", status_code=410)
    for secret in (STATEMENT, support.email, str(support.application.applicant)):
        assertNotContains(response, secret, status_code=410)


def test_text_typed_under_an_expired_link_is_shown_back(client: Client) -> None:
    with_expired_link(client)

    assertContains(client.post(reverse("support_statement"), {"statement": STATEMENT}), STATEMENT, status_code=410)


def test_expired_link_of_an_answered_request_leads_to_a_new_one(client: Client) -> None:
    with_expired_link(client, SupportState.SIGNED)

    assertContains(client.get(reverse("support_done")), "To see where things stand", status_code=410)


def test_new_link_goes_to_the_same_address_and_the_expired_one_opens_nothing_more(client: Client) -> None:
    support = with_expired_link(client)

    response = client.post(reverse("support_new_link"), {"email": "thief@elsewhere.example"}, follow=True)

    assertContains(response, "Check your email")
    assert Email.objects.get(kind="support_new_link").to == support.email
    assert client.get(reverse("support_start")).status_code == 410
    assertRedirects(client.post(reverse("support_new_link")), reverse("support_gone"), target_status_code=410)
    assert Email.objects.count() == 1


def test_expired_visit_is_not_brought_back_by_the_new_link(client: Client) -> None:
    """Whoever holds an expired link, and no more, stays out."""
    support = with_expired_link(client)
    support_new_link(support=support, hashed=support.token_hash, at=clock.now())

    assertContains(client.get(reverse("support_start")), "This link no longer works", status_code=410)


def test_new_link_is_not_sent_by_get_nor_for_a_link_that_works(client: Client) -> None:
    with_link(client)

    assert client.get(reverse("support_new_link")).status_code == 405
    assertContains(client.post(reverse("support_new_link"), follow=True), "Your link still works.")
    assert Email.objects.count() == 0


def test_link_gives_its_own_request_only(client: Client) -> None:
    with_link(client)
    other = HeadteacherStatementFactory(text="About somebody else", support__email="head@school.example")

    response = client.get(reverse("support_statement"))

    assertNotContains(response, other.text)


def test_link_opens_nothing_by_get(client: Client) -> None:
    """Mail scanners follow links."""
    support = with_link(client, SupportState.REQUESTED)
    people = User.objects.count()

    for name in ("support_start", "support_answers", "support_statement", "support_commitments", "support_decline"):
        client.get(reverse(name))

    support.refresh_from_db()
    assert (support.state, support.events.count(), User.objects.count()) == (SupportState.REQUESTED, 0, people)


def test_pages_before_opening_lead_to_start(client: Client) -> None:
    with_link(client, SupportState.REQUESTED)

    assertRedirects(client.get(reverse("support_statement")), reverse("support_start"))


# Start


def test_start_says_who_days_money_dates_and_deadline(client: Client) -> None:
    application = ApplicationFactory(applicant__first_name="Sam", applicant__last_name="Okoro")
    cohort = application.round.cohort
    ReleaseTermsFactory(cohort=cohort)
    ReleaseTermsFactory(cohort=cohort, programme_year=2, days_least=12, days_most=37, rate=None)
    ResidentialFactory(cohort=cohort)
    with_link(client, SupportState.REQUESTED, application=application)

    response = client.get(reverse("support_start"))

    for text in (
        "Sam Okoro",
        application.school.name,
        "15 days of release, paid at £200 a day: £3,000 in all",
        "12 to 37 days of release, subject to DfE funding",
        "11 to 12 November 2027 (subject to confirmation)",
    ):
        assertContains(response, text)


def test_start_continue_opens_in_the_name_of_the_headteacher(client: Client) -> None:
    support = with_link(client, SupportState.REQUESTED)

    assertRedirects(client.post(reverse("support_start")), reverse("support_answers"))

    support.refresh_from_db()
    assert (support.state, support.person.email) == (SupportState.OPENED, support.email)


def test_start_continue_knows_a_person_by_any_proven_address(client: Client) -> None:
    """Who signs in with another address than the one the teacher named is the same person."""
    support = with_link(client, SupportState.REQUESTED, email="head@larkfield.example")
    head = UserFactory(email="helen@home.example")
    EmailAddress.objects.create(user=head, email="head@larkfield.example", verified=True)

    assertRedirects(client.post(reverse("support_start")), reverse("support_answers"))

    support.refresh_from_db()
    assert (support.state, support.person) == (SupportState.OPENED, head)


def test_start_continue_refuses_another_address_of_the_applicant(client: Client) -> None:
    support = with_link(client, SupportState.REQUESTED, email="sam@larkfield.example")
    EmailAddress.objects.create(user=support.application.applicant, email=support.email, verified=True)

    response = client.post(reverse("support_start"), follow=True)

    assertContains(response, "You do not have permission to do this")
    support.refresh_from_db()
    assert support.state == SupportState.REQUESTED


def test_start_continue_twice_opens_once(client: Client) -> None:
    support = with_link(client, SupportState.REQUESTED)
    client.post(reverse("support_start"))

    assertRedirects(client.post(reverse("support_start")), reverse("support_answers"))

    assert support.events.filter(action="open").count() == 1


@pytest.mark.parametrize("name", ["support_statement", "support_commitments", "support_decline"])
def test_answer_refused_by_the_service_loses_nothing(client: Client, name: str) -> None:
    """The address has become one of the applicant's own since the request was opened."""
    support = with_link(client)
    HeadteacherStatementFactory(support=support, text=STATEMENT)
    EmailAddress.objects.create(user=support.application.applicant, email=support.email, verified=True)
    typed = signature(support) | {"statement": "A better one", "reason": "We have no cover"}

    response = client.post(reverse(name), typed)

    assert response.status_code == 200
    [refusal] = response.context["form"].non_field_errors()
    assert refusal in ("This request has already been answered.", "You do not have permission to do this.")
    support.refresh_from_db()
    assert (support.state, support.statement.text) == (SupportState.OPENED, STATEMENT)


# The applicant is turned away


@pytest.mark.parametrize("name", ["support_start", "support_answers", "support_statement", "support_done"])
def test_applicant_is_refused_where_headteacher_reads(client: Client, name: str) -> None:
    state = SupportState.SIGNED if name == "support_done" else SupportState.OPENED
    support = with_link(client, state)
    HeadteacherStatementFactory(support=support, text=STATEMENT)
    assert client.get(reverse(name)).status_code == 200
    client.force_login(support.application.applicant)
    by_link(client)

    response = client.get(reverse(name))

    assertContains(response, "This request is for your headteacher", status_code=403)
    assertNotContains(response, STATEMENT, status_code=403)


def test_applicant_cannot_sign(client: Client) -> None:
    support = with_link(client)
    HeadteacherStatementFactory(support=support, text=STATEMENT)
    client.force_login(support.application.applicant)
    by_link(client)

    response = client.post(reverse("support_commitments"), signature(support))

    support.refresh_from_db()
    assert (response.status_code, support.state) == (403, SupportState.OPENED)


def test_statement_is_on_no_page_of_the_applicant(client: Client) -> None:
    support = asked(SupportState.SIGNED, application__state=State.COMPLETE)
    HeadteacherStatementFactory(support=support, text=STATEMENT)
    application = support.application
    client.force_login(application.applicant)

    pages = [client.get(application.get_absolute_url()), client.get(reverse("application_list"))]

    assert [page.status_code for page in pages] == [200, 200]
    for page in pages:
        assertNotContains(page, STATEMENT)


def test_another_signed_in_person_may_follow_the_link(client: Client) -> None:
    """A headteacher may be signed in for other reasons, under another address."""
    client.force_login(UserFactory())
    with_link(client)

    assert client.get(reverse("support_answers")).status_code == 200
