"""Signing again: by the person asked, by a link, with both signatures kept; who sees what of it."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import ENDED, NEVER_SUBMITTED, State
from applications.models import Application, HeadteacherSupport, PledgeRenewal
from applications.models.support import LINK_LASTS
from applications.services.renewals import pledge_of, pledges_ask_again, renewal_decline, renewal_person, renewal_sign
from cohorts.terms import terms_of
from mastery_hub.common import clock
from mastery_hub.common.references import token_hash
from mastery_hub.messaging.models import Email
from tests.applications import hubs
from tests.applications.applicants import url
from tests.applications.renewals.steps import NEW_HEAD, asked, move_residential, refused, signature, signed
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
REASON = "We have no cover on those days"


# Signing again


def test_signing_again_keeps_both_signatures() -> None:
    renewal = asked()
    first = renewal.support.pledge

    done = renewal_sign(**signature(renewal))

    support = HeadteacherSupport.objects.get(pk=renewal.support_id)
    assert (support.pledge, pledge_of(support), done.person) == (first, done.pledge, support.person)
    assert done.pledge.terms == terms_of(support.application.round.cohort) != first.terms
    assert pledges_ask_again() == 0
    assert Email.objects.get(kind="support_copy").to == renewal.email
    with refused("stale"):
        renewal_sign(**signature(renewal))


@pytest.mark.parametrize("state", sorted({State.COMPLETE, State.OFFERED, State.ACCEPTED} | ENDED - NEVER_SUBMITTED))
def test_request_left_open_by_an_application_that_ended_is_not_signed(state: str) -> None:
    """Nobody signs for a place that is gone; while it may still come, the same request is signed."""
    renewal = asked()
    Application.objects.filter(pk=renewal.support.application_id).update(state=state, shown_state=state)

    if state in ENDED:
        with refused("not-allowed"):
            renewal_sign(**signature(renewal))
        assert not PledgeRenewal.objects.exclude(pledge=None).exists()
    else:
        assert renewal_sign(**signature(renewal)).pledge


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"by": "stranger"}, "not-allowed"),
        ({"by": "applicant"}, "not-allowed"),
        ({"read": ""}, "replaced"),
        ({"agreed": set()}, "commitments-missing"),
        ({"signed_as": " "}, "signature-missing"),
    ],
)
def test_signing_again_needs_the_person_asked_who_has_read_and_agrees(changed, code) -> None:
    renewal = asked()
    people = {"stranger": UserFactory(), "applicant": renewal.support.application.applicant}
    with refused(code):
        renewal_sign(**signature(renewal, **{name: people.get(str(value), value) for name, value in changed.items()}))
    assert renewal_sign(**signature(renewal)).pledge


def test_declining_again_holds_the_place_and_keeps_the_reason_for_the_hub() -> None:
    renewal = asked()
    lead = UserFactory(hub_lead=renewal.support.application.hub)
    decline = {"renewal": renewal, "by": renewal_person(renewal), "at": clock.now()}
    with refused("reason-missing"):
        renewal_decline(**decline, reason=" ")

    renewal_decline(**decline, reason=REASON)

    told = {email.kind: email for email in Email.objects.all()}
    assert told["renewal_declined"].to == renewal.support.application.applicant.email
    assert told["renewal_declined_hub"].to == lead.email
    assert [kind for kind, email in told.items() if REASON in email.text + email.html] == []
    assert Application.objects.get(pk=renewal.support.application_id).state == State.ACCEPTED
    assert pledges_ask_again() == 0


# The page by link


def by_link(client: Client, **kwargs: Any) -> PledgeRenewal:
    renewal = asked(**kwargs)
    PledgeRenewal.objects.filter(pk=renewal.pk).update(token_hash=token_hash("again"))
    client.get(reverse("renewal_link", args=["again"]))
    renewal.refresh_from_db()
    return renewal


def sent(renewal: PledgeRenewal, **changed: Any) -> dict[str, Any]:
    return {
        name: given for name, given in signature(renewal).items() if name in ("read", "agreed", "signed_as")
    } | changed


def test_page_shows_what_has_changed_and_signs(client: Client) -> None:
    renewal = by_link(client)

    page = client.get(reverse("renewal_start"))
    assertContains(page, "What has changed")
    assertContains(page, "17 to 18 November 2027")
    assertRedirects(client.post(reverse("renewal_start"), sent(renewal)), reverse("renewal_done"))

    assertContains(client.get(reverse("renewal_start"), follow=True), "You have signed again")
    renewal.refresh_from_db()
    assert renewal.pledge


def test_page_opened_before_another_change_is_read_again(client: Client) -> None:
    renewal = by_link(client)
    before = sent(renewal)
    move_residential(renewal.support, date(2027, 12, 1))

    page = client.post(reverse("renewal_start"), before)

    assertContains(page, "The days or dates have changed again")
    assertContains(page, "1 to 2 December 2027")
    again = page.context["form"]["read"].value()
    assertRedirects(client.post(reverse("renewal_start"), before | {"read": again}), reverse("renewal_done"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"agreed": []}, "Tick every commitment"),
        ({"signed_as": ""}, "Type your full name"),
        ({"signed_as": "x" * 161}, "160"),
    ],
)
def test_page_says_what_is_missing(client: Client, changed, message: str) -> None:
    renewal = by_link(client)

    assertContains(client.post(reverse("renewal_start"), sent(renewal, **changed)), message)
    assert PledgeRenewal.objects.get().is_open


def test_page_declines_with_a_reason(client: Client) -> None:
    renewal = by_link(client)

    assertContains(client.post(reverse("renewal_decline"), {"reason": ""}), "Give a reason")
    assertRedirects(client.post(reverse("renewal_decline"), {"reason": REASON}), reverse("renewal_done"))

    renewal.refresh_from_db()
    assert renewal.decline_reason == REASON


@pytest.mark.parametrize("name", ["renewal_start", "renewal_decline", "renewal_done"])
def test_page_without_a_link_is_gone_and_never_for_the_applicant(client: Client, name: str) -> None:
    assert Client().get(reverse(name)).status_code == 410
    renewal = by_link(client)
    client.force_login(renewal.support.application.applicant)
    client.get(reverse("renewal_link", args=["again"]))

    assert client.get(reverse(name)).status_code == 403


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"sent_at": True}, "This link has expired"),
        ({"closed_at": True}, "This link no longer works"),
        ({"state": State.WITHDRAWN}, "There is nothing left to sign"),
    ],
)
def test_link_that_is_over_says_so(client: Client, over, words: str) -> None:
    renewal = by_link(client)
    if "state" in over:
        Application.objects.update(**over, shown_state=State.WITHDRAWN)
    else:
        PledgeRenewal.objects.update(**dict.fromkeys(over, clock.now() - LINK_LASTS))

    assertContains(client.post(reverse("renewal_start"), sent(renewal)), words, status_code=410)
    assert not PledgeRenewal.objects.filter(answered_at__isnull=False).exists()


def test_link_writes_nothing_by_get(client: Client) -> None:
    renewal = by_link(client)
    before = PledgeRenewal.objects.values().get()

    for name in ("renewal_start", "renewal_decline", "renewal_done"):
        client.get(reverse(name))

    assert PledgeRenewal.objects.values().get() == before
    assert renewal.is_open


# Who sees what


def test_hub_sees_what_changed_and_what_was_answered(client: Client) -> None:
    renewal = asked()
    application = renewal.support.application
    hubs.signed_in(client, hub_lead=application.hub)
    page = client.get(hubs.address(application))
    assertContains(page, "Changed since the school signed")
    assertContains(page, "Not answered yet")

    renewal_decline(renewal=renewal, by=renewal_person(renewal), at=clock.now(), reason=REASON)

    assertContains(client.get(hubs.address(application)), REASON)


def test_hub_names_a_new_headteacher_on_a_page_of_its_own(client: Client) -> None:
    application = signed(State.COMPLETE).application
    hubs.signed_in(client, hub_lead=application.hub)
    place = hubs.address(application, "hub_new_headteacher")
    assertContains(client.get(hubs.address(application)), place)

    assertContains(client.post(place, NEW_HEAD | {"email": "x"}), "Enter an email address in the correct format")
    assertContains(client.post(place, NEW_HEAD, follow=True), "We are asking Joan Hill at joan@school.example to sign.")

    again = hubs.address(application, "hub_renewal_again")
    assertContains(client.post(again, follow=True), "You can send it again from")
    hubs.signed_in(client, hub_reviewer=application.hub)
    assert client.get(place).status_code == 403


def test_applicant_sees_that_the_place_is_held_and_no_reason(client: Client) -> None:
    renewal = asked(state=State.COMPLETE)
    application = renewal.support.application
    client.force_login(application.applicant)
    assertContains(client.get(url(application)), "stay as they are meanwhile")

    renewal_decline(renewal=renewal, by=renewal_person(renewal), at=clock.now(), reason=REASON)

    page = client.get(url(application))
    assertContains(page, "your Maths Hub will talk to your school")
    assertNotContains(page, REASON)
