"""A pledge is asked for again when the days, the dates or the headteacher change before the cohort begins."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import ENDED, NEVER_SUBMITTED, RenewalWhy, State, SupportState
from applications.models import Application, HeadteacherSupport, PledgeRenewal
from applications.models.support import BETWEEN_REMINDERS, LINK_LASTS
from applications.services.renewals import (
    pledge_of,
    pledges_ask_again,
    renewal_ask_new_head,
    renewal_decline,
    renewal_person,
    renewal_send_again,
    renewal_sign,
)
from cohorts.enums import Whose
from cohorts.models import CommitmentSet
from cohorts.terms import terms_changed, terms_mark, terms_of
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body
from tests.applications import hubs
from tests.applications.applicants import url
from tests.factories.accounts import UserFactory
from tests.factories.applications import HeadteacherSupportFactory, PledgeRenewalFactory
from tests.factories.cohorts import ReleaseTermsFactory, ResidentialFactory

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)
REASON = "We have no cover on those days"
NEW_HEAD = {"first_name": "Joan", "last_name": "Hill", "email": "joan@school.example"}


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def signed(state: str = State.ACCEPTED, **kwargs: Any) -> HeadteacherSupport:
    """A signature under one residential and fifteen days of release."""
    support = HeadteacherSupportFactory(state=SupportState.SIGNED, application__state=state, **kwargs)
    cohort = support.application.round.cohort
    ReleaseTermsFactory(cohort=cohort)
    ResidentialFactory(cohort=cohort)
    support.pledge.terms = terms_of(cohort)
    support.pledge.save()
    return support


def move_residential(support: HeadteacherSupport, starts_on: date = date(2027, 11, 17)) -> None:
    residentials = support.application.round.cohort.residentials
    residentials.update(starts_on=starts_on, ends_on=starts_on + timedelta(days=1))


def asked(**kwargs: Any) -> PledgeRenewal:
    support = signed(**kwargs)
    move_residential(support)
    pledges_ask_again()
    return support.renewals.get()


def signature(renewal: PledgeRenewal, **changed: Any) -> dict[str, Any]:
    cohort = renewal.support.application.round.cohort
    commitments = CommitmentSet.objects.get(cohort=cohort, whose=Whose.HEADTEACHER).commitments.all()
    return {
        "renewal": renewal,
        "by": renewal_person(renewal),
        "at": clock.now(),
        "read": terms_mark(terms_of(cohort)),
        "agreed": {each.pk for each in commitments},
        "signed_as": "Helen Marsh",
    } | changed


# When it is asked


def test_nothing_is_asked_while_nothing_changes() -> None:
    support = signed()
    support.application.round.cohort.residentials.update(confirmed=True, venue="Leeds")
    support.application.round.cohort.release_terms.update(rate=350)

    assert pledges_ask_again() == 0


@pytest.mark.parametrize("change", ["dates", "days", "one more"])
def test_change_of_days_or_dates_asks_whoever_signed_once(change: str) -> None:
    support = signed()
    cohort = support.application.round.cohort
    if change == "dates":
        move_residential(support)
    elif change == "days":
        cohort.release_terms.update(days_least=12)
    else:
        ResidentialFactory(cohort=cohort, number=2, starts_on=date(2028, 3, 8))

    assert (pledges_ask_again(), pledges_ask_again()) == (1, 0)

    renewal = support.renewals.get()
    email = Email.objects.get(kind="renewal_requested")
    assert (renewal.why, renewal.email, renewal.terms) == (RenewalWhy.TERMS, support.email, terms_of(cohort))
    assert email.to == support.email
    assert renewal.token_hash == token_hash(email_body(email).text.split("/support/again/")[1].split("/")[0])


def test_place_is_held_and_no_state_moves() -> None:
    renewal = asked()
    assert Application.objects.get(pk=renewal.support.application_id).state == State.ACCEPTED
    assert HeadteacherSupport.objects.get(pk=renewal.support_id).state == SupportState.SIGNED


@pytest.mark.parametrize("state", sorted({State.SUBMITTED, State.COMPLETE, State.OFFERED, State.ACCEPTED} | ENDED))
def test_only_what_has_not_ended_is_asked_for_again(state: str) -> None:
    support = signed(state)
    move_residential(support)

    assert pledges_ask_again() == (state not in ENDED)


def test_nobody_is_asked_once_the_cohort_has_begun() -> None:
    support = signed()
    move_residential(support)
    begins = support.application.round.cohort.academic_year.first_day

    with time_machine.travel(begins, tick=False):
        assert pledges_ask_again() == 0
    with time_machine.travel(begins - timedelta(days=1), tick=False):
        assert pledges_ask_again() == 1


def test_signature_from_before_terms_were_kept_is_left_alone() -> None:
    support = signed()
    support.pledge.terms = {}
    support.pledge.save()
    move_residential(support)

    assert pledges_ask_again() == 0


def test_second_change_replaces_the_request_and_its_link() -> None:
    first = asked()
    move_residential(first.support, date(2027, 11, 24))

    pledges_ask_again()

    first.refresh_from_db()
    assert first.closed_at
    assert first.support.renewals.open().get().terms == terms_of(first.support.application.round.cohort)


def test_change_taken_back_ends_the_request() -> None:
    renewal = asked()
    move_residential(renewal.support, date.fromisoformat(renewal.support.pledge.terms["residentials"][0][1]))

    pledges_ask_again()

    assert not renewal.support.renewals.open().exists()
    assert pledges_ask_again() == 0


def test_many_signatures_are_looked_at_in_as_many_queries_as_one(django_assert_num_queries) -> None:
    signed()
    with django_assert_num_queries(5):
        pledges_ask_again()
    support = signed()
    for _ in range(3):
        other = HeadteacherSupportFactory(
            state=SupportState.SIGNED, application__round=support.application.round, application__state=State.COMPLETE
        )
        type(other.pledge).objects.filter(pk=other.pledge.pk).update(terms=support.pledge.terms)
    PledgeRenewal.objects.all().delete()
    with django_assert_num_queries(9):  # four for each of the two cohorts
        pledges_ask_again()


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


# A new headteacher


def test_new_headteacher_named_by_the_hub_is_asked() -> None:
    support = signed(State.COMPLETE)
    ask = {"support": support} | NEW_HEAD
    lead = UserFactory(hub_lead=support.application.hub)
    for other in (UserFactory(hub_reviewer=support.application.hub), UserFactory(hub_lead=True)):
        with refused("not-allowed"):
            renewal_ask_new_head(**ask, by=other)

    renewal = renewal_ask_new_head(**ask, by=lead)

    assert (renewal.why, renewal.email, renewal.asked_by) == (RenewalWhy.HEAD, "joan@school.example", lead)
    assert pledges_ask_again() == 0
    with refused("already-asked"):
        renewal_ask_new_head(**ask, by=lead)
    assert renewal_sign(**signature(renewal)).person.email == "joan@school.example"
    with refused("same-head"):
        renewal_ask_new_head(**ask, by=lead)


def test_new_headteacher_takes_the_place_of_whoever_was_asked_and_is_asked_next_time() -> None:
    first = asked()
    lead = UserFactory(hub_lead=first.support.application.hub)

    renewal_ask_new_head(support=first.support, by=lead, **NEW_HEAD)
    move_residential(first.support, date(2027, 12, 1))
    pledges_ask_again()

    newest = first.support.renewals.open().get()
    assert (newest.email, newest.why) == ("joan@school.example", RenewalWhy.HEAD)


def test_new_headteacher_is_not_the_applicant() -> None:
    support = signed(State.COMPLETE)
    own = NEW_HEAD | {"email": support.application.applicant.email.upper()}
    with refused("own-address"):
        renewal_ask_new_head(support=support, by=UserFactory(hub_lead=support.application.hub), **own)


def test_link_is_sent_again_by_the_hub_once_in_five_days() -> None:
    renewal = asked()
    again = {"renewal": renewal, "by": UserFactory(hub_lead=renewal.support.application.hub)}
    old = renewal.token_hash
    with refused("too-soon"):
        renewal_send_again(**again)

    PledgeRenewal.objects.update(sent_at=clock.now() - BETWEEN_REMINDERS)
    with refused("not-allowed"):
        renewal_send_again(renewal=renewal, by=renewal.support.application.applicant)
    renewal_send_again(**again)

    renewal.refresh_from_db()
    assert renewal.token_hash != old


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


# Terms


def test_what_changed_is_told_in_words() -> None:
    before = {"release": [[1, "release", 15, 15]], "residentials": [[1, "2027-11-10", "2027-11-11"]]}
    after = {
        "release": [[1, "release", 12, 15], [2, "release", 10, 10], [3, "release", 5, 5]],
        "residentials": [],
    }

    assert terms_changed(before, after) == [
        ("Release from teaching in the training year", "15 days", "12 to 15 days"),
        ("Residential 1", "10 to 11 November 2027", "None"),
        ("Release from teaching in later years", "None", "10 days"),
        ("Release from teaching in year 3", "None", "5 days"),
    ]
    assert terms_changed(before, before) == []


def test_answered_renewals_read_as_they_ended() -> None:
    done = PledgeRenewalFactory(signed=True)
    refused_one = PledgeRenewalFactory(declined=True)
    assert (done.is_open, refused_one.is_open, done.pledge.person) == (False, False, done.person)
