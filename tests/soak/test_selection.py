"""A whole round by the pages that its people use, from submission to acceptance; places are never overshot.

Everybody is signed in and asks over HTTP. Only what the clock does is done here: a date goes by, and its jobs run.
"""

import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from applications.enums import Outcome, Shown, State
from applications.models import Application, Offer, Round
from applications.services.reserves import reserves_offer
from applications.services.selection import offers_lapse
from cohorts.models import HubPlaces
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.dashboards.invariants import INVARIANTS
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.models import Email
from tests.applications.applicants import url
from tests.counts import count
from tests.factories.accounts import UserFactory
from tests.factories.applications import RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory
from tests.fault.house import House, wait_until
from tests.fault.pair import Pair
from tests.fault.post_office import PostOffice
from tests.fault.visitor import Answer, Visitor

pytestmark = [pytest.mark.soak, pytest.mark.fault, pytest.mark.django_db(transaction=True)]

HUBS, PLACES, CANDIDATES = count(3, 40), count(2, 4), count(6, 15)  # places and candidates of each hub
RESERVES = 3
AT_ONCE = count(4, 12)


@dataclass
class Candidate:
    pair: Pair
    strength: int  # 0 to 4, as the hub will find

    @property
    def application(self) -> Application:
        return self.pair.application

    @property
    def state(self) -> str:
        return Application.objects.values_list("state", flat=True).get(pk=self.application.pk)

    def apply(self) -> None:
        self.pair.submit()
        self.pair.sign()

    def reply(self, answer: str) -> Answer:
        return self.pair.teacher.fill(url(self.application, "offer"), answer=answer)

    def accept(self) -> Answer:
        return self.reply("accept")


@dataclass
class Hub:
    hub: MathsHub
    round: Round
    leads: list[Visitor]
    candidates: list[Candidate] = field(default_factory=list)

    @property
    def best(self) -> list[Candidate]:
        return sorted(self.candidates, key=lambda each: -each.strength)

    def about(self, name: str, candidate: Candidate) -> str:
        return reverse(name, args=[self.hub.slug, candidate.application.reference])

    def of_round(self, name: str) -> str:
        return reverse(name, args=[self.hub.slug, self.round.code])

    def score(self, candidate: Candidate) -> Answer:
        """The same for every criterion, with a word on each."""
        given: dict[str, Any] = {"submit": "1"}
        for criterion in candidate.application.terms.criteria.filter(shown=Shown.EVIDENCED):
            given |= {f"score-{criterion.pk}": candidate.strength, f"comment-{criterion.pk}": "As in the second answer"}
        return self.leads[0].fill(self.about("hub_review", candidate), **given)

    def propose(self, candidate: Candidate, outcome: Outcome, lead: int = 0) -> Answer:
        said = {"outcome": outcome.value, "reason": "As the panel agreed", f"feedback_{outcome.value}": "Thank you."}
        return self.leads[lead].fill(self.about("hub_decision", candidate), **said)

    def decide(self) -> list[Answer]:
        """In the order of the scores: the places, the reserve list, the others."""
        waiting = [each for each in self.best if each.state == State.COMPLETE]
        outcomes = [Outcome.OFFER] * (PLACES - len(self.candidates) + len(waiting)) + [Outcome.RESERVE] * RESERVES
        outcomes += [Outcome.UNSUCCESSFUL] * (len(waiting) - len(outcomes))
        return [self.propose(*each) for each in zip(waiting, outcomes, strict=True)]

    def release(self) -> Answer:
        return self.leads[0].fill(self.of_round("hub_decisions_release"))

    def offered(self) -> list[Candidate]:
        return [each for each in self.candidates if each.state == State.OFFERED]


def everybody(doing: Callable[[Any], Any], whom: Iterable[Any]) -> list[Any]:
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        return list(crowd.map(doing, whom))


def went_on(answers: Iterable[Answer]) -> bool:
    """Each form was taken: it sends its person on. One that is refused is shown again."""
    return {answer.status for answer in answers} == {302}


def strength(number: int) -> int:
    """One more of the best than there are places, all as good."""
    return 3 if number <= PLACES else number % 3


