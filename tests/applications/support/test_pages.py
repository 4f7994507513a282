"""The headteacher's answer: statement, signature or refusal, in time or too late."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import Shown, State, SupportState
from applications.models import Application, HeadteacherStatement
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email
from tests.applications.supporters import asked, by_link, signature, with_link
from tests.factories.applications import AnswerFactory, ApplicationFactory, CriterionFactory, HeadteacherSupportFactory
from tests.factories.cohorts import PlacementFactory, SpecialistFactory

pytestmark = pytest.mark.django_db


STATEMENT = "Sam is the best teacher of maths I have worked with."


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


def autosave(client: Client, text: str, seen: str = "", mark: str = "a-mark-of-this-page") -> Any:
    data = {"statement": text, "seen": seen, "mark": mark}
    return client.post(reverse("support_statement"), data, headers={"accept": "application/json"})


def test_statement_saves_itself_however_long(client: Client) -> None:
    with_link(client, application__round__statement_words=3)
    assertContains(client.get(reverse("support_statement")), "data-autosave")

    told = autosave(client, "one two three four").json()

    statement = HeadteacherStatement.objects.get()
    assert (statement.text, told["seen"]) == ("one two three four", statement.mark)
    assert told["saved"].startswith("Saved at")


def test_statement_is_never_overwritten_by_a_window_that_has_not_shown_it(client: Client) -> None:
    with_link(client)
    first = autosave(client, STATEMENT).json()["seen"]

    assert autosave(client, "Mine", mark="of-another-window").status_code == 409
    page = client.post(reverse("support_statement"), {"statement": "Mine", "seen": ""})
    for text in (STATEMENT, "Mine", "changed in another window"):
        assertContains(page, text)
    assert HeadteacherStatement.objects.get().text == STATEMENT

    assert autosave(client, "Better", seen=first).status_code == 200
    again = client.post(reverse("support_statement"), {"statement": "Mine", "seen": ""}).context["form"]["seen"].value()
    client.post(reverse("support_statement"), {"statement": "Mine", "seen": again})
    assert HeadteacherStatement.objects.get().text == "Mine"


def test_statement_is_not_saved_by_a_dead_link_nor_after_signing(client: Client) -> None:
    support = with_link(client)
    type(support).objects.filter(pk=support.pk).update(token_hash="another")
    assert autosave(client, STATEMENT).status_code == 410

    other = Client()
    signed = HeadteacherSupportFactory(state=SupportState.SIGNED, token="second")
    by_link(other, "second")
    assert autosave(other, STATEMENT).status_code == 409
    assert not HeadteacherStatement.objects.filter(support__in=[support, signed]).exists()


def test_statement_that_is_signed_is_the_one_saved_last(client: Client) -> None:
    support = with_link(client)
    client.post(reverse("support_statement"), {"statement": STATEMENT})
    last = client.get(reverse("support_statement")).context["form"]["seen"].value()
    autosave(client, "The last word", seen=last)

    client.post(reverse("support_commitments"), signature(support))

    assert HeadteacherStatement.objects.get().text == "The last word"


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


@pytest.mark.parametrize(
    ("reason", "message"),
    [(" ", "Give a reason"), ("x" * 2001, "2000 characters"), ("no\0cover", "Null characters are not allowed")],
)
def test_decline_without_a_reason_that_can_be_kept_is_refused(client: Client, reason: str, message: str) -> None:
    support = with_link(client)

    assertContains(client.post(reverse("support_decline"), {"reason": reason}), message)

    support.refresh_from_db()
    assert support.state == SupportState.OPENED


# Too late


@pytest.mark.parametrize(("late", "status", "state"), [(-1, 302, SupportState.DECLINED), (0, 403, SupportState.OPENED)])
def test_answer_at_the_deadline(client: Client, time_machine: Any, late: int, status: int, state: str) -> None:
    """In time until the last microsecond; from the closing instant on, what was typed is shown back."""
    support = asked(SupportState.OPENED, sent_at=clock.now() + timedelta(minutes=1))
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
    support.application.supports.update(token_hash="another")

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
