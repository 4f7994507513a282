"""The reserve list: offered by a job where the hub wants it, one place once, and on to the next until one accepts."""

from datetime import timedelta
from functools import partial

import pytest

from applications.enums import Action, Outcome, State, WithdrawalReason
from applications.models import Application, Decision, Offer, ReserveSkip, Round, SelectionPlan
from applications.services import reserves
from applications.services.applications import offer_accept, offer_decline
from applications.services.panel import panel_order_move
from applications.services.place_moves import places_move
from applications.services.reserve_list import next_reserve, reserve_facts
from applications.services.reserves import reserve_offer_next, reserves_offer
from applications.services.selection import decision_propose, offers_lapse
from applications.services.withdrawal import application_withdraw
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherSupportFactory,
    RoundFactory,
    SelectionPlanFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory
from tests.threads import overtaken, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    return MathsHubFactory()


@pytest.fixture
def round(hub):
    """One place at the hub, which offers its reserves by itself."""
    round = RoundFactory(complete=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=1)
    SelectionPlanFactory(round=round, hub=hub, offers_reserves=True)
    return round


@pytest.fixture
def lead(hub):
    return UserFactory(hub_lead=hub)


@pytest.fixture
def offered(hub, round) -> Application:
    return ApplicationFactory(state=State.OFFERED, hub=hub, round=round)


@pytest.fixture
def waiting(hub, round) -> list[Application]:
    return [ApplicationFactory(state=State.RESERVED, hub=hub, round=round) for _ in range(3)]


def decline(application: Application) -> None:
    offer_decline(application=application, by=application.applicant, at=clock.now(), reason="")


def states(applications: list[Application]) -> str:
    names = {State.RESERVED: "R", State.OFFERED: "O", State.LAPSED: "L", State.ACCEPTED: "A", State.DECLINED: "D"}
    return "".join(names.get(Application.objects.get(pk=each.pk).state, "?") for each in applications)


def taken(round: Round, hub) -> int:
    return HubPlaces.objects.get(cohort=round.cohort, hub=hub).taken


def test_nothing_is_offered_while_no_place_is_free(offered, waiting) -> None:
    assert reserves_offer() == 0
    assert states(waiting) == "RRR"


def test_declined_place_goes_to_the_first_with_a_letter_and_a_day_to_answer_by(
    offered, waiting, round, hub, lead
) -> None:
    decline(offered)

    assert (reserves_offer(), reserves_offer()) == (1, 0)
    assert (states(waiting), taken(round, hub)) == ("ORR", 1)
    offer = Offer.objects.get(application=waiting[0])
    assert clock.london(offer.reply_by).date() == clock.today() + timedelta(days=round.reply_days)
    assert offer.decision.released_by == User.objects.system()
    assert waiting[0].events.get(action=Action.OFFER_RESERVE).by == User.objects.system()
    assert Email.objects.get(kind="outcome_offer").to == waiting[0].applicant.email
    assert Email.objects.get(kind="reserve_offered_hub").to == lead.email


@pytest.mark.parametrize("end", ["lapse", "withdraw", "move in"])
def test_place_that_is_free_in_another_way_is_offered_too(end, offered, waiting, round, hub, time_machine) -> None:
    if end == "lapse":
        time_machine.move_to(offered.offers.get().reply_by + GRACE, tick=False)
        assert offers_lapse() == 1
    elif end == "withdraw":
        offer_accept(application=offered, by=offered.applicant, at=clock.now())
        application_withdraw(application=offered, by=offered.applicant, why=WithdrawalReason.PERSONAL)
    else:
        giver = HubPlacesFactory(cohort=round.cohort, places=2).hub
        ncetm = UserFactory(ncetm=True)
        places_move(round=round, by=ncetm, from_hub=giver, to_hub=hub, number=1, reason="Needed there")

    assert reserves_offer() == 1
    assert states(waiting) == "ORR"


def test_lapse_cascades_through_three_reserves(offered, waiting, round, hub, time_machine) -> None:
    """Each has the round's days to answer, and only then the next is asked; the last accepts."""
    seen = []
    current = offered
    for application in waiting:
        reply_by = current.offers.get().reply_by
        time_machine.move_to(reply_by + GRACE - timedelta(microseconds=1), tick=False)
        assert (offers_lapse(), reserves_offer()) == (0, 0)
        time_machine.move_to(reply_by + GRACE, tick=False)
        assert (offers_lapse(), reserves_offer()) == (1, 1)
        seen.append(states(waiting))
        current = Application.objects.get(pk=application.pk)

    offer_accept(application=current, by=current.applicant, at=clock.now())

    assert (seen, states(waiting), taken(round, hub)) == (["ORR", "LOR", "LLO"], "LLA", 1)


def test_order_is_the_hubs(offered, waiting, lead) -> None:
    panel_order_move(application=waiting[2], by=lead, to=1, among=(State.RESERVED,))
    decline(offered)

    reserves_offer()

    assert states(waiting) == "RRO"