def seated(house: House, round: Round) -> list[Hub]:
    """Everybody is signed in, and every draft is whole."""
    found = []
    for _ in range(HUBS):
        hub, school = MathsHubFactory(), SchoolFactory()
        HubPlacesFactory(cohort=round.cohort, hub=hub, places=PLACES)
        seat = Hub(hub, round, [Visitor(house.site, UserFactory(hub_lead=hub)) for _ in range(2)])
        for number in range(CANDIDATES):
            seat.candidates.append(Candidate(Pair(house, round=round, hub=hub, school=school), strength(number)))
        found.append(seat)
    return found


def last_place(seat: Hub) -> None:
    """Two leads, two candidates as good as one another, one place: the slower lead is told, and nothing is overshot."""
    assert went_on(seat.propose(each, Outcome.OFFER) for each in seat.best[: PLACES - 1])
    first, second = seat.best[PLACES - 1 : PLACES + 1]

    answers = everybody(lambda each: seat.propose(each[0], Outcome.OFFER, lead=each[1]), [(first, 0), (second, 1)])

    assert sorted(answer.status for answer in answers) == [200, 302]
    [refused] = [answer for answer in answers if answer.status == 200]
    assert "no places left" in refused.page
    assert sorted([first.state, second.state]) == [State.COMPLETE, State.OFFER_PROPOSED]


def time_passes(candidate: Candidate) -> None:
    """The date to reply by goes by, and the jobs of that minute run."""
    gone = clock.now() - GRACE - timedelta(minutes=1)
    Offer.objects.filter(application=candidate.application, replied_at=None).update(reply_by=gone)
    offers_lapse()
    reserves_offer()


def cascade(seat: Hub) -> Candidate:
    """An offer lapses, and two after it, each passing to the next on the list; the last of them accepts."""
    plan = seat.leads[0].fill(seat.of_round("hub_plan_edit"), offers_reserves="on")
    assert plan.status == 302
    reserves = [each for each in seat.best if each.state == State.RESERVED]
    assert len(reserves) == RESERVES
    silent, *others = seat.offered()
    assert went_on(everybody(Candidate.accept, others))
    while reserves:
        time_passes(silent)
        [offered] = seat.offered()
        assert (silent.state, offered.strength) == (State.LAPSED, max(each.strength for each in reserves))
        reserves.remove(offered)
        silent = offered
    assert silent.accept().status == 302
    return silent


def test_round_from_submission_to_acceptance(house: House, post_office: PostOffice, capsys: Any) -> None:
    post_office.seconds_a_letter = 0
    round = RoundFactory(complete=True)
    house.redis()
    house.worker()
    house.web(workers=2, threads=8)
    hubs = seated(house, round)
    candidates = [each for hub in hubs for each in hub.candidates]
    began, mark = time.monotonic(), []

    def done(what: str) -> None:
        mark.append(f"{what}: {time.monotonic() - began:.0f} s")

    everybody(Candidate.apply, candidates)
    assert {each.state for each in candidates} == {State.COMPLETE}
    done("submitted and signed")
    assert went_on(
        everybody(lambda each: each[0].score(each[1]), [(hub, each) for hub in hubs for each in hub.candidates])
    )
    done("scored")
    last_place(hubs[0])
    for answers in everybody(Hub.decide, hubs):
        assert went_on(answers)
    assert {each.state for each in candidates} == {
        State.OFFER_PROPOSED,
        State.RESERVE_PROPOSED,
        State.UNSUCCESSFUL_PROPOSED,
    }
    done("proposed")
    assert went_on(everybody(Hub.release, hubs))
    assert Offer.objects.count() == HUBS * PLACES
    done("released")

    last = cascade(hubs[0])
    assert went_on(everybody(Candidate.accept, [each for hub in hubs[1:] for each in hub.offered()]))
    done("accepted")

    assert last.state == State.ACCEPTED
    assert Application.objects.filter(state=State.ACCEPTED).count() == HUBS * PLACES
    assert set(HubPlaces.objects.values_list("places", "taken")) == {(PLACES, PLACES)}
    assert [each.sentence for each in INVARIANTS if each.broken().exists()] == []
    wait_until(lambda: not Email.objects.exclude(status=EmailStatus.SENT).exists(), seconds=count(60, 900))
    offers = Email.objects.filter(kind="outcome_offer").values_list("to", flat=True)
    assert len(offers) == len(set(offers)) == HUBS * PLACES + RESERVES
    with capsys.disabled():
        sys.stdout.write(f"\n{len(candidates)} applications, {HUBS * PLACES} places: {', '.join(mark)}\n")
