"""Beginning in the next cohort: asked, decided, promised, taken up, given up."""

from datetime import datetime, time, timedelta
from html import unescape
from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications import permissions
from applications.enums import ENDED, LIVE_DEFERRAL, Action, DeferralAction, DeferralState, State, WithdrawalReason
from applications.hub_presenters.places import places_left
from applications.models import Application, Deferral, Round
from applications.services.applications import application_start
from applications.services.deferrals import (
    deferral_ask,
    deferral_decide,
    deferral_take_back,
    deferral_take_up,
    places_lock,
)
from applications.services.engines import DEFERRAL, application_move
from applications.services.round_places import round_set_places
from applications.services.withdrawal import application_withdraw
from applications.views.hub.deferrals import next_places_words
from applications.workflow import DEFERRAL_TRANSITIONS
from cohorts.models import Cohort, HubPlaces, Specialist
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from tests.applications.applicants import url
from tests.applications.test_withdrawal import accepted
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, DeferralFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db

GRANT = {"answer": "grant", "reason": "With pleasure."}


@pytest.fixture
def lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def hub(lead: User) -> MathsHub:
    return lead.current_memberships[0].hub


@pytest.fixture
def application(hub: MathsHub) -> Application:
    return accepted(hub=hub)


def ask(application: Application) -> Deferral:
    return deferral_ask(
        application=application, by=application.applicant, reason="I am expecting a child.", until="2028"
    )


def next_places(application: Application, **kwargs) -> HubPlaces:
    cohort = application.round.cohort
    later = Cohort.objects.filter(programme=cohort.programme, starts=cohort.starts + 1).first()
    following = later or CohortFactory(programme=cohort.programme, starts=cohort.starts + 1)
    return HubPlacesFactory(cohort=following, hub=application.hub, **kwargs)


def taken(application: Application) -> int:
    return HubPlaces.objects.get(cohort=application.round.cohort, hub=application.hub).taken


def told() -> dict[str, str]:
    return dict(Email.objects.values_list("kind", "to"))


# Asking


def test_asking_tells_the_hub_and_changes_nothing(application, lead) -> None:
    Email.objects.all().delete()

    deferral = ask(application)

    application.refresh_from_db()
    assert (application.state, taken(application), deferral.state) == (State.ACCEPTED, 1, DeferralState.ASKED)
    assert told() == {"deferral_asked_hub": lead.email, "deferral_asked": application.applicant.email}
    assert "I am expecting a child." in Email.objects.get(kind="deferral_asked_hub").text
    assert list(deferral.events.values_list("action", "to_state")) == [("ask", "asked")]


def test_asking_twice_is_one_request(application) -> None:
    ask(application)
    with pytest.raises(DomainError) as refusal:
        ask(application)
    assert refusal.value.code == "asked-already"


def test_asking_needs_a_reason(application) -> None:
    with pytest.raises(DomainError) as refusal:
        deferral_ask(application=application, by=application.applicant, reason="  ")
    assert (refusal.value.code, Deferral.objects.count()) == ("reason-missing", 0)


@pytest.mark.parametrize("state", sorted(State))
def test_only_an_accepted_place_is_deferred_and_only_by_its_holder(state) -> None:
    application = ApplicationFactory(state=state)
    who = (application.applicant, UserFactory(hub_lead=application.hub), UserFactory(ncetm=True))
    assert [permissions.can_ask_to_defer(user, application) for user in who] == [state == State.ACCEPTED, False, False]
    if state != State.ACCEPTED:
        with pytest.raises(DomainError, match="that you have accepted"):
            ask(application)


@pytest.mark.parametrize("days", [-1, 0])
def test_asking_and_granting_end_when_the_cohort_begins(application, lead, days, time_machine) -> None:
    deferral = DeferralFactory(application=application)
    time_machine.move_to(application.round.cohort.academic_year.first_day + timedelta(days=days))
    may = days < 0

    assert permissions.can_ask_to_defer(application.applicant, application) == may
    wanted = {DeferralAction.GRANT, DeferralAction.REFUSE} if may else {DeferralAction.REFUSE}
    assert set(DEFERRAL.available(deferral, lead)) == wanted
    barred = {action for action in DeferralAction if permissions.what_bars_deferral(deferral, action)}
    assert barred == (set() if may else {DeferralAction.GRANT})


