"""What the headteacher and the subject leader of the school before can still see once a place goes along to another."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertTemplateUsed

from applications.enums import RenewalWhy, SchoolChangeAction, State, SupportState, WithdrawalReason
from applications.models import Application, HeadteacherSupport, PledgeRenewal, SchoolChange
from applications.services.applications import offer_accept
from applications.services.ranking import supports_rank
from applications.services.renewals import (
    pledges_ask_again,
    renewal_ask_new_head,
    renewal_decline,
    renewal_person,
    renewal_sign,
)
from applications.services.school_change_decisions import school_change_decide
from applications.services.school_changes import school_change_ask
from applications.services.support import support_new_link
from applications.services.withdrawal import application_withdraw
from cohorts.enums import Whose
from cohorts.models import CommitmentSet, Residential
from cohorts.terms import terms_mark, terms_of
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash
from mastery_hub.messaging.models import Email
from tests.applications.supporters import by_link
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, SubjectLeaderSupportFactory
from tests.factories.cohorts import ResidentialFactory
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db
HEAD = {"first_name": "Samira", "last_name": "Hussain", "email": "new.head@school.example"}
FORMER = "former.head@school.example"
DONE = reverse("support_done")


@pytest.fixture
def lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def application(lead: User) -> Application:
    """A place offered, for which the school’s headteacher signed before."""
    application = ApplicationFactory(state=State.OFFERED, hub=lead.current_memberships[0].hub)
    person = UserFactory(email=FORMER)
    ResidentialFactory(cohort=application.round.cohort)
    support = HeadteacherSupportFactory(
        application=application, state=SupportState.SIGNED, email=FORMER, person=person, token="the-token"
    )
    support.pledge.terms = terms_of(application.round.cohort)
    support.pledge.save()
    return application


@pytest.fixture
def support(application: Application) -> HeadteacherSupport:
    return application.supports.get()


def move(application: Application, lead: User, **more: Any) -> SchoolChange:
    school = SchoolFactory(in_hub=application.hub, name="Hawkstone Primary School")
    begins = application.round.cohort.academic_year.first_day
    told: dict[str, Any] = {"from_on": begins, "job_title": "Maths lead", "head": HEAD, "answers": {}}
    change = school_change_ask(application=application, by=application.applicant, school=school, **(told | more))
    change = school_change_decide(change=change, by=lead, action=SchoolChangeAction.AGREE, reason="As we agreed.")
    application.refresh_from_db()
    return change


def signed(renewal: PledgeRenewal) -> PledgeRenewal:
    application = renewal.support.application
    commitments = CommitmentSet.objects.get(cohort=application.round.cohort, whose=Whose.HEADTEACHER).commitments
    return renewal_sign(
        renewal=renewal,
        by=renewal_person(renewal),
        at=clock.now(),
        read=terms_mark(terms_of(application.round.cohort)),
        agreed=set(commitments.values_list("pk", flat=True)),
        signed_as="Samira Hussain",
    )


def told(application: Application, of: str) -> list[str]:
    return list(Email.objects.filter(kind=of, about_id=application.pk).values_list("to", flat=True))


# The pages behind their links


@pytest.mark.parametrize("name", ["support_start", "support_done", "support_several", "support_statement"])
def test_pages_of_the_request_tell_that_the_teacher_has_moved_and_nothing_more(
    client: Client, application, support, lead, name
) -> None:
    by_link(client)
    before = client.get(reverse(name), follow=True)
    assertContains(before, application.reference)

    move(application, lead)
    page = client.get(reverse(name))

    assertContains(page, "has taken the place to another school since", status_code=410)
    for secret in ("Hawkstone", str(application.hub), application.reference, "Samira"):
        assertNotContains(page, secret, status_code=410)


def test_link_of_the_request_leads_to_the_same_page(client: Client, application, lead) -> None:
    move(application, lead)

    page = client.get(reverse("support_link", args=["the-token"]), follow=True)

    assertTemplateUsed(page, "applications/support_moved.html")


def test_expired_link_of_the_school_before_is_not_renewed(application, support, lead, time_machine) -> None:
    stays = HeadteacherSupportFactory(
        application=ApplicationFactory(state=State.OFFERED, round=application.round, hub=application.hub),
        state=SupportState.SIGNED,
        token="another-token",
    )
    move(application, lead)
    time_machine.move_to(support.link_expires_at + timedelta(days=1))

    with pytest.raises(DomainError, match="has moved to another school") as refused:
        support_new_link(support=support, hashed=token_hash("the-token"), at=clock.now())
    assert refused.value.code == "closed"
    assert support_new_link(support=stays, hashed=token_hash("another-token"), at=clock.now()).to == stays.email


def test_page_of_a_pledge_that_was_signed_again_closes_too(client: Client, application, support, lead) -> None:
    renewal = renewal_ask_new_head(support=support, by=lead, **(HEAD | {"email": "second.head@school.example"}))
    PledgeRenewal.objects.filter(pk=renewal.pk).update(token_hash=token_hash("again"))
    client.get(reverse("renewal_link", args=["again"]))
    signed(PledgeRenewal.objects.get(pk=renewal.pk))
    assertContains(client.get(reverse("renewal_done")), application.reference)

    move(application, lead)

    page = client.get(reverse("renewal_done"))
    assertTemplateUsed(page, "applications/support_moved.html")
    assertNotContains(page, application.reference, status_code=410)


def test_new_headteacher_reads_what_they_signed(client: Client, application, lead) -> None:
    change = move(application, lead)
    PledgeRenewal.objects.filter(pk=change.renewal_id).update(token_hash=token_hash("again"))
    client.get(reverse("renewal_link", args=["again"]))
    signed(PledgeRenewal.objects.get(pk=change.renewal_id))

    assertContains(client.get(reverse("renewal_done")), "Hawkstone")


def test_subject_leader_of_the_school_before_reads_no_more_either(client: Client, application, lead) -> None:
    SubjectLeaderSupportFactory(application=application, state=SupportState.SIGNED, token="leader-token")
    client.get(reverse("leader_link", args=["leader-token"]))
    assertContains(client.get(reverse("leader_done")), application.reference)

    move(application, lead)

    page = client.get(reverse("leader_done"))
    assertContains(page, "has taken the place to another school since", status_code=410)
    assertNotContains(page, "Hawkstone", status_code=410)


# Several applicants of theirs


def test_teacher_who_has_moved_stands_no_more_among_the_several(client: Client, application, support, lead) -> None:
    other = ApplicationFactory(state=State.DRAFT, round=application.round, hub=application.hub)
    HeadteacherSupportFactory(
        application=other, state=SupportState.OPENED, email=FORMER, person=support.person, token="other-token"
    )
    by_link(client, "other-token")
    several = reverse("support_several")
    assertContains(client.get(several), application.reference)

    move(application, lead)

    page = client.get(several)
    assertContains(page, other.reference)
    for gone in (application.reference, "Hawkstone"):
        assertNotContains(page, gone)
    page = client.post(several, {"go": support.pk}, follow=True)
    assertContains(page, "This request has ended")


def test_teacher_who_has_moved_is_ranked_with_nobody(application, support, lead) -> None:
    waiting = ApplicationFactory(state=State.SUBMITTED, round=application.round, hub=application.hub)
    other = HeadteacherSupportFactory(
        application=waiting, state=SupportState.OPENED, email=FORMER, person=support.person
    )
    both = {support.pk: 1, other.pk: 2}
    supports_rank(support=other, by=support.person, at=clock.now(), places=both)

    move(application, lead)

    with pytest.raises(DomainError, match="have changed"):
        supports_rank(support=other, by=support.person, at=clock.now(), places=both)


# Emails


def test_nobody_of_the_school_before_hears_what_becomes_of_the_place(application, lead) -> None:
    change = move(application, lead)
    application = offer_accept(application=application, by=application.applicant, at=clock.now())
    assert told(application, "offer_accepted_headteacher") == []

    signed(change.renewal)
    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    assert told(application, "application_withdrawn_headteacher") == [HEAD["email"]]


def test_new_headteacher_who_has_not_signed_is_released_alone(application, lead) -> None:
    move(application, lead)
    application = offer_accept(application=application, by=application.applicant, at=clock.now())

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    assert told(application, "application_withdrawn_headteacher") == [HEAD["email"]]


def test_headteacher_of_one_who_stays_hears(application, lead) -> None:
    application = offer_accept(application=application, by=application.applicant, at=clock.now())

    assert told(application, "offer_accepted_headteacher") == [FORMER]


# Asked again


@pytest.mark.parametrize("answer", ["none", "declined", "signed"])
def test_change_of_dates_is_signed_by_the_new_school_alone(application, lead, answer, time_machine) -> None:
    renewal = move(application, lead).renewal
    time_machine.move_to(clock.now() + timedelta(minutes=1))
    if answer == "declined":
        renewal_decline(renewal=renewal, by=renewal_person(renewal), at=clock.now(), reason="Not now.")
    if answer == "signed":
        signed(renewal)
    Residential.objects.update(ends_on=Residential.objects.get().ends_on + timedelta(days=1))

    assert pledges_ask_again() == 1

    asked = PledgeRenewal.objects.open().get()
    assert (asked.email, asked.why) == (
        HEAD["email"],
        RenewalWhy.TERMS if answer == "signed" else RenewalWhy.SCHOOL,
    )


def test_the_same_headteacher_is_asked_for_the_new_school(application, support, lead) -> None:
    """Who leads both schools signs for each."""
    renewal = move(application, lead).renewal
    renewal_decline(renewal=renewal, by=renewal_person(renewal), at=clock.now(), reason="I am leaving.")

    asked = renewal_ask_new_head(support=support, by=lead, **(HEAD | {"email": FORMER}))

    assert asked.is_open


def test_headteacher_is_confirmed_for_their_own_school_alone(client: Client, application, support, lead) -> None:
    """The hub reads the former statement; nobody is offered as headteacher of a school that they did not sign for."""
    client.force_login(lead)
    path = reverse("hub_application", args=[application.hub.slug, application.reference])
    confirm = reverse("hub_confirm_headteacher", args=[application.hub.slug, application.reference])
    assertContains(client.get(path), confirm)

    move(application, lead)

    assertNotContains(client.get(path), confirm)