@pytest.mark.parametrize("why", ["not turned on", "NCETM confirms", "the cohort has begun"])
def test_lead_offers_where_the_job_does_not(why, offered, waiting, round, hub, lead, time_machine) -> None:
    decline(offered)
    if why == "not turned on":
        SelectionPlan.objects.update(offers_reserves=False)
    elif why == "NCETM confirms":
        Round.objects.update(confirms_decisions=True)
    else:
        time_machine.move_to(f"{round.cohort.starts}-09-02")

    assert (reserves_offer(), states(waiting)) == (0, "RRR")
    if why == "not turned on":
        assert next_reserve(round, hub) == waiting[0]
        decision_propose(application=waiting[0], by=lead, outcome=Outcome.OFFER, feedback="")


def test_leads_are_told_who_is_next_where_they_offer_themselves(offered, waiting, round, hub, lead) -> None:
    SelectionPlan.objects.update(offers_reserves=False)
    decline(offered)

    assert f"Next is {waiting[0].applicant}" in Email.objects.get(kind="offer_declined_hub").text


def test_name_of_the_next_goes_to_nobody_who_may_be_that_one(offered, waiting, round, hub) -> None:
    UserFactory(hub_lead=hub)
    Application.objects.filter(pk=waiting[0].pk).update(applicant=UserFactory(hub_lead=hub))

    assert reserve_facts(round, hub) == {"reserves": 3, "next_reserve": "", "automatic": True}


@pytest.mark.parametrize("why", ["school not in the register", "signatory not agreed", "exception waits"])
def test_whoever_cannot_be_offered_a_place_is_passed_over_once_and_the_hub_told(
    why, offered, waiting, round, hub, lead
) -> None:
    first = waiting[0]
    if why == "exception waits":
        Application.objects.filter(pk=first.pk).update(eligibility="asked")
    elif why == "signatory not agreed":
        first.supports.all().delete()
        HeadteacherSupportFactory(application=first, signatory="head_applies", role="Deputy", state="signed")
    else:
        unlisted = ApplicationFactory(state=State.RESERVED, hub=hub, round=round, unlisted=True)
        panel_order_move(application=unlisted, by=lead, to=1, among=(State.RESERVED,))
        first = unlisted
    decline(offered)

    assert (reserves_offer(), reserves_offer()) == (1, 0)

    assert first.pk not in Offer.objects.values_list("application", flat=True)
    assert sum(each.offers.exists() for each in waiting) == 1
    skipped = ReserveSkip.objects.get()
    assert skipped.application == first
    assert Email.objects.filter(kind="reserve_passed_over_hub", to=lead.email).count() == 1


def test_free_place_stays_the_hubs_while_it_is_still_deciding(waiting, round, hub) -> None:
    """Nobody was offered it: it is for whoever is not decided yet. Once all are, it goes to the list."""
    undecided = ApplicationFactory(state=State.COMPLETE, hub=hub, round=round)
    assert reserves_offer() == 0

    Application.objects.filter(pk=undecided.pk).update(state=State.UNSUCCESSFUL, shown_state=State.UNSUCCESSFUL)

    assert (reserves_offer(), states(waiting)) == (1, "ORR")


def test_place_that_is_free_again_is_offered_though_others_are_undecided(offered, waiting, round, hub) -> None:
    HubPlaces.objects.update(places=2)
    ApplicationFactory(state=State.COMPLETE, hub=hub, round=round)
    assert reserves_offer() == 0
    decline(offered)

    assert (reserves_offer(), states(waiting)) == (1, "ORR")


def test_one_failing_keeps_no_other_hub_waiting_and_is_made_good_by_the_next_run(
    offered, waiting, round, hub, monkeypatch
) -> None:
    """A worker that dies in the middle of one offer leaves nothing of it."""
    decline(offered)
    other = MathsHubFactory()
    HubPlacesFactory(cohort=round.cohort, hub=other, places=1)
    SelectionPlanFactory(round=round, hub=other, offers_reserves=True)
    there = ApplicationFactory(state=State.RESERVED, hub=other, round=round)
    before = Decision.objects.count()
    send = reserves.decision_send

    def dies(application: Application, *args: object, **kwargs: object) -> object:
        if application.hub_id == hub.pk:
            raise OSError("killed")
        return send(application, *args, **kwargs)

    monkeypatch.setattr(reserves, "decision_send", dies)
    assert (reserves_offer(), states([*waiting, there]), taken(round, hub)) == (1, "RRRO", 0)
    assert Decision.objects.count() == before + 1

    monkeypatch.setattr(reserves, "decision_send", send)

    assert (reserves_offer(), states(waiting), taken(round, hub)) == (1, "ORR", 1)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_two_workers_offer_one_place_once(offered, waiting, round, hub) -> None:
    decline(offered)

    assert sorted(together(reserves_offer, reserves_offer)) == [0, 1]

    assert (states(waiting), taken(round, hub)) == ("ORR", 1)
    assert Email.objects.filter(kind="outcome_offer").count() == 1


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_second_worker_waits_for_the_first_and_finds_no_place(offered, waiting, round, hub) -> None:
    decline(offered)
    offer = partial(reserve_offer_next, round=round, hub=hub)

    assert overtaken(offer, by=offer) is False

    assert Offer.objects.filter(replied_at=None).count() == 1


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_lead_and_job_never_give_one_place_twice(offered, waiting, round, hub, lead) -> None:
    decline(offered)
    propose = partial(decision_propose, application=waiting[1], by=lead, outcome=Outcome.OFFER, feedback="")

    assert overtaken(reserves_offer, by=propose) == 0

    assert taken(round, hub) == 1