@pytest.mark.parametrize("days", [-1, 0])
def test_promise_is_taken_up_in_a_cohort_that_has_not_begun(application, lead, days, time_machine) -> None:
    """One that was left lying goes to the cohort after it, on the page as in the service."""
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    row = next_places(application)
    cohort = CohortFactory(programme=row.cohort.programme, starts=row.cohort.starts + 1)
    none_yet = CohortFactory(programme=row.cohort.programme, starts=row.cohort.starts + 1)
    HubPlacesFactory(cohort=none_yet, hub=application.hub, places=0)
    later = HubPlacesFactory(cohort=cohort, hub=application.hub)
    time_machine.move_to(row.cohort.academic_year.first_day + timedelta(days=days))

    wanted = row if days < 0 else later
    assert next_places_words(deferral).startswith(f"{wanted.cohort}: ")
    assert [list(Deferral.objects.promised(each.cohort)) for each in (row, later)] == (
        [[deferral], []] if days < 0 else [[], [deferral]]
    )
    assert deferral_take_up(deferral=deferral, by=lead).places == wanted


def test_promise_left_lying_waits_for_a_cohort_that_has_not_begun(application, lead, time_machine) -> None:
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    row = next_places(application)
    time_machine.move_to(row.cohort.academic_year.first_day)

    with pytest.raises(DomainError) as refusal:
        deferral_take_up(deferral=deferral, by=lead)

    assert refusal.value.code == "no-cohort-yet"
    assert "is not set up yet" in next_places_words(deferral)


def test_request_is_taken_back_until_it_is_answered(application, lead) -> None:
    ask(application)
    Email.objects.all().delete()

    deferral = deferral_take_back(application=application, by=application.applicant)

    assert (deferral.state, told()) == (DeferralState.TAKEN_BACK, {"deferral_taken_back_hub": lead.email})
    with pytest.raises(DomainError) as refusal:
        deferral_take_back(application=application, by=application.applicant)
    assert refusal.value.code == "nothing-asked"
    assert ask(application).state == DeferralState.ASKED


# Deciding


def test_refusal_leaves_the_place(application, lead) -> None:
    deferral = ask(application)
    Email.objects.all().delete()

    deferral_decide(deferral=deferral, by=lead, grant=False, reason="We have none next year.")

    application.refresh_from_db()
    assert (application.state, taken(application), Specialist.objects.count()) == (State.ACCEPTED, 1, 1)
    assert told() == {"deferral_refused": application.applicant.email}
    assert "We have none next year." in Email.objects.get().text
    assert ask(application).state == DeferralState.ASKED  # plans may change


def test_granted_before_the_next_cohort_is_set_up_is_a_promise(application, lead) -> None:
    deferral = ask(application)
    ApplicationFactory(state=State.RESERVED, hub=application.hub, round=application.round)
    Email.objects.all().delete()

    deferral = deferral_decide(deferral=deferral, by=lead, grant=True, reason="With pleasure.")

    application.refresh_from_db()
    assert (application.state, application.shown_state) == (State.DEFERRED, State.DEFERRED)
    assert (deferral.state, deferral.places, taken(application)) == (DeferralState.GRANTED, None, 0)
    assert Specialist.objects.count() == 0
    assert told() == {
        "deferral_granted": application.applicant.email,
        "deferral_granted_headteacher": application.supports.get().email,
        "deferral_granted_hub": lead.email,
    }
    assert "On your reserve list for this round: 1." in Email.objects.get(kind="deferral_granted_hub").text


def test_granted_takes_a_place_of_the_next_cohort_at_once(application, lead) -> None:
    row, beyond = (
        next_places(application, places=1),
        CohortFactory(programme=application.round.cohort.programme, starts=2030),
    )
    HubPlacesFactory(cohort=beyond, hub=application.hub)

    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")

    row.refresh_from_db()
    assert (deferral.state, deferral.places, row.taken, taken(application)) == (DeferralState.TAKEN_UP, row, 1, 0)
    specialist = Specialist.objects.get()
    assert (specialist.cohort, specialist.placement.school) == (row.cohort, application.school)
    assert specialist.placement.from_on == row.cohort.academic_year.first_day
    assert f"Your place in {row.cohort} is taken for you." in Email.objects.get(kind="deferral_granted").text


