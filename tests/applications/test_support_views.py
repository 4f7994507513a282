"""The headteacher's pages: by link alone, one request a link, and nothing of them for the applicant."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import Shown, State, SupportState
from applications.models import Application, HeadteacherStatement, HeadteacherSupport
from applications.services.support import support_send_again
from cohorts.enums import Whose
from cohorts.models import CommitmentSet
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AnswerFactory,
    ApplicationFactory,
    CriterionFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
)
from tests.factories.cohorts import PlacementFactory, ReleaseTermsFactory, ResidentialFactory, SpecialistFactory

pytestmark = pytest.mark.django_db
STATEMENT = "Sam is the best teacher of maths I have worked with."


def asked(state: str = SupportState.REQUESTED, **kwargs: Any) -> HeadteacherSupport:
    return HeadteacherSupportFactory(token="the-token", state=state, **kwargs)


def by_link(client: Client, token: str = "the-token") -> Client:
    client.get(reverse("support_link", kwargs={"token": token}))
    return client


def with_link(client: Client, state: str = SupportState.OPENED, **kwargs: Any) -> HeadteacherSupport:
    """A headteacher's browser that followed the link of a request in this state."""
    support = asked(state, **kwargs)
    by_link(client)
    return support


def signature(support: HeadteacherSupport, **changed: Any) -> dict[str, Any]:
    application = support.application
    commitment_set = CommitmentSet.objects.get(cohort=application.round.cohort, whose=Whose.HEADTEACHER)
    return {
        "confirmed": [c.pk for c in application.terms.criteria.filter(shown=Shown.HEADTEACHER)],
        "agreed": [c.pk for c in commitment_set.commitments.all()],
        "signed_as": "Helen Marsh",
    } | changed


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


def test_link_dies_in_session_when_sent_again(client: Client) -> None:
    support = with_link(client)
    assert client.get(reverse("support_answers")).status_code == 200

    support_send_again(support=support, by=support.application.applicant, at=clock.now())

    assert client.get(reverse("support_answers")).status_code == 410


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


# Answers and statement


def test_answers_of_draft_say_that_they_may_change(client: Client) -> None:
    support = with_link(client)
    AnswerFactory(application=support.application, text="I plan in small steps.")

    response = client.get(reverse("support_answers"))

    for text in ("I plan in small steps.", "Not answered yet", "This is a draft"):
        assertContains(response, text)


def test_answers_of_submitted_application_are_no_draft(client: Client) -> None:
    with_link(client, application__state=State.SUBMITTED)

    assertNotContains(client.get(reverse("support_answers")), "This is a draft")


def test_statement_is_saved_and_shown_again(client: Client) -> None:
    with_link(client)

    response = client.post(reverse("support_statement"), {"statement": STATEMENT})

    assertRedirects(response, reverse("support_commitments"))
    assertContains(client.get(reverse("support_statement")), STATEMENT)


def test_statement_too_long_is_refused_and_kept(client: Client) -> None:
    with_link(client, application__round__statement_words=3)

    response = client.post(reverse("support_statement"), {"statement": "one two three four"})

    assertContains(response, "It is 1 word too long")
    assert HeadteacherStatement.objects.get().text == "one two three four"


def test_statement_with_null_character_is_no_server_error(client: Client) -> None:
    with_link(client)

    response = client.post(reverse("support_statement"), {"statement": "one\x00two"})

    assert (response.status_code, HeadteacherStatement.objects.get().text) == (200, "onetwo")


def test_statement_is_skipped_where_the_round_asks_for_none(client: Client) -> None:
    with_link(client, application__round__statement_words=None)

    assertRedirects(client.get(reverse("support_statement")), reverse("support_commitments"))


# Signing and declining


def test_commitments_signed_complete_a_submitted_application(client: Client) -> None:
    support = with_link(client, application__state=State.SUBMITTED)
    client.post(reverse("support_statement"), {"statement": STATEMENT})

    response = client.post(reverse("support_commitments"), signature(support))

    assertRedirects(response, reverse("support_done"))
    support.refresh_from_db()
    assert (support.state, support.pledge.signed_as) == (SupportState.SIGNED, "Helen Marsh")
    assert Application.objects.get(pk=support.application_id).state == State.COMPLETE
    assert Email.objects.get(kind="support_copy").to == support.email


def test_commitments_signed_without_statement_where_none_is_asked(client: Client) -> None:
    support = with_link(client, application__round__statement_words=None)

    assertRedirects(client.post(reverse("support_commitments"), signature(support)), reverse("support_done"))


def test_commitments_show_every_problem_at_once_and_keep_what_was_given(client: Client) -> None:
    support = with_link(client)
    first = signature(support)["agreed"][:1]

    response = client.post(reverse("support_commitments"), {"agreed": first, "signed_as": ""})

    for problem in (
        "Write your statement in support",
        "Tick what you confirm, or decline to support",
        "Tick every commitment to agree to it: 1 not ticked yet",
        "Type your full name to sign",
    ):
        assertContains(response, problem)
    assert response.context["form"]["agreed"].value() == [str(first[0])]
    support.refresh_from_db()
    assert support.state == SupportState.OPENED


