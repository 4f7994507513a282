"""A place that is promised: kept from others, brought to mind, and never a second one for the same person."""

from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import Action, DeferralState, State, WithdrawalReason
from applications.hub_presenters.places import places_left
from applications.models import Application, Deferral, Round
from applications.services.applications import application_start
from applications.services.deferrals import deferral_decide, deferral_take_back, deferral_take_up
from applications.services.engines import application_move
from applications.services.round_places import round_set_places
from applications.services.withdrawal import application_withdraw
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from tests.applications.applicants import url
from tests.applications.deferrals.steps import ask, next_places
from tests.applications.test_withdrawal import accepted
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, DeferralFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


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