def test_granting_is_refused_when_every_place_of_the_next_cohort_is_taken(application, lead) -> None:
    row = next_places(application, places=1, taken=1)
    deferral = ask(application)

    with pytest.raises(DomainError, match=f"{application.hub} has no place left in") as refusal:
        deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes.")

    assert refusal.value.code == "no-places"
    application.refresh_from_db()
    deferral.refresh_from_db()
    row.refresh_from_db()
    assert (application.state, deferral.state, taken(application), row.taken) == (State.ACCEPTED, "asked", 1, 1)
    assert Specialist.objects.get().cohort == application.round.cohort


def test_places_of_another_hub_or_programme_are_not_taken(application, lead) -> None:
    cohort = application.round.cohort
    following = CohortFactory(programme=cohort.programme, starts=cohort.starts + 1)
    HubPlacesFactory(cohort=following)
    HubPlacesFactory(cohort=CohortFactory(starts=cohort.starts + 1, programme=RoundFactory().cohort.programme))

    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")

    assert deferral.state == DeferralState.GRANTED
    assert set(HubPlaces.objects.values_list("taken", flat=True)) == {0}


def test_decision_needs_its_reason(application, lead) -> None:
    with pytest.raises(DomainError) as refusal:
        deferral_decide(deferral=ask(application), by=lead, grant=True, reason=" ")
    assert refusal.value.code == "reason-missing"


def test_promise_is_taken_up_once_there_are_places(application, lead) -> None:
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    with pytest.raises(DomainError) as refusal:
        deferral_take_up(deferral=deferral, by=lead)
    assert refusal.value.code == "no-cohort-yet"
    row = next_places(application, places=2)
    assert list(Deferral.objects.promised(row.cohort)) == [deferral]
    assert list(Deferral.objects.promised(application.round.cohort)) == []
    Email.objects.all().delete()

    deferral = deferral_take_up(deferral=deferral, by=lead)

    row.refresh_from_db()
    assert (deferral.state, deferral.places, row.taken) == (DeferralState.TAKEN_UP, row, 1)
    assert Specialist.objects.get().cohort == row.cohort
    assert list(Deferral.objects.promised(row.cohort)) == []
    assert set(told()) == {"deferral_taken_up", "deferral_taken_up_headteacher"}
    with pytest.raises(DomainError, match="Nothing was changed"):
        deferral_take_up(deferral=deferral, by=lead)


# Places that are promised


def coming(application: Application) -> Round:
    cohort = application.round.cohort
    return RoundFactory(complete=True, cohort__programme=cohort.programme, cohort__starts=cohort.starts + 1)


def propose(hub: MathsHub, round: Round, lead: User) -> str:
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, round=round)
    try:
        application_move(application=application, action=Action.PROPOSE_OFFER, by=lead)
    except DomainError as error:
        return f"{error.code}: {error.message}"
    return "done"


def test_places_left_that_are_promised_are_offered_to_nobody_else(application, lead) -> None:
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    another = accepted(hub=application.hub, round=application.round)
    second = deferral_decide(deferral=ask(another), by=lead, grant=True, reason="Yes.")
    round = coming(application)
    HubPlacesFactory(cohort=round.cohort, hub=application.hub, places=3)
    waits = ApplicationFactory(state=State.COMPLETE, hub=application.hub, round=round)
    assert places_left(waits, lead) == "3 of 3 places left, 2 of them kept for people who deferred"

    assert propose(application.hub, round, lead) == "done"
    refused = "The places left are kept for 2 people who deferred. Take those up first."
    assert propose(application.hub, round, lead) == f"places-kept: {refused}"

    deferral_take_up(deferral=deferral, by=lead)
    assert propose(application.hub, round, lead).startswith("places-kept: The places left are kept for 1 person who")
    deferral_take_up(deferral=second, by=lead)
    assert propose(application.hub, round, lead).startswith("no-places: ")
    assert places_left(waits, lead) == "0 of 3 places left"