def test_commitments_need_every_essential_confirmation(client: Client) -> None:
    support = with_link(client, application__round__statement_words=None)
    terms = support.application.terms
    desirable = CriterionFactory(terms=terms, headteacher=True, importance="desirable")

    response = client.post(reverse("support_commitments"), signature(support, confirmed=[desirable.pk]))
    assertContains(response, "Tick everything that you confirm, or decline to support")

    essential = terms.criteria.filter(shown=Shown.HEADTEACHER).exclude(pk=desirable.pk).get()
    client.post(reverse("support_commitments"), signature(support, confirmed=[essential.pk]))
    met = {d.criterion: d.met for d in support.application.declarations.all()}
    assert met == {essential: True, desirable: False}


def test_commitments_are_signed_where_nothing_is_to_confirm(client: Client) -> None:
    support = with_link(client, application__round__statement_words=None)
    support.application.terms.criteria.filter(shown=Shown.HEADTEACHER).delete()

    assert "confirmed" not in client.get(reverse("support_commitments")).context["form"].fields
    assertRedirects(client.post(reverse("support_commitments"), signature(support)), reverse("support_done"))


def test_commitments_of_an_older_version_are_asked_again(client: Client) -> None:
    support = with_link(client, application__round__statement_words=None)

    response = client.post(reverse("support_commitments"), signature(support, agreed=[999_999]))

    assertContains(response, "What your school is asked to agree to has changed")


def test_commitments_signed_twice_lead_to_what_was_signed(client: Client) -> None:
    support = with_link(client, application__round__statement_words=None)
    client.post(reverse("support_commitments"), signature(support))

    assertRedirects(client.post(reverse("support_commitments"), signature(support)), reverse("support_done"))

    assert support.events.filter(action="sign").count() == 1


def test_decline_keeps_the_reason_from_the_applicant(client: Client) -> None:
    support = with_link(client)

    response = client.post(reverse("support_decline"), {"reason": "We have no cover"}, follow=True)

    assertContains(response, "You declined to support this application")
    support.refresh_from_db()
    assert (support.state, support.decline_reason) == (SupportState.DECLINED, "We have no cover")
    sent = Email.objects.get(kind="support_declined")
    assert (sent.to, "no cover" in sent.text) == (support.application.applicant.email, False)


def test_decline_without_reason_is_refused(client: Client) -> None:
    support = with_link(client)

    assertContains(client.post(reverse("support_decline"), {"reason": " "}), "Give a reason")

    support.refresh_from_db()
    assert support.state == SupportState.OPENED


# Too late


@pytest.mark.parametrize(("late", "status", "state"), [(-1, 302, SupportState.DECLINED), (0, 403, SupportState.OPENED)])
def test_answer_at_the_deadline(client: Client, time_machine: Any, late: int, status: int, state: str) -> None:
    """In time until the last microsecond; from the closing instant on, what was typed is shown back."""
    support = asked(SupportState.OPENED)
    deadline = support.application.round.support_deadline
    time_machine.move_to(deadline - timedelta(minutes=5), tick=False)
    by_link(client)
    time_machine.move_to(deadline + timedelta(microseconds=late), tick=False)

    response = client.post(reverse("support_decline"), {"reason": "We have no cover"})

    support.refresh_from_db()
    assert (response.status_code, support.state) == (status, state)
    if status == 403:
        assertContains(response, "The time to answer has passed", status_code=403)
        assertContains(response, "We have no cover", status_code=403)


def test_closed_page_says_whom_to_tell(client: Client, time_machine: Any) -> None:
    support = asked(SupportState.OPENED)
    time_machine.move_to(support.application.round.support_deadline)
    by_link(client)

    response = client.get(reverse("support_start"))

    assertContains(response, "The time to answer has passed")
    assertContains(response, support.application.hub.email)


def test_withdrawn_application_needs_no_answer(client: Client) -> None:
    with_link(client, application__state=State.WITHDRAWN)

    assertContains(client.get(reverse("support_start")), "This application was withdrawn")


def test_text_typed_under_a_dead_link_is_shown_back(client: Client) -> None:
    support = with_link(client)
    support_send_again(support=support, by=support.application.applicant, at=clock.now())

    response = client.post(reverse("support_statement"), {"statement": STATEMENT})

    assertContains(response, STATEMENT, status_code=410)
    assert not HeadteacherStatement.objects.exists()


# Done


def test_done_before_the_release_shows_no_proposal(client: Client) -> None:
    with_link(client, SupportState.SIGNED, application__state=State.OFFER_PROPOSED)

    response = client.get(reverse("support_done"))

    assertContains(response, "With the hub")
    assertNotContains(response, "roposed")


def test_done_after_acceptance_shows_the_placement(client: Client) -> None:
    application = ApplicationFactory(state=State.ACCEPTED)
    specialist = SpecialistFactory(person=application.applicant, cohort=application.round.cohort)
    PlacementFactory(specialist=specialist, hub=application.hub, school=application.school)
    with_link(client, SupportState.SIGNED, application=application)

    response = client.get(reverse("support_done"))

    assertContains(response, "Place accepted")
    assertContains(response, f"is placed with {application.hub} at {application.school} from 1 September 2027")


def test_pages_take_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    with_link(client)
    for name in ("support_start", "support_answers", "support_statement", "support_commitments", "support_decline"):
        with django_assert_max_num_queries(12):
            assert client.get(reverse(name)).status_code == 200
