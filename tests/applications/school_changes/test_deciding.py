"""A change of school is decided by one hub or two, and signed by the new headteacher."""

from datetime import timedelta

import pytest

from applications.enums import RenewalWhy, SchoolChangeState, State, WithdrawalReason
from applications.models import Application, PledgeRenewal
from applications.services.applications import offer_accept
from applications.services.casework import case_give
from applications.services.renewals import renewal_person, renewal_sign
from applications.services.school_change_decisions import school_change_decide
from applications.services.withdrawal import application_withdraw
from cohorts.enums import Whose
from cohorts.models import HubPlaces, Specialist
from cohorts.terms import terms_mark, terms_of
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.dashboards.invariants import broken_invariants
from mastery_hub.messaging.models import Email
from tests.applications.school_changes.steps import AGREE, HAND_ON, REFUSE, SEND_BACK, TAKE, ask, decide, taken, told
from tests.factories.applications import ApplicationFactory, DeferralFactory, EligibilityQuestionFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory

pytestmark = pytest.mark.django_db


def test_hub_keeps_the_candidate_and_the_new_head_is_asked(application, hub, new_hub, lead, school) -> None:
    before = application.school
    change = ask(application, school)
    Email.objects.all().delete()

    change = decide(change, lead, AGREE)

    application.refresh_from_db()
    assert (application.school, application.hub, application.home_hub) == (school, hub, new_hub)
    assert (application.job_title, taken(application, hub), application.state) == ("Maths lead", 1, State.ACCEPTED)
    assert application.hub_reason.endswith("As we agreed.")
    placement = Specialist.objects.get().placement
    assert (placement.school, placement.hub) == (school, hub)
    renewal = PledgeRenewal.objects.get()
    assert (renewal.why, renewal.email, change.renewal) == (RenewalWhy.SCHOOL, "new.head@school.example", renewal)
    assert change.pledge_by == clock.today() + timedelta(days=21)
    assert told() == {
        "school_change_agreed": application.applicant.email,
        "school_change_left": application.supports.get().email,
        "renewal_requested": "new.head@school.example",
    }
    letter = Email.objects.get(kind="school_change_left").text
    assert (before.name in letter, school.name in letter) == (True, False)
    assert (application.eligibility_outcomes.get().hub, application.eligibility) == (hub, "met")
    broken = broken_invariants()
    assert "An application and its signatures are of one school" not in broken
    assert "A change of school is in the state that its last event tells" not in broken


def test_new_head_signs_for_the_new_school(application, school, lead) -> None:
    decide(ask(application, school), lead, AGREE)
    renewal, cohort = PledgeRenewal.objects.get(), application.round.cohort
    commitments = cohort.commitment_sets.get(whose=Whose.HEADTEACHER).commitments.values_list("pk", flat=True)

    renewal_sign(
        renewal=renewal,
        by=renewal_person(renewal),
        at=clock.now(),
        read=terms_mark(terms_of(cohort)),
        agreed=set(commitments),
        signed_as="Samira Hussain",
    )

    renewal.refresh_from_db()
    assert renewal.pledge.school == school


def test_new_schools_hub_takes_the_candidate_with_its_place(application, hub, new_hub, lead, new_lead, school) -> None:
    row = HubPlacesFactory(cohort=application.round.cohort, hub=new_hub, places=1)
    read = Application.objects.get(pk=application.pk)
    change = decide(ask(application, school), lead, HAND_ON)
    application.refresh_from_db()
    assert (change.state, application.hub, application.school) == ("handed_on", hub, change.school_before)
    Email.objects.all().delete()

    case_give(application=application, by=lead, person=lead)
    decide(change, new_lead, TAKE)
    assert not application.holders.current().exists()

    application.refresh_from_db()
    row.refresh_from_db()
    assert (application.hub, application.home_hub, application.hub_reason) == (new_hub, new_hub, "")
    assert (row.taken, taken(application, hub)) == (1, 0)
    placement = Specialist.objects.get().placement
    assert (placement.school, placement.hub) == (school, new_hub)
    assert told()["school_change_taken_hub"] == lead.email
    assert "is your Maths Hub from now on" in Email.objects.get(kind="school_change_agreed").text

    application_withdraw(application=read, by=read.applicant, why=WithdrawalReason.PERSONAL)  # from an old page

    assert (taken(application, hub), taken(application, new_hub)) == (0, 0)