@pytest.mark.parametrize("who", ["hub_lead", "hub_administrator"])
def test_hubs_places_add_up_with_those_that_were_kept(client: Client, application, lead, hub, who) -> None:
    row = next_places(application, places=5)
    stays, other = (accepted(round=application.round, hub=hub) for _ in range(2))
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    own = DeferralFactory(application=accepted(round=application.round, hub=hub), state=DeferralState.GRANTED)
    DeferralFactory(application=other, state=DeferralState.GRANTED)
    DeferralFactory(state=DeferralState.GRANTED)  # of another hub
    reader = own.application.applicant
    reader.memberships.create(role=who, hub=hub, from_on=clock.today())
    client.force_login(reader)

    page = client.get(reverse("hub_application_list", args=[hub.slug]))

    [ending, coming] = page.context["places"]
    assert (ending["cohort"], coming["cohort"]) == (stays.round.cohort, row.cohort)
    assert "Deferred and taken up" not in {each["label"] for each in ending["stats"]}
    told = {each["label"]: each["value"] for each in coming["stats"]}
    if who == "hub_administrator":
        assert told == {"Places": 5, "Offered": 0, "Accepted": 0, "Deferred and taken up": 1}
        assertNotContains(page, "promised to people who deferred")
    else:
        assert told == {
            "Places": 5,
            "Offers proposed": 0,
            "Offered": 0,
            "Accepted": 0,
            "Deferred and taken up": 1,
            "Left": 4,
        }
        assertContains(page, "1 promised to people who deferred")  # and of their own nothing


def test_promises_of_another_hub_or_for_another_cohort_keep_no_place(application, lead) -> None:
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    row, round = next_places(application), coming(application)
    other = UserFactory(hub_lead=True)
    elsewhere = other.current_memberships[0].hub
    HubPlacesFactory(cohort=row.cohort, hub=elsewhere, places=1)
    after = RoundFactory(complete=True, cohort__programme=row.cohort.programme, cohort__starts=row.cohort.starts + 1)
    HubPlacesFactory(cohort=after.cohort, hub=application.hub, places=1)
    there = RoundFactory(complete=True, cohort=row.cohort)

    assert propose(elsewhere, there, other) == "done"
    assert propose(application.hub, after, lead) == "done"
    assert round.cohort != row.cohort


def test_a_place_promised_is_not_kept_for_whoever_asks_later(application, lead) -> None:
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    later = ask(accepted(hub=application.hub, round=application.round))
    next_places(application, places=1)

    with pytest.raises(DomainError, match="kept for 1 person who deferred") as refusal:
        deferral_decide(deferral=later, by=lead, grant=True, reason="Yes.")

    assert refusal.value.code == "places-kept"
    assert deferral_take_up(deferral=deferral, by=lead).state == DeferralState.TAKEN_UP


def places(round: Round, **wanted: int | None) -> list[tuple[str, str]]:
    """As NCETM sets them; what leads are told then."""
    Email.objects.all().delete()
    known = {each.slug: each.pk for each in MathsHub.objects.all()}
    chosen = {known[slug.replace("_", "-")]: number for slug, number in wanted.items()}
    round_set_places(round=round, by=UserFactory(ncetm=True), wanted=chosen, seen=10**9)
    return list(Email.objects.values_list("kind", "to"))


def test_leads_hear_that_what_they_promised_can_be_taken_up(application, lead, hub) -> None:
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    colleague = UserFactory(hub_lead=hub)
    own = accepted(hub=hub, round=application.round, applicant=colleague)
    deferral_decide(deferral=ask(own), by=lead, grant=True, reason="Yes.")
    other, round = UserFactory(hub_lead=True), coming(application)
    HubPlaces.objects.filter(cohort=round.cohort).delete()
    MathsHub.objects.filter(pk=hub.pk).update(slug="promising")
    MathsHub.objects.filter(pk=other.current_memberships[0].hub_id).update(slug="another")

    assert sorted(places(round, promising=3, another=3)) == sorted(
        [("promises_due_hub", lead.email), ("promises_due_hub", colleague.email)]
    )
    numbers = {each.to: "has kept 2 for people" in each.text for each in Email.objects.all()}
    assert numbers == {lead.email: True, colleague.email: False}  # and of their own nothing
    assert "/hub/promising/deferrals/" in Email.objects.get(to=lead.email).text
    assert places(round, promising=3, another=4) == []
    assert places(round, promising=2) == []
    assert len(places(round, promising=4)) == 2
    Round.objects.filter(pk=round.pk).update(to_check=["places"])
    assert len(places(Round.objects.get(pk=round.pk), promising=4)) == 2
    assert places(Round.objects.get(pk=round.pk), promising=4) == []


