"""What a hub sees of eligibility: outcome, failed rules and exceptions, in its lists, its to-dos and its pages."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications import permissions
from applications.enums import ExceptionState, State, SupportState
from applications.models import Application, EligibilityException
from applications.services.deletion import application_delete
from applications.services.eligibility import exception_decide
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub
from tests.applications.hubs import address, signed_in
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    EligibilityExceptionEventFactory,
    EligibilityExceptionFactory,
    EligibilityOutcomeFactory,
    HeadteacherSupportFactory,
    ReviewFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db
REASON = "From September I teach three days a week."
GRANT = {"answer": "grant", "reason": "The school has told us the same"}


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


def excepted(hub: MathsHub, state: str = State.SUBMITTED, **exception: Any) -> EligibilityException:
    application = ApplicationFactory(state=state, hub=hub)
    if state == State.COMPLETE:
        HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    made = EligibilityExceptionFactory(application=application, **exception)
    EligibilityExceptionEventFactory(exception=made)
    return made


def path(exception: EligibilityException, hub: MathsHub | None = None) -> str:
    return reverse("hub_exception", args=[(hub or exception.hub).slug, exception.pk])


def listed(client: Client, hub: MathsHub, query: str = "") -> list[EligibilityException]:
    page = client.get(reverse("hub_exception_list", args=[hub.slug]) + query)
    return [row.record for row in page.context["table"].rows]


def test_list_holds_this_hubs_exceptions_of_drafts_too_and_none_taken_back(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    of_draft, submitted = excepted(hub, State.DRAFT), excepted(hub)
    excepted(MathsHubFactory())
    EligibilityExceptionFactory(application=ApplicationFactory(hub=hub), state=ExceptionState.CANCELLED)
    assert set(listed(client, hub)) == {of_draft, submitted}


def test_list_is_filtered_by_what_was_decided(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    asked = excepted(hub)
    granted = EligibilityExceptionFactory(application=ApplicationFactory(hub=hub), state="granted")
    over = excepted(hub)
    Application.objects.filter(pk=over.application_id).update(state=State.WITHDRAWN, shown_state=State.WITHDRAWN)
    assert listed(client, hub, "?state=asked") == [asked]
    assert listed(client, hub, "?state=granted") == [granted]


def test_draft_is_not_readable_and_a_submitted_application_is(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    page = client.get(path(excepted(hub, State.DRAFT)))
    assertContains(page, "still a draft, which the hub cannot read")
    assertContains(page, REASON)
    submitted = excepted(hub)
    assertContains(client.get(path(submitted)), address(submitted.application))


@pytest.mark.parametrize("answer", ["grant", "refuse"])
def test_lead_decides_on_the_page(client: Client, hub: MathsHub, answer: str) -> None:
    lead = signed_in(client, hub_lead=hub)
    exception = excepted(hub)
    reply = client.post(path(exception), GRANT | {"answer": answer})
    assertRedirects(reply, reverse("hub_exception_list", args=[hub.slug]))
    exception.refresh_from_db()
    assert (exception.state, exception.decided_by) == ({"grant": "granted", "refuse": "refused"}[answer], lead)
    page = client.get(path(exception))
    assertContains(page, GRANT["reason"])
    assertNotContains(page, "What do you decide?")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"answer": "", "reason": "Because"}, "Select whether you make the exception"),
        ({"answer": "perhaps", "reason": "Because"}, "Select one of the choices shown"),
        ({"answer": "grant", "reason": " "}, "Write why: the applicant reads it"),
        ({"answer": "grant", "reason": "x" * 2001}, "must be 2,000 characters or fewer"),
        ({"answer": "grant", "reason": "\0"}, "Null characters are not allowed"),
    ],
)
def test_bad_input_decides_nothing_and_loses_nothing(
    client: Client, hub: MathsHub, typed: dict[str, str], message: str
) -> None:
    signed_in(client, hub_lead=hub)
    exception = excepted(hub)
    page = client.post(path(exception), typed)
    assertContains(page, message)
    assert page.context["form"]["reason"].value() == typed["reason"]
    exception.refresh_from_db()
    assert exception.state == ExceptionState.ASKED


def test_slower_lead_is_told_and_keeps_what_they_typed(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    exception = excepted(hub)
    faster = UserFactory(hub_lead=hub, first_name="Faster")
    exception_decide(exception=exception, by=faster, grant=False, reason="No maths is taught there")
    page = client.post(path(exception), GRANT)
    assertContains(page, "Nothing was changed")
    assertContains(page, GRANT["reason"])
    assertContains(page, "No maths is taught there")


@pytest.mark.parametrize(("role", "reads"), [("hub_reviewer", 1), ("hub_administrator", 0)])
def test_others_of_the_hub_do_not_decide_and_administrators_read_no_reason(
    client: Client, hub: MathsHub, role: str, reads: int
) -> None:
    signed_in(client, **{role: hub})
    exception = excepted(hub)
    page = client.get(path(exception))
    assertContains(page, REASON, count=reads)
    assertContains(page, "Shown to leads and reviewers of the hub", count=1 - reads)
    assertNotContains(page, "What do you decide?")
    assertContains(client.post(path(exception), GRANT), "You do not have permission")


@pytest.mark.parametrize(("role", "reads"), [("hub_lead", True), ("hub_reviewer", True), ("hub_administrator", False)])
def test_what_the_hub_answered_is_read_by_whoever_reads_what_was_asked(
    client: Client, hub: MathsHub, role: str, reads: bool
) -> None:
    exception = excepted(hub)
    exception_decide(exception=exception, by=UserFactory(hub_lead=hub), grant=True, reason="Ill until October")
    signed_in(client, **{role: hub})

    for place in (path(exception), address(exception.application)):
        page = client.get(place)
        assert ("Ill until October" in page.text, REASON in page.text) == (reads, reads)
        assertContains(page, "The hub’s reason")


def test_reasons_are_for_leads_and_reviewers_of_the_hub_that_was_asked_and_ncetm(hub: MathsHub) -> None:
    exception = excepted(hub)
    readers = [UserFactory(hub_lead=hub), UserFactory(hub_reviewer=hub), UserFactory(ncetm=True)]
    others = [UserFactory(hub_administrator=hub), UserFactory(hub_lead=MathsHubFactory()), UserFactory()]

    assert [permissions.can_read_reason(user, exception) for user in readers] == [True] * 3
    assert [permissions.can_read_reason(user, exception) for user in others] == [False] * 3
    for reader in readers:
        exception.application.applicant = reader
        assert not permissions.can_read_reason(reader, exception)


def test_another_hub_finds_nothing(client: Client, hub: MathsHub) -> None:
    exception, other = excepted(hub), MathsHubFactory()
    signed_in(client, hub_lead=other)
    assert client.get(path(exception)).status_code == 404
    assert client.get(path(exception, other)).status_code == 404


def test_nobody_meets_their_own(client: Client, hub: MathsHub) -> None:
    exception = excepted(hub)
    lead = signed_in(client, hub_lead=hub)
    Application.objects.filter(pk=exception.application_id).update(applicant=lead)
    assert (client.get(path(exception)).status_code, listed(client, hub)) == (404, [])


def test_to_do_leads_to_what_waits(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    exception = excepted(hub, State.DRAFT)
    HubPlacesFactory(cohort=ApplicationFactory(hub=hub, round=exception.application.round).round.cohort)
    page = client.get(reverse("hub_home", args=[hub.slug]))
    assertContains(page, "Decide on 1 exception from an essential rule")
    assertContains(page, f"{reverse('hub_work', args=[hub.slug])}?need=exceptions")
    exception_decide(exception=exception, by=UserFactory(hub_lead=hub), grant=True, reason="Yes")
    assertNotContains(client.get(reverse("hub_home", args=[hub.slug])), "exception from an essential rule")


def test_list_of_applications_marks_and_filters_who_waits(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    waiting = excepted(hub).application
    ApplicationFactory(state=State.SUBMITTED, hub=hub)
    place = reverse("hub_application_list", args=[hub.slug])
    assertContains(client.get(place), "Waits for the hub’s exception</strong>", count=1)
    page = client.get(f"{place}?eligibility=asked")
    assert [row.record for row in page.context["table"].rows] == [waiting]


@pytest.mark.parametrize("role", ["hub_lead", "hub_reviewer", "hub_administrator"])
def test_application_shows_outcome_failed_rules_and_exception(client: Client, hub: MathsHub, role: str) -> None:
    signed_in(client, **{role: hub})
    exception = excepted(hub, State.COMPLETE)
    page = client.get(address(exception.application))
    assertContains(page, "Not met (essential)")
    assert (REASON in page.text) == (role != "hub_administrator")
    assertContains(page, "The applicant’s reason")
    assertContains(page, path(exception), count=1 if role == "hub_lead" else 0)


def test_page_with_an_exception_takes_at_most_20_queries(
    client: Client, hub: MathsHub, django_assert_max_num_queries: Any
) -> None:
    signed_in(client, hub_lead=hub)
    exception = excepted(hub, State.COMPLETE)
    ReviewFactory(application=exception.application, scored=3, submitted_at=clock.now())
    with django_assert_max_num_queries(20):
        assert client.get(address(exception.application)).status_code == 200


def test_application_without_questions_shows_no_eligibility(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    application = ApplicationFactory(state=State.COMPLETE, hub=hub)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    assertNotContains(client.get(address(application)), "Eligibility")


def test_deleted_draft_leaves_nothing_of_its_exception(hub: MathsHub) -> None:
    exception = excepted(hub, State.DRAFT)
    EligibilityException.objects.filter(pk=exception.pk).update(reason="Another one")
    assert exception.history.exists()
    application = exception.application
    application_delete(application=application, by=application.applicant)
    assert not EligibilityException.objects.exists()
    assert not application.eligibility_outcomes.exists()
    assert not type(exception).history.rel.related_model.objects.exists()


def test_outcome_speaks_of_itself() -> None:
    outcome = EligibilityOutcomeFactory()
    assert str(outcome).endswith(": 1 not met")
