"""A round and two people at once, on two real connections."""

from dataclasses import replace

import pytest

from applications.enums import State
from applications.models import Application, Round
from applications.services.applications import application_submit
from applications.services.round_dates import RoundDates, round_set_dates
from applications.services.round_life import round_close_early, round_publish
from applications.services.round_places import round_set_places
from cohorts.models import HubPlaces
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.applications.test_concurrency import at_once
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.threads import overtaken

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]


def test_place_taken_in_the_same_moment_is_not_taken_away() -> None:
    round, by = RoundFactory(), UserFactory(ncetm=True)
    row = HubPlacesFactory(cohort=round.cohort, places=1)

    def taken_away() -> object:
        try:
            return round_set_places(round=round, by=by, wanted={row.hub_id: 0}, seen=0)
        except DomainError as refused:
            return refused.code

    assert overtaken(taken_away, by=HubPlaces.objects.filter(pk=row.pk).take) == "places"
    row.refresh_from_db()
    assert (row.places, row.taken) == (1, 1)


def test_two_administrators_never_undo_each_other_unawares() -> None:
    round = RoundFactory()
    dates = RoundDates.of(round)
    calls = [
        lambda days=days: round_set_dates(
            round=round, by=UserFactory(ncetm=True), dates=replace(dates, reply_days=days), seen=0
        )
        for days in (10, 20)
    ]

    results = at_once(*calls)

    assert results.count("changed-meanwhile") == 1
    (event,) = round.events.all()
    round.refresh_from_db()
    assert event.changes == f"Days to answer an offer: {round.reply_days} (was 14)"


def test_round_is_published_once() -> None:
    round, by = RoundFactory(complete=True, published_at=None), UserFactory(ncetm=True)
    HubPlacesFactory(cohort=round.cohort)

    results = at_once(*[lambda: round_publish(round=round, by=by)] * 2)

    assert results.count("stale") == 1
    assert round.events.count() == 1


def test_round_that_closes_while_somebody_submits_decides_it_one_way() -> None:
    draft, by = ApplicationFactory(ready=True), UserFactory(ncetm=True)

    results = at_once(
        lambda: application_submit(application=draft, by=draft.applicant, at=clock.now()),
        lambda: round_close_early(round=draft.round, by=by, reason="No funding"),
    )

    assert isinstance(results[1], Round)
    state = Application.objects.get(pk=draft.pk).state
    assert state == (State.SUBMITTED if isinstance(results[0], Application) else State.DRAFT)