def test_undecided_request_is_brought_to_mind_before_its_cohort_begins(application, lead, hub, time_machine) -> None:
    colleague = UserFactory(hub_lead=hub)
    first = application.round.cohort.academic_year.first_day
    fortnight, last = (datetime.combine(first - timedelta(days=n), time(9), tzinfo=clock.LONDON) for n in (14, 3))
    time_machine.move_to(fortnight - timedelta(hours=1), tick=False)
    deferral = ask(application)
    Email.objects.all().delete()
    UserFactory(hub_reviewer=hub)

    reminders_plan()

    dues = Reminder.objects.filter(kind="deferral_undecided").values_list("recipient", "due_at")
    assert set(dues) == {(who.pk, due) for who in (lead, colleague) for due in (fortnight, last)}
    assert reminded(time_machine, fortnight - timedelta(minutes=1)) == []
    assert reminded(time_machine, fortnight) == sorted([lead.email, colleague.email])
    email = Email.objects.filter(to=lead.email).get()
    assert f"begins on 1 September {first.year}" in email.text
    assert reverse("hub_deferral", args=[hub.slug, deferral.pk]) in email.text
    colleague.memberships.update(until_on=clock.today())
    assert reminded(time_machine, last) == [lead.email]


@pytest.mark.parametrize("after", ["decided", "taken back", "begun"])
def test_nobody_is_reminded_of_what_is_decided(application, lead, after, time_machine) -> None:
    first = application.round.cohort.academic_year.first_day
    last = datetime.combine(first - timedelta(days=3), time(9), tzinfo=clock.LONDON)
    time_machine.move_to(last - timedelta(hours=1), tick=False)
    deferral = ask(application)
    reminders_plan()
    assert Reminder.objects.filter(kind="deferral_undecided").count() == 1
    Email.objects.all().delete()
    if after == "decided":
        deferral_decide(deferral=deferral, by=lead, grant=False, reason="No.")
    if after == "taken back":
        deferral_take_back(application=application, by=application.applicant)
    Email.objects.all().delete()

    assert reminded(time_machine, last if after != "begun" else last + timedelta(days=3)) == []


def reminded(time_machine, at: datetime) -> list[str]:
    time_machine.move_to(at, tick=False)
    before = set(Email.objects.values_list("pk", flat=True))
    reminders_send()
    return sorted(Email.objects.exclude(pk__in=before).values_list("to", flat=True))


# Never two places


def start(application: Application, round: Round) -> Application:
    return application_start(by=application.applicant, round=round, document=round.current_document, at=clock.now())


@pytest.mark.parametrize("taken_up", [False, True])
def test_whose_place_is_kept_is_led_to_it_from_the_next_round(client: Client, application, lead, taken_up) -> None:
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    round = coming(application)
    HubPlacesFactory(cohort=round.cohort, hub=application.hub)
    if taken_up:
        deferral_take_up(deferral=deferral, by=lead)
    client.force_login(application.applicant)

    page = client.get(reverse("application_start", args=[round.code]), follow=True)

    assertRedirects(page, url(application))
    assertContains(page, "keeps a place for you, so you need not apply again")
    assert start(application, round) == application
    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)
    assert start(application, round).round == round


def test_place_taken_up_leaves_the_rounds_after_it_open(application, lead) -> None:
    row = next_places(application)
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    after = RoundFactory(complete=True, cohort__programme=row.cohort.programme, cohort__starts=row.cohort.starts + 1)
    elsewhere = RoundFactory(complete=True)

    assert [start(application, round).round for round in (after, elsewhere)] == [after, elsewhere]


@pytest.mark.parametrize("grants", [True, False])
def test_no_place_is_taken_up_for_whoever_applies_to_that_cohort(application, lead, grants) -> None:
    deferral, round = ask(application), coming(application)
    if not grants:
        own = ApplicationFactory(round=round, applicant=application.applicant, state=State.WITHDRAWN)
        deferral = deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes.")
        Application.objects.filter(pk=own.pk).update(state=State.DRAFT, submitted_at=None)  # a round opened again
    else:
        own = start(application, round)
    row = HubPlacesFactory(cohort=round.cohort, hub=application.hub)

    def take() -> Deferral:
        if grants:
            return deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes.")
        return deferral_take_up(deferral=deferral, by=lead)

    with pytest.raises(DomainError, match=f"applies to {row.cohort} themselves") as refusal:
        take()

    row.refresh_from_db()
    assert (refusal.value.code, row.taken) == ("applies-anew", 0)
    Application.objects.filter(pk=own.pk).update(state=State.WITHDRAWN)
    assert take().state == DeferralState.TAKEN_UP


