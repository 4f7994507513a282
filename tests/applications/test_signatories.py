"""Who signs for the school where that is not its headteacher: passed on, or named by a headteacher who applies."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import Action, Outcome, Signatory, State, SupportState
from applications.models import HeadteacherStatement, HeadteacherSupport
from applications.permissions import can_confirm_headteacher, what_comes_first
from applications.services.selection import decision_propose, decision_release
from applications.services.signatories import signatory_agree, support_pass_on
from applications.services.support import REQUESTS_AN_HOUR
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash
from mastery_hub.dashboards.hubs import headteachers_due
from mastery_hub.messaging.models import Email
from tests.applications import hubs
from tests.applications.applicants import signed_in, url
from tests.applications.supporters import by_link, with_link
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
)

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)
REASON = "Our trust signs centrally"
OTHER = {
    "first_name": "Joan",
    "last_name": "Hill",
    "role": "Executive headteacher",
    "email": "Joan@trust.example",
    "reason": REASON,
}
CHAIR = {"first_name": "Ada", "last_name": "Bell", "role": "Chair of governors", "email": "ada@governors.example"}


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def pass_on(support: HeadteacherSupport, **changed: Any) -> HeadteacherSupport:
    return support_pass_on(**{"support": support, "by": support.person, "at": clock.now()} | OTHER | changed)


def opened(**kwargs: Any) -> HeadteacherSupport:
    return HeadteacherSupportFactory(state=SupportState.OPENED, **kwargs)


# Passed on


def test_request_passed_on_ends_and_another_begins() -> None:
    support = opened()

    passed = pass_on(support)

    support.refresh_from_db()
    event = support.events.get(action="pass_on")
    assert (support.state, event.reason, event.by) == (SupportState.CANCELLED, REASON, support.person)
    assert (passed.passed_from, passed.signatory, passed.role) == (support, Signatory.PASSED_ON, OTHER["role"])
    assert (passed.email, passed.state) == ("joan@trust.example", SupportState.REQUESTED)
    told = {email.kind: email for email in Email.objects.all()}
    assert told["support_passed_on"].to == passed.email
    assert told["support_passed"].to == support.application.applicant.email
    assert "Joan Hill" in told["support_passed"].text
    assert [kind for kind, email in told.items() if REASON in email.text + email.html] == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"email": "own"}, "own-address"),
        ({"email": "same"}, "same-address"),
        ({"role": " "}, "role-missing"),
        ({"reason": " "}, "reason-missing"),
        ({"by": "stranger"}, "not-allowed"),
    ],
)
def test_passing_on_needs_somebody_else_a_role_a_reason_and_the_person_asked(changed, code) -> None:
    support = opened()
    known = {
        "own": support.application.applicant.email.upper(),
        "same": support.email.upper(),
        "stranger": UserFactory(),
    }
    changed = {name: known.get(value, value) for name, value in changed.items()}

    with refused(code):
        pass_on(support, **changed)
    assert list(support.application.supports.all()) == [support]
    assert pass_on(support).passed_from == support


def test_passing_on_ends_with_the_time_for_support() -> None:
    support = opened()
    end = support.application.support_closes_at
    with refused("closed"):
        pass_on(support, at=end)
    assert pass_on(support, at=end - MICROSECOND).state == SupportState.REQUESTED


@pytest.mark.parametrize("state", [SupportState.REQUESTED, SupportState.SIGNED, SupportState.DECLINED])
def test_only_an_opened_request_is_passed_on(state) -> None:
    support = HeadteacherSupportFactory(state=state)
    with refused("stale"):
        pass_on(support, by=support.person or UserFactory())


def test_passing_on_and_on_ends() -> None:
    support = opened()
    for number in range(1, REQUESTS_AN_HOUR):
        support = pass_on(support, email=f"n{number}@trust.example")
        HeadteacherSupport.objects.filter(pk=support.pk).update(
            state=SupportState.OPENED, person=UserFactory(email=support.email)
        )
        support.refresh_from_db()
    with refused("too-many"):
        pass_on(support)


def test_page_passes_the_request_on_and_the_link_dies(client: Client) -> None:
    support = with_link(client)
    HeadteacherStatementFactory(support=support, text="My own words")
    assertContains(client.get(reverse("support_answers")), reverse("support_pass_on"))

    assertRedirects(client.post(reverse("support_pass_on"), OTHER), reverse("support_passed"))

    assert by_link(client).get(reverse("support_start")).status_code == 410
    passed = support.application.supports.current().get()
    assert not HeadteacherStatement.objects.filter(support=passed).exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"first_name": ""}, "Enter their first name"),
        ({"role": ""}, "Enter their role in the school"),
        ({"role": "x" * 81}, "80 characters"),
        ({"email": "joan"}, "Enter an email address in the correct format"),
        ({"last_name": "<b>see https://evil.example"}, "Enter a name without symbols"),
        ({"reason": ""}, "Say why they sign for the school"),
        ({"reason": "x" * 501}, "500 characters"),
        ({"reason": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_page_says_what_is_wrong_and_keeps_what_was_typed(client: Client, changed, message: str) -> None:
    support = with_link(client)

    page = client.post(reverse("support_pass_on"), OTHER | changed)

    assertContains(page, message)
    assertContains(page, "Hill" if "last_name" not in changed else "Joan")
    support.refresh_from_db()
    assert support.state == SupportState.OPENED


def test_whoever_it_was_passed_to_reads_who_asks(client: Client) -> None:
    support = opened(first_name="Helen", last_name="Marsh")
    passed = pass_on(support)
    HeadteacherSupport.objects.filter(pk=passed.pk).update(token_hash=token_hash("the-second"))

    page = by_link(client, "the-second").get(reverse("support_start"))

    assertContains(page, "and Helen Marsh ask you, as executive headteacher, to support")


def test_applicant_sees_to_whom_it_was_passed_and_not_why(client: Client) -> None:
    application = signed_in(client)
    pass_on(opened(application=application))

    page = client.get(url(application, "headteacher"))
    status = client.get(url(application))

    assertContains(page, "The request was passed to Joan Hill, executive headteacher")
    for each in (page, status):
        assertNotContains(each, REASON)


def test_hub_sees_who_passed_it_on_and_why(client: Client) -> None:
    application = ApplicationFactory(state=State.SUBMITTED)
    pass_on(opened(application=application))
    hubs.signed_in(client, hub_lead=application.hub)

    page = client.get(hubs.address(application))

    assertContains(page, "Helen Marsh passed the request on to Joan Hill, executive headteacher")
    assertContains(page, REASON)


# A headteacher who applies


def signed_by_chair(**kwargs: Any) -> HeadteacherSupport:
    given = {
        "first_name": "Ada",
        "last_name": "Bell",
        "signatory": Signatory.HEAD_APPLIES,
        "role": "Chair of governors",
    }
    return HeadteacherSupportFactory(**{"state": SupportState.SIGNED, **given} | kwargs)


def test_headteacher_who_applies_names_somebody_else(client: Client) -> None:
    application = signed_in(client)
    place = url(application, "headteacher")
    assertContains(client.get(place), "I am the headteacher myself")
    assertContains(client.get(f"{place}?head=yes"), "must agree to them before it can offer you a place")

    client.post(f"{place}?head=yes", CHAIR)

    support = HeadteacherSupport.objects.get()
    assert (support.signatory, support.role, support.email) == (Signatory.HEAD_APPLIES, CHAIR["role"], CHAIR["email"])
    assert "names you, chair of governors, to sign" in Email.objects.get(kind="support_requested").text


@pytest.mark.parametrize(
    ("changed", "message"), [({"role": ""}, "Enter their role"), ({"email": "own"}, "not your own")]
)
def test_headteacher_who_applies_names_a_role_and_not_themself(client: Client, changed, message: str) -> None:
    application = signed_in(client)
    changed = {"email": application.applicant.email} if changed == {"email": "own"} else changed

    page = client.post(f"{url(application, 'headteacher')}?head=yes", CHAIR | changed)

    assertContains(page, message)
    assertContains(page, 'value="Bell"')
    assert not HeadteacherSupport.objects.exists()


def test_passed_on_by_a_chair_it_still_waits_for_the_hub() -> None:
    support = signed_by_chair(state=SupportState.OPENED)

    assert pass_on(support, role="Vice chair").signatory == Signatory.HEAD_APPLIES


@pytest.mark.parametrize("action", [Action.PROPOSE_OFFER, Action.RELEASE_OFFER])
def test_no_place_is_offered_before_the_hub_has_agreed_to_the_signatory(action) -> None:
    state = State.COMPLETE if action == Action.PROPOSE_OFFER else State.OFFER_PROPOSED
    support = signed_by_chair(application__state=state)
    application = support.application
    lead = UserFactory(hub_lead=application.hub)

    def act() -> Any:
        if action == Action.RELEASE_OFFER:
            return decision_release(application=application, by=lead)
        return decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")

    with refused("barred"):
        act()
    signatory_agree(support=support, by=lead)

    assert act().outcome == Outcome.OFFER


def test_other_decisions_do_not_wait_for_the_signatory() -> None:
    application = signed_by_chair(application__state=State.COMPLETE).application
    assert what_comes_first(application, Action.PROPOSE_RESERVE) == ""
    assert what_comes_first(application, Action.PROPOSE_OFFER).startswith(
        "Agree first that Ada Bell, chair of governors"
    )


def test_signatory_is_agreed_once_by_a_lead_of_the_hub() -> None:
    support = signed_by_chair(application__state=State.COMPLETE)
    application = support.application
    others = [UserFactory(hub_reviewer=application.hub), UserFactory(hub_lead=True), application.applicant]
    for person in others:
        with refused("not-allowed"):
            signatory_agree(support=support, by=person)

    lead = UserFactory(hub_lead=application.hub)
    agreed = signatory_agree(support=support, by=lead)

    assert (agreed.agreed_by, agreed.events.get().action) == (lead, "agree_signatory")
    with refused("not-allowed"):
        signatory_agree(support=support, by=lead)


@pytest.mark.parametrize("signatory", [Signatory.HEADTEACHER, Signatory.PASSED_ON])
def test_nobody_else_needs_agreement(signatory) -> None:
    support = HeadteacherSupportFactory(state=SupportState.SIGNED, signatory=signatory)
    with refused("not-allowed"):
        signatory_agree(support=support, by=UserFactory(hub_lead=support.application.hub))


def test_chair_is_not_confirmed_as_headteacher() -> None:
    chair = signed_by_chair()
    head = HeadteacherSupportFactory(state=SupportState.SIGNED)
    for support, may in ((chair, False), (head, True)):
        assert can_confirm_headteacher(UserFactory(hub_lead=support.application.hub), support) == may


def test_hub_page_has_the_button_until_it_is_pressed(client: Client) -> None:
    application = signed_by_chair(application__state=State.COMPLETE).application
    hubs.signed_in(client, hub_lead=application.hub)
    agree = hubs.address(application, "hub_agree_signatory")
    page = client.get(hubs.address(application))
    assertContains(page, "Agree to this signatory")
    assertNotContains(page, "Confirm this headteacher")

    page = client.post(agree, follow=True)

    assertContains(page, "You have agreed that Ada Bell signs for")
    assertContains(page, "agreed to that on")
    assertNotContains(page, "Agree to this signatory")
    assertContains(client.post(agree, follow=True), "nothing for you to agree to")


def test_hub_home_names_the_signatory_to_agree_to() -> None:
    chair = signed_by_chair(application__state=State.COMPLETE, state=SupportState.REQUESTED)
    application = chair.application
    lead = UserFactory(hub_lead=application.hub)

    def due() -> list[str]:
        person = User.objects.get(pk=lead.pk)
        return [each.text for each in headteachers_due(person, [application.hub]).get(application.hub_id, [])]

    assert due() == [f"Agree that Ada Bell, chair of governors, signs for {application.school}: its head applies"]
    signatory_agree(support=chair, by=lead)
    assert due() == []


def test_hub_page_says_what_comes_first_and_offers_no_release(client: Client) -> None:
    support = signed_by_chair(application__state=State.OFFER_PROPOSED)
    lead = hubs.signed_in(client, hub_lead=support.application.hub)

    page = client.get(hubs.address(support.application))
    assertContains(page, "Agree first that Ada Bell")
    assertNotContains(page, "Release the offer")

    signatory_agree(support=support, by=lead)
    assertContains(client.get(hubs.address(support.application)), "Release the offer")
