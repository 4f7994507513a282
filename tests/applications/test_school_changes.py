"""Taking a place to another school: asked, decided by one hub or two, signed by the new headteacher."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import (
    OPEN_CHANGE,
    RenewalWhy,
    SchoolChangeAction,
    SchoolChangeState,
    State,
    WithdrawalReason,
)
from applications.models import Application, PledgeRenewal, SchoolChange
from applications.reminders import after_moving, new_schools
from applications.services.applications import offer_accept, offer_decline
from applications.services.deferrals import deferral_ask, deferral_decide, deferral_take_back
from applications.services.renewals import renewal_person, renewal_remind, renewal_sign
from applications.services.school_change_decisions import school_change_decide
from applications.services.school_changes import school_change_ask, school_change_take_back
from applications.services.selection import offers_lapse
from applications.services.withdrawal import application_withdraw
from cohorts.enums import Whose
from cohorts.models import HubPlaces, Specialist
from cohorts.terms import terms_mark, terms_of
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.dashboards.invariants import broken_invariants
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.messaging.models import Email
from tests.applications.applicants import url
from tests.applications.test_withdrawal import accepted
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    DeferralFactory,
    EligibilityQuestionFactory,
    RoundFactory,
    SchoolChangeFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db

HEAD = {"first_name": "Samira", "last_name": "Hussain", "email": "New.Head@school.example"}
AGREE, HAND_ON = SchoolChangeAction.AGREE, SchoolChangeAction.HAND_ON
TAKE, SEND_BACK, REFUSE = SchoolChangeAction.TAKE, SchoolChangeAction.SEND_BACK, SchoolChangeAction.REFUSE


@pytest.fixture
def lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def hub(lead: User) -> MathsHub:
    return lead.current_memberships[0].hub


@pytest.fixture
def new_lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def new_hub(new_lead: User) -> MathsHub:
    return new_lead.current_memberships[0].hub


@pytest.fixture
def application(hub: MathsHub) -> Application:
    return accepted(hub=hub)


@pytest.fixture
def school(new_hub: MathsHub) -> School:
    return SchoolFactory(in_hub=new_hub)


def ask(application: Application, school: School, **more: Any) -> SchoolChange:
    begins = application.round.cohort.academic_year.first_day
    told: dict[str, Any] = {"from_on": begins, "job_title": "Maths lead", "head": HEAD, "answers": {}}
    return school_change_ask(application=application, by=application.applicant, school=school, **(told | more))


def decide(change: SchoolChange, by: User, action: SchoolChangeAction) -> SchoolChange:
    return school_change_decide(change=change, by=by, action=action, reason="As we agreed.")


def taken(application: Application, hub: MathsHub) -> int:
    return HubPlaces.objects.get(cohort=application.round.cohort, hub=hub).taken


def told() -> dict[str, str]:
    return dict(Email.objects.values_list("kind", "to"))


def test_asking_tells_the_hub_and_changes_nothing(application, hub, new_hub, lead, school) -> None:
    Email.objects.all().delete()

    change = ask(application, school)

    application.refresh_from_db()
    assert (application.school, application.hub, taken(application, hub)) == (change.school_before, hub, 1)
    assert (change.hub_before, change.hub_after, change.email) == (hub, new_hub, "new.head@school.example")
    assert told() == {"school_change_asked_hub": lead.email}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("school", "same-school"),
        ("hub", "no-hub"),
        ("head", "own-address"),
        ("answers", "answers-missing"),
        ("failing", "words-missing"),
        ("blank", "words-missing"),
        ("school of another kind", "words-missing"),
        ("too early", "from-on"),
        ("too late", "from-on"),
    ],
)
def test_what_is_wrong_is_refused_and_what_is_right_is_asked_once(application, school, wrong, code) -> None:
    EligibilityQuestionFactory(terms=application.terms, key="days", least=3)
    application = Application.objects.get(pk=application.pk)
    right: dict[str, Any] = {"school": school, "answers": {"days": 3}}
    year = application.round.cohort.academic_year
    given = {
        "school": {"school": application.school},
        "hub": {"school": SchoolFactory()},
        "head": {"head": HEAD | {"email": application.applicant.email}},
        "answers": {"answers": {"days": -1}},
        "failing": {"answers": {"days": 2}},
        "blank": {"answers": {"days": 2}, "words": " "},
        "school of another kind": {"school": SchoolFactory(independent=True, in_hub=application.hub)},
        "too early": {"from_on": year.first_day - timedelta(days=367)},
        "too late": {"from_on": year.last_day + timedelta(days=1)},
    }[wrong]

    with pytest.raises(DomainError) as refusal:
        ask(application, **(right | given))
    assert (refusal.value.code, SchoolChange.objects.count()) == (code, 0)
    ask(application, **right)
    with pytest.raises(DomainError) as refusal:
        ask(application, **right)
    assert refusal.value.code == "asked-already"


def test_change_is_taken_back_until_it_is_decided(application, school, new_hub, lead, new_lead) -> None:
    HubPlacesFactory(cohort=application.round.cohort, hub=new_hub)
    decide(ask(application, school), lead, HAND_ON)
    Email.objects.all().delete()

    change = school_change_take_back(application=application, by=application.applicant)

    assert change.state == SchoolChangeState.TAKEN_BACK
    assert sorted(Email.objects.values_list("to", flat=True)) == sorted([lead.email, new_lead.email])
    with pytest.raises(DomainError) as refusal:
        school_change_take_back(application=application, by=application.applicant)
    assert refusal.value.code == "nothing-asked"


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

    decide(change, new_lead, TAKE)

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


def test_whoever_asks_to_defer_does_not_move_school_meanwhile(application, school) -> None:
    deferral_ask(application=application, by=application.applicant, reason="A child.")
    with pytest.raises(DomainError) as refusal:
        ask(application, school)
    assert (refusal.value.code, SchoolChange.objects.count()) == ("deferring", 0)

    deferral_take_back(application=application, by=application.applicant)
    assert ask(application, school).state == SchoolChangeState.ASKED


def test_whoever_moves_school_does_not_ask_to_defer_meanwhile(application, school) -> None:
    ask(application, school)
    with pytest.raises(DomainError) as refusal:
        deferral_ask(application=application, by=application.applicant, reason="A child.")
    assert (refusal.value.code, application.deferrals.count()) == ("moving", 0)

    school_change_take_back(application=application, by=application.applicant)
    assert deferral_ask(application=application, by=application.applicant, reason="A child.").state == "asked"


def test_page_offers_neither_while_one_is_asked(client: Client, application, school) -> None:
    links = [url(application, "school_change") + '"', url(application, "defer") + '"']
    client.force_login(application.applicant)

    def offered() -> list[bool]:
        page = client.get(url(application)).content.decode()
        return [link in page for link in links]

    assert offered() == [True, True]
    ask(application, school)
    assert offered() == [False, False]
    assertRedirects(client.get(url(application, "defer")), url(application))
    school_change_take_back(application=application, by=application.applicant)
    deferral_ask(application=application, by=application.applicant, reason="A child.")
    assert offered() == [False, False]
    assertRedirects(client.get(url(application, "school_change")), url(application))


@pytest.mark.parametrize("end", ["withdraws", "declines", "lapses"])
def test_request_does_not_outlive_the_place(end, hub, new_hub, school, time_machine) -> None:
    application = accepted(hub=hub) if end == "withdraws" else ApplicationFactory(state=State.OFFERED, hub=hub)
    change, by = ask(application, school), application.applicant

    if end == "withdraws":
        application_withdraw(application=application, by=by, why=WithdrawalReason.PERSONAL)
    elif end == "declines":
        offer_decline(application=application, by=by, at=clock.now(), reason="")
    else:
        time_machine.move_to(clock.now() + timedelta(days=60))
        assert offers_lapse() == 1

    change.refresh_from_db()
    last = change.events.last()
    assert (change.state, last.action, last.by.is_system) == ("taken_back", "take_back", end == "lapses")
    assert "Who asks to change school holds a place" not in broken_invariants()


def test_one_question_is_decided_before_the_other(application, school, lead) -> None:
    change = ask(application, school)
    deferral = DeferralFactory(application=application)

    with pytest.raises(DomainError, match="Decide first whether this person may begin in the next cohort"):
        decide(change, lead, AGREE)
    with pytest.raises(DomainError, match="Decide first on the change of school"):
        deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes.")

    decide(change, lead, REFUSE)
    assert deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes.").state == "granted"


@pytest.mark.parametrize("state", sorted(SchoolChangeState))
def test_database_keeps_one_open_change_an_application(state) -> None:
    first = SchoolChangeFactory(state=state)
    if state in OPEN_CHANGE:
        with pytest.raises(IntegrityError, match="one_open_school_change"):
            SchoolChangeFactory(application=first.application)
    else:
        SchoolChangeFactory(application=first.application)


def test_new_head_is_reminded_after_a_week_and_two(application, school, lead) -> None:
    decide(ask(application, school), lead, AGREE)
    renewal = new_schools().get()
    asked = clock.london(renewal.asked_at).date()
    assert [clock.london(m.due_at).date() - asked for m in after_moving(renewal)] == [timedelta(7), timedelta(14)]
    before = renewal.token_hash

    email = renewal_remind(renewal=renewal)

    renewal.refresh_from_db()
    assert (email.kind, email.to, renewal.token_hash != before) == ("renewal_requested", renewal.email, True)
    application.refresh_from_db()
    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)
    assert list(new_schools()) == []


def test_applicant_reads_where_it_is_until_the_new_head_has_signed(client: Client, application, school, lead) -> None:
    client.force_login(application.applicant)
    assertContains(client.get(url(application)), url(application, "school_change"))
    assertContains(client.get(url(application, "school_change")), "your place is held while your hub decides")
    ask(application, school)

    page = client.get(url(application))

    assertContains(page, "decides whether you take the place along to")
    assertNotContains(page, "Change your school")
    assertRedirects(client.get(url(application, "school_change")), url(application))
    decide(SchoolChange.objects.get(), lead, AGREE)
    assertContains(client.get(url(application)), "Your place is held, subject to this pledge.")


def test_form_asks_for_everything_that_hangs_on_the_school(client: Client, application) -> None:
    EligibilityQuestionFactory(terms=application.terms, key="days", least=3, text="How many days?")
    client.force_login(application.applicant)

    errors = client.post(url(application, "school_change"), {}).context["form"].errors

    wanted = {"school", "from_on", "job_title", "first_name", "last_name", "email", "rule-days"}
    assert (set(errors), SchoolChange.objects.count()) == (wanted, 0)


def test_taken_back_on_the_page(client: Client, application, school) -> None:
    ask(application, school)
    client.force_login(application.applicant)
    page = client.post(url(application, "school_change_back"), follow=True)
    assertContains(page, "You keep your place at your present school")


def test_two_hubs_decide_one_after_the_other(client: Client, application, hub, new_hub, lead, new_lead, school) -> None:
    HubPlacesFactory(cohort=application.round.cohort, hub=new_hub)
    change = ask(application, school)
    ours = reverse("hub_school_change", args=[hub.slug, change.pk])
    theirs = reverse("hub_school_change", args=[new_hub.slug, change.pk])
    page = reverse("hub_application", args=[new_hub.slug, application.reference])
    client.force_login(new_lead)
    assert client.get(theirs).status_code == 404
    client.force_login(lead)
    assertContains(client.get(reverse("hub_home", args=[hub.slug])), "(1 to decide)")
    assertContains(client.get(ours), "Ask the new school’s hub to take them")
    assertNotContains(client.get(ours), "Take them, with one of our places")

    client.post(ours, {"answer": "hand_on", "reason": "It is in their area."})

    assertNotContains(client.get(ours), "Confirm your decision")
    client.force_login(new_lead)
    assertContains(client.get(reverse("hub_home", args=[new_hub.slug])), "(1 to decide)")
    assertNotContains(client.get(theirs), page)
    assertRedirects(client.post(theirs, {"answer": "take", "reason": "Welcome."}), theirs)
    assertContains(client.get(theirs), page)
    assertContains(client.post(theirs, {"answer": "take", "reason": "Welcome."}), "Nothing was changed")