def test_hub_without_a_place_left_takes_nobody(application, hub, new_hub, lead, new_lead, school) -> None:
    HubPlacesFactory(cohort=application.round.cohort, hub=new_hub, places=1, taken=1)
    change = decide(ask(application, school), lead, HAND_ON)

    with pytest.raises(DomainError) as refusal:
        decide(change, new_lead, TAKE)

    application.refresh_from_db()
    change.refresh_from_db()
    assert (refusal.value.code, change.state, application.hub) == ("no-places", "handed_on", hub)
    assert (taken(application, hub), taken(application, new_hub)) == (1, 1)
    assert decide(change, new_lead, SEND_BACK).state == SchoolChangeState.ASKED
    assert decide(change, lead, AGREE).state == SchoolChangeState.AGREED


def test_place_kept_for_one_who_deferred_is_not_taken(application, new_hub, lead, new_lead, school) -> None:
    cohort = application.round.cohort
    row = HubPlacesFactory(cohort=cohort, hub=new_hub, places=1)
    earlier = RoundFactory(complete=True, cohort__programme=cohort.programme, cohort__starts=cohort.starts - 1)
    kept = ApplicationFactory(state=State.DEFERRED, hub=new_hub, round=earlier)
    DeferralFactory(application=kept, state="granted")
    change = decide(ask(application, school), lead, HAND_ON)

    with pytest.raises(DomainError) as refusal:
        decide(change, new_lead, TAKE)

    assert refusal.value.code == "places-kept"
    HubPlaces.objects.filter(pk=row.pk).update(places=2)
    assert decide(change, new_lead, TAKE).state == SchoolChangeState.AGREED


def test_hub_that_does_not_take_part_is_not_asked(application, school, lead) -> None:
    with pytest.raises(DomainError) as refusal:
        decide(ask(application, school), lead, HAND_ON)
    assert refusal.value.code == "not-recruiting"


def test_refusal_leaves_place_and_school_and_needs_its_reason(application, hub, lead, school) -> None:
    change = ask(application, school)
    Email.objects.all().delete()
    with pytest.raises(DomainError) as refusal:
        school_change_decide(change=change, by=lead, action=REFUSE, reason=" ")
    assert refusal.value.code == "reason-missing"

    decide(change, lead, REFUSE)

    application.refresh_from_db()
    assert (application.school, taken(application, hub)) == (change.school_before, 1)
    assert told() == {"school_change_refused": application.applicant.email}


def test_agreeing_against_a_rule_is_the_named_exception(application, school, lead) -> None:
    EligibilityQuestionFactory(terms=application.terms, key="days", least=3, text="How many days?")
    application = Application.objects.get(pk=application.pk)
    change = ask(application, school, answers={"days": 2}, words="Two long days.")
    assert [failure.answer for failure in change.essential] == ["2"]

    decide(change, lead, AGREE)

    application.refresh_from_db()
    exception = application.exceptions.get()
    assert (application.eligibility, exception.state, exception.decided_by) == ("granted", "granted", lead)
    assert (exception.outcome, exception.reason) == (application.eligibility_outcomes.get(), "Two long days.")


def test_offer_goes_along_and_is_accepted_at_the_new_school(lead, hub, school) -> None:
    application = ApplicationFactory(state=State.OFFERED, hub=hub)
    decide(ask(application, school), lead, AGREE)

    offer_accept(application=application, by=application.applicant, at=clock.now())

    assert Specialist.objects.get().placement.school == school


def test_later_first_day_splits_the_placement(application, school, lead) -> None:
    later = application.round.cohort.academic_year.first_day + timedelta(days=30)

    decide(ask(application, school, from_on=later), lead, AGREE)

    first, second = Specialist.objects.get().placements.all()
    assert (first.until_on, second.from_on, second.school) == (later, later, school)
