"""The school of a deferred place that was taken up signs for the cohort in which the place is."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from applications.enums import DeferralState, RenewalWhy, SchoolChangeAction, State, SupportState, WithdrawalReason
from applications.models import Application, HeadteacherSupport, PledgeRenewal, Round
from applications.services.deferrals import deferral_ask, deferral_decide, deferral_take_up
from applications.services.renewals import (
    pledges_ask_again,
    renewal_ask_new_head,
    renewal_decline,
    renewal_person,
    renewal_sign,
)
from applications.services.round_release import signed_for
from applications.services.school_change_decisions import school_change_decide
from applications.services.school_changes import school_change_ask
from applications.services.withdrawal import application_withdraw
from cohorts.enums import Whose
from cohorts.models import Cohort, CommitmentSet
from cohorts.terms import terms_mark, terms_of
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash
from mastery_hub.messaging.models import Email
from tests.applications.test_withdrawal import accepted
from tests.factories.accounts import UserFactory
from tests.factories.applications import RoundFactory
from tests.factories.cohorts import HubPlacesFactory, ReleaseTermsFactory, ResidentialFactory
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db
HEAD = {"first_name": "Samira", "last_name": "Hussain", "email": "new.head@school.example"}


@pytest.fixture
def lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def application(lead: User) -> Application:
    """A place accepted in a cohort whose days and dates the school has signed for."""
    application = accepted(hub=lead.current_memberships[0].hub)
    cohort = application.round.cohort
    ReleaseTermsFactory(cohort=cohort)
    ResidentialFactory(cohort=cohort)
    pledge = application.supports.get().pledge
    pledge.terms = terms_of(cohort)
    pledge.save()
    return application


@pytest.fixture
def support(application: Application) -> HeadteacherSupport:
    return application.supports.get()


@pytest.fixture
def coming(application: Application) -> Round:
    """The round of the next cohort, with residentials of its own."""
    cohort = application.round.cohort
    round = RoundFactory(complete=True, cohort__programme=cohort.programme, cohort__starts=cohort.starts + 1)
    ReleaseTermsFactory(cohort=round.cohort)
    for residential in cohort.residentials.all():
        year = timedelta(days=364)
        dates = {"starts_on": residential.starts_on + year, "ends_on": residential.ends_on + year}
        ResidentialFactory(cohort=round.cohort, number=residential.number, **dates)
    return round


def defer(application: Application, lead: User) -> Any:
    deferral = deferral_ask(application=application, by=application.applicant, reason="A child.")
    return deferral_decide(deferral=deferral, by=lead, grant=True, reason="With pleasure.")


def take_up(application: Application, lead: User, coming: Round) -> Application:
    HubPlacesFactory(cohort=coming.cohort, hub=application.hub)
    assert defer(application, lead).state == DeferralState.TAKEN_UP
    return Application.objects.get(pk=application.pk)


def asked() -> PledgeRenewal:
    return PledgeRenewal.objects.open().get()


def sign(renewal: PledgeRenewal, cohort: Cohort, **changed: Any) -> PledgeRenewal:
    commitments = CommitmentSet.objects.get(cohort=cohort, whose=Whose.HEADTEACHER).commitments
    told = {"read": terms_mark(terms_of(cohort)), "agreed": set(commitments.values_list("pk", flat=True))} | changed
    by = renewal_person(renewal)
    return renewal_sign(renewal=renewal, by=by, at=clock.now(), signed_as="Helen Marsh", **told)


def later(cohort: Cohort) -> None:
    for residential in cohort.residentials.all():
        residential.ends_on += timedelta(days=1)
        residential.save()


def test_school_is_asked_for_the_cohort_in_which_the_place_is_now(application, support, lead, coming) -> None:
    take_up(application, lead, coming)
    Email.objects.all().delete()

    assert (pledges_ask_again(), pledges_ask_again()) == (1, 0)

    renewal = asked()
    assert (renewal.why, renewal.email, renewal.terms) == (RenewalWhy.COHORT, support.email, terms_of(coming.cohort))
    email = Email.objects.get()
    assert (email.kind, email.to) == ("renewal_requested", support.email)
    assert f"in {coming.cohort.name} ({coming.cohort.academic_year})" in email.text
    assert application.round.cohort.name not in email.text.replace(coming.cohort.name, "")


def test_same_days_and_dates_are_signed_for_once_more_all_the_same(application, lead, coming) -> None:
    """Another cohort is another year, and its commitments are its own."""
    take_up(application, lead, coming)
    pledge = application.supports.get().pledge
    pledge.terms = terms_of(coming.cohort)
    pledge.save()

    assert pledges_ask_again() == 1


def test_signature_is_for_the_next_cohort_and_its_changes_are_asked_for_again(application, lead, coming) -> None:
    take_up(application, lead, coming)
    pledges_ask_again()

    with pytest.raises(DomainError, match="have changed again"):
        sign(asked(), coming.cohort, read=terms_mark(terms_of(application.round.cohort)))
    renewal = sign(asked(), coming.cohort)

    assert renewal.pledge.commitment_set.cohort == coming.cohort
    assert renewal.pledge.terms == terms_of(coming.cohort)
    copy = Email.objects.get(kind="support_copy", to=renewal.email)
    assert coming.cohort.name in copy.text
    assert pledges_ask_again() == 0
    later(application.round.cohort)
    assert pledges_ask_again() == 0
    later(coming.cohort)
    assert pledges_ask_again() == 1
    assert asked().why == RenewalWhy.TERMS
    assert (signed_for(coming.cohort), signed_for(application.round.cohort)) == (1, 0)


def test_whoever_declined_is_not_asked_until_something_changes(application, lead, coming) -> None:
    take_up(application, lead, coming)
    pledges_ask_again()
    renewal = asked()

    renewal_decline(renewal=renewal, by=renewal_person(renewal), at=clock.now(), reason="We have no cover.")

    assert pledges_ask_again() == 0
    later(coming.cohort)
    assert pledges_ask_again() == 1
    assert Application.objects.get(pk=application.pk).state == State.DEFERRED


def test_nobody_is_asked_for_a_promise_nor_before_the_round_is_published(application, lead, coming) -> None:
    Round.objects.filter(pk=coming.pk).update(published_at=None)
    deferral = defer(application, lead)
    assert (deferral.state, pledges_ask_again()) == (DeferralState.GRANTED, 0)
    HubPlacesFactory(cohort=coming.cohort, hub=application.hub)
    deferral_take_up(deferral=deferral, by=lead)
    assert pledges_ask_again() == 0

    Round.objects.filter(pk=coming.pk).update(published_at=clock.now())

    assert pledges_ask_again() == 1


def test_nobody_is_asked_once_the_next_cohort_has_begun(application, support, lead, coming, time_machine) -> None:
    take_up(application, lead, coming)
    first = coming.cohort.academic_year.first_day

    time_machine.move_to(f"{first}T00:00:01+01:00")
    assert pledges_ask_again() == 0
    with pytest.raises(DomainError) as refused:
        renewal_ask_new_head(support=support, by=lead, **HEAD)
    assert refused.value.code == "not-allowed"

    time_machine.move_to(f"{first - timedelta(days=1)}T12:00:00+01:00")
    assert pledges_ask_again() == 1
    assert renewal_ask_new_head(support=support, by=lead, **HEAD).is_open


def test_place_that_is_given_up_ends_the_request(client: Client, application, lead, coming) -> None:
    application = take_up(application, lead, coming)
    pledges_ask_again()
    PledgeRenewal.objects.update(token_hash=token_hash("again"))
    client.get(reverse("renewal_link", args=["again"]))
    assertContains(client.get(reverse("renewal_start")), coming.cohort.name)

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    assertContains(client.get(reverse("renewal_start")), "There is nothing left to sign", status_code=410)
    with pytest.raises(DomainError) as refused:
        sign(asked(), coming.cohort)
    assert refused.value.code == "not-allowed"
    assert pledges_ask_again() == 0


def test_page_tells_of_the_next_cohort_alone_and_signs_for_it(client: Client, application, lead, coming) -> None:
    take_up(application, lead, coming)
    pledges_ask_again()
    PledgeRenewal.objects.update(token_hash=token_hash("again"))
    client.get(reverse("renewal_link", args=["again"]))

    page = client.get(reverse("renewal_start"))

    assertContains(page, "who deferred the place and now begins in")
    assert list(page.context["residentials"]) == list(coming.cohort.residentials.all())
    commitments = CommitmentSet.objects.get(cohort=coming.cohort, whose=Whose.HEADTEACHER).commitments.all()
    data = {"agreed": [each.pk for each in commitments], "signed_as": "Helen Marsh"}
    client.post(reverse("renewal_start"), data | {"read": page.context["form"].initial["read"]})
    assert PledgeRenewal.objects.get().pledge.commitment_set.cohort == coming.cohort
    client.force_login(application.applicant)
    own = client.get(application.get_absolute_url())
    assertContains(own, "Your place was taken up in the next cohort, so we asked")


def test_new_headteacher_is_asked_for_the_next_cohort(application, support, lead, coming) -> None:
    take_up(application, lead, coming)

    renewal = renewal_ask_new_head(support=support, by=lead, **HEAD)

    assert (renewal.why, renewal.terms) == (RenewalWhy.HEAD, terms_of(coming.cohort))
    assert pledges_ask_again() == 0
    assert sign(renewal, coming.cohort).pledge.commitment_set.cohort == coming.cohort


def test_new_headteacher_is_not_asked_before_there_is_anything_to_sign(application, support, lead, coming) -> None:
    take_up(application, lead, coming)
    CommitmentSet.objects.filter(cohort=coming.cohort, whose=Whose.HEADTEACHER).delete()

    with pytest.raises(DomainError, match="not set up yet") as refused:
        renewal_ask_new_head(support=support, by=lead, **HEAD)

    assert refused.value.code == "not-set-up"


def test_whoever_signed_may_be_named_again_for_the_next_cohort(application, support, lead, coming) -> None:
    take_up(application, lead, coming)
    same = {"first_name": support.first_name, "last_name": support.last_name, "email": support.email}

    assert renewal_ask_new_head(support=support, by=lead, **same).is_open


def test_granting_ends_what_was_asked_for_the_cohort_before(client: Client, application, lead) -> None:
    later(application.round.cohort)
    pledges_ask_again()
    PledgeRenewal.objects.update(token_hash=token_hash("again"))

    defer(application, lead)

    assert not PledgeRenewal.objects.open().exists()
    page = client.get(reverse("renewal_link", args=["again"]), follow=True)
    assertContains(page, "This link no longer works", status_code=410)


@pytest.mark.parametrize("why", [RenewalWhy.HEAD, RenewalWhy.SCHOOL])
def test_whoever_had_not_signed_yet_is_asked_for_the_next_cohort(application, support, lead, coming, why) -> None:
    """Never the headteacher before, nor the school before."""
    if why == RenewalWhy.HEAD:
        renewal_ask_new_head(support=support, by=lead, **HEAD)
    else:
        change = school_change_ask(
            application=application,
            by=application.applicant,
            school=SchoolFactory(in_hub=application.hub),
            from_on=application.round.cohort.academic_year.first_day,
            job_title="Maths lead",
            head=HEAD,
            answers={},
        )
        school_change_decide(change=change, by=lead, action=SchoolChangeAction.AGREE, reason="As we agreed.")
    take_up(application, lead, coming)

    assert pledges_ask_again() == 1

    assert (asked().email, asked().why) == (HEAD["email"], why)
    assert support.state == SupportState.SIGNED


# What the headteacher is told of a deferral


def test_headteacher_hears_that_the_place_is_kept_and_that_it_is_taken_up(application, support, lead, coming) -> None:
    deferral = defer(application, lead)
    granted = Email.objects.get(to=support.email, kind="deferral_granted_headteacher")
    assert "As soon as the days and dates of the next cohort are set, we ask you to sign for it" in granted.text

    HubPlacesFactory(cohort=coming.cohort, hub=application.hub)
    deferral_take_up(deferral=deferral, by=lead)

    taken_up = Email.objects.get(to=support.email, kind="deferral_taken_up_headteacher")
    assert f"is now taken in {coming.cohort}" in taken_up.text
    pledges_ask_again()
    assert Email.objects.filter(to=support.email, kind="renewal_requested").count() == 1


def test_headteacher_hears_nothing_of_a_request_that_is_refused(application, support, lead) -> None:
    """Its reason may be of somebody’s health."""
    deferral = deferral_ask(application=application, by=application.applicant, reason="A child.")
    Email.objects.all().delete()

    deferral_decide(deferral=deferral, by=lead, grant=False, reason="Every place is needed.")

    assert not Email.objects.filter(to=support.email).exists()
