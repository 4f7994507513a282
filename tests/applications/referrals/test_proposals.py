"""A proposal of moves as rows: what is free, who is strong, and what becomes of it once it is sent."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from applications.enums import State
from applications.models import Application, MatchingProposal, PanelOrder, Referral
from applications.services.matching import matching_propose, matching_send
from applications.unplaced import Unplaced
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    DeferralFactory,
    MatchingProposalFactory,
    ReferralFactory,
    ReviewFactory,
    RoundFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db
MILE = 1609.344


def place(school: School, miles: float) -> School:
    """So far to the east of where all others are."""
    School.objects.filter(pk=school.pk).update(easting=400_000 + int(miles * MILE), northing=300_000)
    school.refresh_from_db()
    return school


@pytest.fixture
def round():
    return RoundFactory(complete=True)


@pytest.fixture
def ncetm() -> User:
    return UserFactory(ncetm=True)


@pytest.fixture
def full(round) -> MathsHub:
    """A hub without a place left, whose candidates might move."""
    hub = MathsHubFactory()
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=1, taken=1)
    return hub


@pytest.fixture
def near(round, full) -> MathsHub:
    """Its neighbour, with two places, ten miles away."""
    hub = MathsHubFactory()
    full.neighbours.add(hub)
    place(SchoolFactory(in_hub=hub), 10)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=2)
    return hub


@pytest.fixture
def far(round) -> MathsHub:
    """No neighbour, with a place, thirty miles away."""
    hub = MathsHubFactory()
    place(SchoolFactory(in_hub=hub), 30)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=1)
    return hub


def candidate(hub: MathsHub, round, *, score: int = 3, state: str = State.RESERVED, **more) -> Application:
    application = ApplicationFactory(state=state, hub=hub, round=round, school=place(SchoolFactory(), 0), **more)
    ReviewFactory(application=application, submitted_at=clock.now(), scored=score)
    return application


def proposed(round, by, *, least: str = "2.5", reach: int | None = None) -> MatchingProposal:
    return matching_propose(round=round, by=by, least_score=Decimal(least), reach=reach, miles_a_point=10)


def moves_of(proposal: MatchingProposal) -> set[tuple[int, int]]:
    return set(proposal.moves.values_list("application", "to_hub"))


def test_proposal_is_rows_with_figures_and_moves_nobody(round, full, near, far, ncetm) -> None:
    one = candidate(full, round)
    two = candidate(full, round, score=4, state=State.UNSUCCESSFUL)

    proposal = proposed(round, ncetm)

    assert moves_of(proposal) == {(one.pk, near.pk), (two.pk, near.pk)}
    assert (proposal.places, proposal.candidates, proposal.made_by) == (3, 2, ncetm)
    move = proposal.moves.get(application=two)
    assert (move.miles, move.score, move.referral) == (Decimal("10.0"), Decimal("4.00"), None)
    assert (Referral.objects.count(), Email.objects.count()) == (0, 0)


def test_only_neighbours_unless_a_distance_is_given(round, full, near, far, ncetm) -> None:
    people = {candidate(full, round).pk for _ in range(3)}

    assert {hub for _, hub in moves_of(proposed(round, ncetm))} == {near.pk}
    assert {hub for _, hub in moves_of(proposed(round, ncetm, reach=29))} == {near.pk}
    wide = moves_of(proposed(round, ncetm, reach=31))
    assert ({key for key, _ in wide}, {hub for _, hub in wide}) == (people, {near.pk, far.pk})


def test_strong_is_whoever_reaches_the_score(round, full, near, ncetm) -> None:
    strong = candidate(full, round, score=3)
    candidate(full, round, score=2)
    ApplicationFactory(state=State.RESERVED, hub=full, round=round)  # without a score

    assert moves_of(proposed(round, ncetm, least="2.5")) == {(strong.pk, near.pk)}


@pytest.mark.parametrize(
    "change",
    [
        lambda one: ReferralFactory(application=one),
        lambda one: ReferralFactory(application=one, state="proposed"),
        lambda one: Application.objects.filter(pk=one.pk).update(eligibility="refused"),
        lambda one: Application.objects.filter(pk=one.pk).update(state="withdrawn", shown_state="withdrawn"),
        lambda one: School.objects.filter(pk=one.school_id).update(easting=None),
    ],
)
def test_who_is_left_out(round, full, near, ncetm, change) -> None:
    one = candidate(full, round)
    assert moves_of(proposed(round, ncetm)) == {(one.pk, near.pk)}

    change(one)

    assert moves_of(proposed(round, ncetm)) == set()


def test_hub_that_declined_somebody_is_not_asked_again(round, full, near, far, ncetm) -> None:
    one = candidate(full, round)
    ReferralFactory(application=one, to_hub=near, state="declined")

    assert moves_of(proposed(round, ncetm, reach=50)) == {(one.pk, far.pk)}


def test_kept_places_referrals_and_the_own_reserve_list_come_first(round, full, near, ncetm) -> None:
    quota = HubPlaces.objects.filter(hub=near)
    one = candidate(full, round)
    quota.update(places=4)
    before = {"round__cohort__programme": round.cohort.programme, "round__cohort__starts": round.cohort.starts - 1}
    DeferralFactory(application=ApplicationFactory(state=State.DEFERRED, hub=near, **before), state="granted")
    ReferralFactory(application=ApplicationFactory(state=State.RESERVED, round=round), to_hub=near)
    candidate(near, round)

    free = Unplaced(round).hubs[near.pk]
    assert (free.left, free.kept, free.referred, free.reserves, free.free) == (4, 1, 1, 1, 1)
    assert moves_of(proposed(round, ncetm)) == {(one.pk, near.pk)}

    quota.update(places=3)
    assert moves_of(proposed(round, ncetm)) == set()


def test_who_is_first_on_a_list_with_a_place_left_stays(round, full, near, ncetm) -> None:
    HubPlaces.objects.filter(hub=full).update(places=2)
    first, second = candidate(full, round, score=3), candidate(full, round, score=4)
    assert moves_of(proposed(round, ncetm)) == {(first.pk, near.pk)}  # by score, the second is the first

    for number, each in enumerate((first, second), 1):
        PanelOrder.objects.create(hub=full, round=round, application=each, place=number)
    assert moves_of(proposed(round, ncetm)) == {(second.pk, near.pk)}


def test_sent_each_move_waits_for_the_candidates_hub(round, full, near, ncetm) -> None:
    one, lead = candidate(full, round), UserFactory(hub_lead=full)

    proposal = matching_send(proposal=proposed(round, ncetm), by=ncetm)

    referral = proposal.moves.get().referral
    assert (referral.application, referral.state, referral.to_hub) == (one, "proposed", near)
    assert list(Email.objects.values_list("kind", "to")) == [("referral_proposed_hub", lead.email)]
    with pytest.raises(DomainError) as again:
        matching_send(proposal=proposal, by=ncetm)
    assert again.value.code == "stale"


def test_what_has_gone_meanwhile_is_not_sent(round, full, near, ncetm) -> None:
    one, two = candidate(full, round, score=4), candidate(full, round, score=3)
    proposal = proposed(round, ncetm)
    assert proposal.moves.count() == 2
    HubPlaces.objects.filter(hub=near).update(taken=1)

    matching_send(proposal=proposal, by=ncetm)

    sent = proposal.moves.exclude(referral=None).get()
    assert (sent.application, proposal.moves.get(referral=None).application) == (one, two)


def test_older_proposal_sends_nothing_that_a_newer_one_has_sent(round, full, near, ncetm) -> None:
    candidate(full, round)
    older, newer = proposed(round, ncetm), proposed(round, ncetm)
    matching_send(proposal=newer, by=ncetm)

    matching_send(proposal=older, by=ncetm)

    assert (Referral.objects.count(), older.moves.get().referral) == (1, None)


def test_only_ncetm_proposes_and_sends(round, full, near, ncetm) -> None:
    lead, proposal = UserFactory(hub_lead=full), MatchingProposalFactory(round=round)
    for call in (lambda: proposed(round, lead), lambda: matching_send(proposal=proposal, by=lead)):
        with pytest.raises(DomainError) as refused:
            call()
        assert refused.value.code == "not-allowed"
    assert matching_send(proposal=proposal, by=ncetm).sent_by == ncetm


def test_pages(client: Client, round, full, near, ncetm) -> None:
    one = candidate(full, round)
    client.force_login(ncetm)

    assertContains(client.get(reverse("national_matching")), round.code)
    address = reverse("national_matching_round", args=[round.code])
    shown = client.get(address)
    assertContains(shown, "Free places: 2")
    assertContains(shown, one.applicant.last_name)

    made = client.post(address, {"least_score": "2.5", "reach": "", "miles_a_point": "10"}, follow=True)
    assertContains(made, f"{one.applicant}, {one.school}, from {full} to {near}: 10.0 miles, score 3.00")
    proposal = MatchingProposal.objects.get()
    send = reverse("national_matching_send", args=[round.code, proposal.pk])
    assertContains(made, send)

    sent = client.post(send, follow=True)
    assertContains(sent, "1 move is proposed to its hub.")
    assertContains(sent, "Proposed by NCETM")
    assertNotContains(sent, send)


def test_what_cannot_be_read_is_said(client: Client, round, ncetm) -> None:
    client.force_login(ncetm)
    address = reverse("national_matching_round", args=[round.code])

    shown = client.post(address, {"least_score": "5", "reach": "0", "miles_a_point": ""})

    assertContains(shown, "Enter how many miles one point is worth")
    assert MatchingProposal.objects.count() == 0