@pytest.mark.parametrize("answer", ["grant", "take up"])
def test_request_is_not_answered_once_the_application_is_another_hubs(application, lead, answer) -> None:
    deferral = ask(application)
    if answer == "take up":
        deferral = deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes.")
    Application.objects.filter(pk=application.pk).update(
        hub=MathsHubFactory(), home_hub=application.hub, hub_reason="It is nearer."
    )

    def give() -> Deferral:
        if answer == "grant":
            return deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes.")
        return deferral_take_up(deferral=deferral, by=lead)

    with pytest.raises(DomainError, match="now another hub’s") as refusal:
        give()
    assert refusal.value.code == "stale"


# The end


def test_kept_place_is_given_up_by_withdrawing(application, lead) -> None:
    row = next_places(application, places=1)
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    hears, reads = given_up(f"in {row.cohort}")
    assert "on your reserve list" not in hears.lower()
    assert f"You kept a place for them in {row.cohort}, which is free again." in hears
    assert f"The place in {row.cohort} that {application.hub} kept for you is given back." in reads
    deferral.refresh_from_db()
    row.refresh_from_db()
    application.refresh_from_db()
    assert (application.state, deferral.state, row.taken) == (State.WITHDRAWN, DeferralState.GIVEN_UP, 0)
    assert (taken(application), Specialist.objects.count(), deferral.places) == (0, 0, None)
    row.delete()  # NCETM can say that the hub does not take part


def test_place_that_was_taken_up_is_locked_wherever_it_is(application, lead) -> None:
    """It is given back when the next cohort may be another one already."""
    row = next_places(application)
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    Cohort.objects.filter(pk=row.cohort_id).update(starts=2040)
    sooner = next_places(application)

    with CaptureQueriesContext(connection) as asked:
        assert places_lock(application) == sooner

    locking = [each["sql"] for each in asked.captured_queries if "FOR UPDATE" in each["sql"]]
    assert len(locking) == 1
    assert 'ORDER BY "cohorts_hubplaces"."id" ASC' in locking[0]
    assert set(locked_by(locking[0])) == {row.pk, sooner.pk, HubPlaces.objects.get(cohort=application.round.cohort).pk}


