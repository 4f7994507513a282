"""Withdrawing with a reason, and giving an accepted place back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from applications import permissions
from applications.enums import Action, State, WithdrawalReason
from applications.models import Application
from applications.services.applications import offer_accept
from applications.services.withdrawal import application_withdraw
from cohorts.models import HubPlaces, Placement, Specialist
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.applications.applicants import signed_in, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, PledgeRenewalFactory

pytestmark = pytest.mark.django_db


def accepted(**kwargs) -> Application:
    application = ApplicationFactory(state=State.OFFERED, **kwargs)
    HeadteacherSupportFactory(application=application, state="signed")
    return offer_accept(application=application, by=application.applicant, at=clock.now())


def left(application: Application) -> int:
    return HubPlaces.objects.get(cohort=application.round.cohort, hub=application.hub).left


def test_place_that_was_accepted_is_given_back_and_everybody_hears() -> None:
    lead = UserFactory(hub_lead=True)
    application = accepted(hub=lead.current_memberships[0].hub)
    stays = accepted(round=application.round, hub=application.hub)
    ApplicationFactory(state=State.RESERVED, round=application.round, hub=application.hub)
    ApplicationFactory(state=State.RESERVED, round=application.round)
    before = left(application)
    Email.objects.all().delete()

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.RELEASE)

    application.refresh_from_db()
    assert (application.state, application.shown_state) == (State.WITHDRAWN, State.WITHDRAWN)
    assert left(application) == before + 1
    assert list(Specialist.objects.all()) == [Specialist.objects.get(person=stays.applicant)]
    assert Placement.objects.count() == 1
    told = {email.kind: email for email in Email.objects.all()}
    assert {kind: email.to for kind, email in told.items()} == {
        "application_withdrawn": application.applicant.email,
        "application_withdrawn_headteacher": application.supports.get().email,
        "application_withdrawn_hub": lead.email,
    }
    assert "place that you had accepted is given back" in told["application_withdrawn"].text
    assert "My school cannot release me for the days" in told["application_withdrawn_hub"].text
    assert "On your reserve list for this round: 1." in told["application_withdrawn_hub"].text


@pytest.mark.parametrize("signed_anew", [True, False])
def test_headteacher_who_is_bound_and_one_who_is_asked_anew_hear_of_it(signed_anew: bool) -> None:
    application = accepted()
    support = application.supports.get()
    bound = PledgeRenewalFactory(
        support=support, signed=signed_anew, declined=not signed_anew, email="new@school.example"
    )
    PledgeRenewalFactory(support=support, email="newest@school.example")
    PledgeRenewalFactory(support=support, email="closed@school.example", closed_at=clock.now())

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.RELEASE)

    told = Email.objects.filter(kind="application_withdrawn_headteacher").values_list("to", flat=True)
    assert set(told) == {bound.email if signed_anew else support.email, "newest@school.example"}


def test_signer_who_is_asked_anew_hears_once() -> None:
    application = accepted()
    renewal = PledgeRenewalFactory(support=application.supports.get())

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.RELEASE)

    assert Email.objects.filter(to=renewal.email, kind="application_withdrawn_headteacher").count() == 1


def test_place_given_back_can_be_accepted_anew_in_the_same_cohort() -> None:
    application = accepted()
    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    again = ApplicationFactory(state=State.OFFERED, round=application.round, applicant=application.applicant)
    offer_accept(application=again, by=again.applicant, at=clock.now())

    assert Specialist.objects.get().placement.school == again.school


@pytest.mark.parametrize(
    ("why", "words", "kept"),
    [
        (None, "Something", ""),
        (WithdrawalReason.OTHER, "  ", ""),
        (WithdrawalReason.OTHER, " I go abroad ", "I go abroad"),
        (WithdrawalReason.PERSONAL, "I go abroad", "Personal or family reasons"),
    ],
)
def test_reason_is_demanded_once_the_hub_has_the_application(why, words, kept) -> None:
    application = ApplicationFactory(state=State.COMPLETE)
    if kept:
        application_withdraw(application=application, by=application.applicant, why=why, words=words)
    else:
        with pytest.raises(DomainError, match="Say why") as refusal:
            application_withdraw(application=application, by=application.applicant, why=why, words=words)
        assert refusal.value.code == "reason-missing"
    assert list(application.events.values_list("reason", flat=True)) == ([kept] if kept else [])


def test_draft_is_withdrawn_without_a_reason(client: Client) -> None:
    application = signed_in(client)
    assert list(client.get(url(application, "withdraw")).context["form"].fields) == []

    client.post(url(application, "withdraw"))

    application.refresh_from_db()
    assert application.state == State.WITHDRAWN


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({}, "Select why you are withdrawing"),
        ({"why": "bored"}, "Select one of the choices shown"),
        ({"why": "other", "words": " "}, "Say what the reason is"),
    ],
)
def test_page_asks_for_the_reason(client: Client, typed, problem) -> None:
    application = signed_in(client, state=State.COMPLETE)

    page = client.post(url(application, "withdraw"), typed)

    assert [problem] in page.context["form"].errors.values()
    application.refresh_from_db()
    assert application.state == State.COMPLETE


def test_hub_reads_the_reason(client: Client) -> None:
    application = signed_in(client, state=State.COMPLETE)
    client.post(url(application, "withdraw"), {"why": "other", "words": "I go <abroad>"})

    client.force_login(UserFactory(hub_lead=application.hub))
    page = client.get(reverse("hub_application", args=[application.hub.slug, application.reference]))
    assertContains(page, "I go &lt;abroad&gt;")


def test_page_says_what_giving_a_place_up_means(client: Client) -> None:
    application = signed_in(client, state=State.ACCEPTED)
    assertContains(client.get(url(application)), "Give up your place and withdraw")

    page = client.get(url(application, "withdraw"))

    assertContains(page, "Give up your place?")
    assertContains(page, f"{application.hub} can offer your place to somebody else")


def test_offer_page_says_that_declining_is_the_way_to_withdraw(client: Client) -> None:
    application = signed_in(client, state=State.OFFERED)
    assertContains(client.get(url(application, "offer")), "you need not withdraw it as well")


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_accepted_place_is_given_up_until_the_cohort_begins(days, time_machine) -> None:

    application = accepted()
    waiting = ApplicationFactory(state=State.COMPLETE, round=application.round, hub=application.hub)
    begins = application.round.cohort.academic_year.first_day
    time_machine.move_to(begins + timedelta(days=days))
    sentence = f"Your cohort has begun. Talk to {application.hub} about leaving it." if days >= 0 else ""

    others = set(Action) - {Action.WITHDRAW, Action.UNDO_RELEASE}  # that one waits for a letter to take back
    assert {permissions.what_comes_first(application, action) for action in others} == {""}
    assert permissions.what_comes_first(waiting, Action.WITHDRAW) == ""
    assert permissions.what_comes_first(application, Action.WITHDRAW) == sentence
    assert permissions.has_begun(application) == (days >= 0)
    if sentence:
        with pytest.raises(DomainError, match="has begun"):
            application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)
        assert Specialist.objects.count() == 1