def locked_by(sql: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [each[0] for each in cursor.fetchall()]


def test_promise_is_given_up_by_withdrawing(application, lead) -> None:
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    row = next_places(application)

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    deferral.refresh_from_db()
    row.refresh_from_db()
    assert (deferral.state, row.taken) == (DeferralState.GIVEN_UP, 0)
    hears, reads = given_up("in the next cohort")
    assert "You had promised them a place in the next cohort, which you need not keep any longer." in hears
    assert f"{application.hub} no longer keeps a place for you in the next cohort." in reads


def given_up(where: str) -> list[str]:
    """What hub and applicant are told of it: not that the place of this cohort, free since the grant, is free again."""
    found = []
    for kind in ("application_withdrawn_hub", "application_withdrawn"):
        email = Email.objects.get(kind=kind)
        for body in (email.text, unescape(email.html)):
            assert where in " ".join(body.split())
            assert "had accepted" not in body
        found.append(" ".join(email.text.split()))
    return found


def test_withdrawing_takes_an_open_request_back(application) -> None:
    deferral = ask(application)

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    deferral.refresh_from_db()
    assert (deferral.state, taken(application)) == (DeferralState.TAKEN_BACK, 0)


@pytest.mark.parametrize("days", [-1, 0])
def test_kept_place_is_given_up_until_its_cohort_begins(application, lead, days, time_machine) -> None:
    row = next_places(application)
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    time_machine.move_to(row.cohort.academic_year.first_day + timedelta(days=days))
    application.refresh_from_db()

    assert bool(permissions.what_comes_first(application, "withdraw")) == (days == 0)


def test_promise_is_given_up_at_any_time(application, lead, time_machine) -> None:
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    time_machine.move_to(application.round.cohort.academic_year.first_day)
    application.refresh_from_db()

    assert permissions.what_comes_first(application, "withdraw") == ""


def test_whose_place_is_kept_begins_no_other_application_to_the_round(application, lead) -> None:
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    round = application.round

    again = application_start(by=application.applicant, round=round, document=round.current_document, at=clock.now())

    assert again == application


# Every action, state and role


ACTORS = {
    DeferralAction.GRANT: "lead",
    DeferralAction.REFUSE: "lead",
    DeferralAction.TAKE_BACK: "applicant",
    DeferralAction.TAKE_UP: "lead",
    DeferralAction.GIVE_UP: "applicant",
}


def test_every_action_state_and_role(hub) -> None:
    """The applicant leads the hub besides, and decides about themselves all the same never."""
    applicant = UserFactory(hub_lead=hub)
    people = {
        "applicant": applicant,
        "lead": UserFactory(hub_lead=hub),
        "reviewer": UserFactory(hub_reviewer=hub),
        "administrator": UserFactory(hub_administrator=hub),
        "ncetm": UserFactory(ncetm=True),
        "another lead": UserFactory(hub_lead=True),
        "stranger": UserFactory(),
    }
    row = HubPlacesFactory(hub=hub)
    moved = 0
    for state in DeferralState:
        application = ApplicationFactory(applicant=applicant, hub=hub, state=State.ACCEPTED)
        deferral = DeferralFactory(application=application, state=state)
        for action, (role, person) in product(DeferralAction, people.items()):
            case = f"{action} by {role} from {state}"
            decides = action in (DeferralAction.GRANT, DeferralAction.REFUSE)
            changes = {"decided_by": person, "decided_at": clock.now(), "decision_reason": "So."} if decides else {}
            changes |= {"places": row} if action == DeferralAction.TAKE_UP else {}
            changes |= {"places": None} if action == DeferralAction.GIVE_UP else {}
            sources, target = DEFERRAL_TRANSITIONS[action]
            sid = transaction.savepoint()
            if state in sources and ACTORS[action] == role:
                after, event = DEFERRAL.move(deferral, action, by=person, **changes)
                assert (after.state, event.from_state, event.to_state) == (target, state, target), case
                moved += 1
            else:
                with pytest.raises(DomainError, match=r"Nothing was changed|do not have permission"):
                    DEFERRAL.move(deferral, action, by=person, **changes)
            transaction.savepoint_rollback(sid)
    assert moved == 6


@pytest.mark.parametrize("state", sorted(DeferralState))
def test_database_keeps_one_live_request_an_application(state) -> None:
    first = DeferralFactory(state=state)
    if state in LIVE_DEFERRAL:
        with pytest.raises(IntegrityError, match="one_live_deferral"):
            DeferralFactory(application=first.application)
    else:
        DeferralFactory(application=first.application)


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("asked", {"decided_at": clock.now()}),
        ("refused", {"decision_reason": ""}),
        ("granted", {"state": "asked"}),
        ("asked", {"state": "refused"}),
        ("granted", {"state": "taken_up"}),
        ("taken_up", {"state": "granted"}),
        ("taken_up", {"state": "given_up"}),
        ("taken_up", {"places": None}),
    ],
)
def test_database_refuses_half_a_decision(state, change) -> None:
    deferral = DeferralFactory(state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deferral.objects.filter(pk=deferral.pk).update(**change)


# Pages


def test_applicant_asks_and_takes_back_on_the_page(client: Client, application) -> None:
    client.force_login(application.applicant)
    assertContains(client.get(url(application)), url(application, "defer"))
    assertContains(client.get(url(application, "defer")), "the place that you have accepted is yours")
    assertContains(client.post(url(application, "defer"), {"reason": " "}), "Say why you want to begin later")

    page = client.post(url(application, "defer"), {"reason": "A child", "until": "2028"}, follow=True)

    assertContains(page, "It has not decided yet")
    assertContains(page, f"{application.hub} decides whether to keep a place")
    assertNotContains(page, "Ask to begin in the next cohort")
    assertRedirects(client.get(url(application, "defer")), url(application))
    back = client.post(url(application, "defer_back"), follow=True)
    assertContains(back, "You keep the place that you have accepted")
    assertContains(back, "Ask to begin in the next cohort")


@pytest.mark.parametrize("state", sorted(set(State) - {State.ACCEPTED, State.DELETED}))
def test_page_to_ask_leads_back_where_nothing_is_accepted(client: Client, state) -> None:
    application = ApplicationFactory(state=state)
    client.force_login(application.applicant)
    assertRedirects(client.get(url(application, "defer")), url(application))
    assert client.post(url(application, "defer"), {"reason": "A child"}).status_code == 200
    assert Deferral.objects.count() == 0
    assertNotContains(client.get(url(application)), url(application, "defer"))


def test_lead_decides_on_the_page_and_applicant_reads_where_it_is(client: Client, application, lead, hub) -> None:
    deferral = ask(application)
    page = reverse("hub_deferral", args=[hub.slug, deferral.pk])
    client.force_login(lead)
    assertContains(client.get(reverse("hub_home", args=[hub.slug])), "(1 to decide)")
    assertContains(client.get(reverse("hub_application", args=[hub.slug, application.reference])), page)
    assertContains(client.get(page), "is not set up yet")

    assertRedirects(client.post(page, GRANT), page)

    assertContains(client.post(page, GRANT), "Nothing was changed")
    assertContains(client.get(reverse("hub_home", args=[hub.slug])), "(1 to be taken up)")
    row = next_places(application, places=3)
    assertContains(client.get(page), "3 of 3 places left.")
    assertContains(client.post(reverse("hub_deferral_take_up", args=[hub.slug, deferral.pk]), follow=True), "is taken")
    assertNotContains(client.get(page), "Take the place up")
    client.force_login(application.applicant)
    status = client.get(url(application))
    assertContains(status, "Place kept for the next cohort")
    assertContains(status, f"Your place in {row.cohort} is taken.")
    assertContains(status, "With pleasure.")
    assert status.context["contact"] != []
    assertContains(client.get(url(application, "withdraw")), "Give up the place that is kept for you?")


def test_administrator_sees_how_a_request_stands_and_no_reason(client: Client, application, hub) -> None:
    """Which may be of somebody's health."""
    deferral = ask(application)
    client.force_login(UserFactory(hub_administrator=hub))
    page = reverse("hub_deferral", args=[hub.slug, deferral.pk])

    shown = client.get(reverse("hub_application", args=[hub.slug, application.reference]))

    assertContains(shown, "To decide")
    for secret in (page, "expecting a child"):
        assertNotContains(shown, secret)
    assert client.get(page).status_code == 404
    assert list(client.get(reverse("hub_deferral_list", args=[hub.slug])).context["table"].data) == []
    assertNotContains(client.get(reverse("hub_home", args=[hub.slug])), "Places kept for the next cohort")


@pytest.mark.parametrize("who", [{"hub_reviewer": True}, {"ncetm": True}])
def test_others_read_the_request_and_decide_nothing(client: Client, application, hub, who) -> None:
    deferral = ask(application)
    person = UserFactory(**{role: hub if role != "ncetm" else True for role in who})
    page = reverse("hub_deferral", args=[hub.slug, deferral.pk])
    client.force_login(person)

    assertContains(client.get(reverse("hub_home", args=[hub.slug])), "Places kept for the next cohort")
    assertContains(
        client.get(reverse("hub_application", args=[hub.slug, application.reference])), "I am expecting a child."
    )
    assertContains(client.get(page), "I am expecting a child.")
    assertNotContains(client.get(page), "Confirm your decision")
    assertContains(client.post(page, GRANT), "do not have permission")

    application.refresh_from_db()
    assert application.state == State.ACCEPTED


def test_own_request_is_not_found_by_a_lead_who_applied(client: Client, hub) -> None:
    lead = UserFactory(hub_lead=hub)
    deferral = DeferralFactory(application=ApplicationFactory(state=State.ACCEPTED, hub=hub, applicant=lead))
    client.force_login(lead)
    assert client.get(reverse("hub_deferral", args=[hub.slug, deferral.pk])).status_code == 404


def test_ncetm_lists_promises_and_is_told_of_them_where_places_are_set_up(
    client: Client, application, hub, lead
) -> None:
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    cohort = application.round.cohort
    coming = RoundFactory(complete=True, cohort__programme=cohort.programme, cohort__starts=cohort.starts + 1)
    client.force_login(UserFactory(ncetm=True))

    assertContains(client.get(reverse("national_deferral_list") + "?state=granted"), application.applicant.full_name)
    assertNotContains(client.get(reverse("national_deferral_list") + "?state=refused"), application.applicant.full_name)
    assertContains(client.get(reverse("national_round_places", args=[coming.code])), f"{hub.name}: 1")
    assertNotContains(client.get(reverse("national_round_places", args=[application.round.code])), "kept places")


def test_deferred_is_an_end_of_this_rounds_application() -> None:
    assert State.DEFERRED in ENDED
