"""NCETM on a round's selection: places live and moved, decisions confirmed and returned, and the hub's reserve page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from applications.enums import State
from applications.models import Application, PanelOrder, PlaceMove, Round
from applications.services.round_copy import round_copy
from applications.services.round_dates import RoundDates, dates_problems
from mastery_hub.common import clock
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, ReleaseDelayFactory, RoundFactory, SelectionPlanFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def round():
    return RoundFactory(complete=True, confirms_decisions=True)


@pytest.fixture
def hub(round):
    hub = MathsHubFactory()
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=5)
    return hub


@pytest.fixture
def ncetm(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client


def test_places_are_counted_live(ncetm: Client, round, hub) -> None:
    for state in (State.OFFER_PROPOSED, State.OFFERED, State.OFFERED, State.ACCEPTED, State.RESERVED, State.COMPLETE):
        ApplicationFactory(state=state, round=round, hub=hub)
    ReleaseDelayFactory(round=round, hub=hub, note="Two interviews moved.")

    page = ncetm.get(reverse("national_quotas", args=[round.code]))

    [row] = [row for row in page.context["rows"] if row["hub"] == hub]
    counted = [row[name] for name in ("places", "proposed", "offered", "accepted", "left", "reserves", "undecided")]
    assert counted == [5, 1, 2, 1, 1, 1, 1]
    assertContains(page, "Two interviews moved.")


def test_places_move_on_the_page_and_what_is_wrong_loses_nothing(ncetm: Client, round, hub) -> None:
    other = HubPlacesFactory(cohort=round.cohort, places=1).hub
    address = reverse("national_place_move", args=[round.code])
    sent = {"from_hub": hub.pk, "to_hub": other.pk, "number": 6, "reason": "Few teachers applied"}

    refused = ncetm.post(address, sent)
    assertContains(refused, "has 5 places left")
    assertContains(refused, "Few teachers applied")
    assertContains(ncetm.post(address, sent | {"to_hub": hub.pk}), "Choose two different hubs")
    moved = ncetm.post(address, sent | {"number": 2}, follow=True)

    assertContains(moved, f"2 places from {hub} to {other}")
    assert PlaceMove.objects.get().number == 2


def confirmation(round, hub) -> str:
    return reverse("national_confirmation", args=[round.code, hub.slug])


def test_all_of_a_hub_are_confirmed_at_once(ncetm: Client, round, hub) -> None:
    made = [ApplicationFactory(state=State.OFFER_PROPOSED, round=round, hub=hub) for _ in range(3)]
    assertContains(ncetm.get(reverse("national_confirmations", args=[round.code])), hub.name)
    waiting = ncetm.get(confirmation(round, hub)).context["form"].waiting

    done = ncetm.post(confirmation(round, hub), {"decision": waiting, "confirm": "1"}, follow=True)

    assertContains(done, f"3 decisions of {hub} confirmed.")
    assert all(each.decisions.get().confirmed_at for each in made)
    again = ncetm.post(confirmation(round, hub), {"decision": waiting, "confirm": "1"})
    assertContains(again, "None of these proposals waits any more")


def test_returning_asks_for_a_reason_that_the_hub_reads(ncetm: Client, round, hub) -> None:
    application = ApplicationFactory(state=State.OFFER_PROPOSED, round=round, hub=hub)
    sent = {"decision": [application.decisions.get().pk], "return": "1"}

    assertContains(ncetm.post(confirmation(round, hub), sent), "Say why you return them")
    ncetm.post(confirmation(round, hub), sent | {"reason": "Nobody from the north."})

    ncetm.force_login(UserFactory(hub_lead=hub))
    page = ncetm.get(reverse("hub_decisions", args=[hub.slug, round.code]))
    assertContains(page, "Nobody from the north.")
    assertContains(page, "Returned")


def test_round_without_confirmation_says_so(ncetm: Client, round, hub) -> None:
    Round.objects.update(confirms_decisions=False)
    ApplicationFactory(state=State.OFFER_PROPOSED, round=round, hub=hub)

    assertContains(ncetm.get(reverse("national_confirmations", args=[round.code])), "asks for no confirmation")
    assertNotContains(ncetm.get(confirmation(round, hub)), 'name="confirm"')


# The hub's reserve list


@pytest.fixture
def waiting(round, hub) -> list[Application]:
    return [ApplicationFactory(state=State.RESERVED, round=round, hub=hub) for _ in range(3)]


def order(page) -> list[str]:
    return [row["reference"] for row in page.context["rows"]]


def test_reserve_list_is_ordered_by_buttons(client: Client, round, hub, waiting) -> None:
    client.force_login(UserFactory(hub_lead=hub))
    address = reverse("hub_reserves", args=[hub.slug, round.code])
    first, second, third = order(client.get(address))
    move = reverse("hub_reserve_move", args=[hub.slug, round.code])

    moved = client.post(move, {"reference": third, "move": "up-3"}, follow=True)
    assertContains(moved, "is number 2 on the reserve list now")
    assert order(moved) == [first, third, second]

    late = client.post(move, {"reference": third, "move": "up-3"}, follow=True)
    assertContains(late, "the order has changed")
    assert order(late) == [first, third, second]


@pytest.mark.parametrize("sent", [{"move": "up-3"}, {"move": "sideways-1"}, {"move": "up-x"}, {}])
def test_move_that_names_nothing_is_refused(client: Client, round, hub, waiting, sent) -> None:
    client.force_login(UserFactory(hub_lead=hub))
    sent = sent if sent.get("move") == "up-3" else sent | {"reference": waiting[0].reference}

    answer = client.post(reverse("hub_reserve_move", args=[hub.slug, round.code]), sent)

    assert answer.status_code in (403, 404)
    assert not PanelOrder.objects.exists()


def test_reserve_list_says_how_places_are_offered(client: Client, round, hub, waiting) -> None:
    client.force_login(UserFactory(hub_lead=hub))
    address = reverse("hub_reserves", args=[hub.slug, round.code])
    assertContains(client.get(address), "NCETM confirms each decision of this round")

    Round.objects.update(confirms_decisions=False)
    assertContains(client.get(address), "A lead of your hub offers each place")
    SelectionPlanFactory(round=round, hub=hub, offers_reserves=True)
    assertContains(client.get(address), "automatically")


def test_applicant_is_told_no_number(client: Client, round, hub, waiting) -> None:
    client.force_login(waiting[0].applicant)

    page = client.get(waiting[0].get_absolute_url())

    assertContains(page, "nobody is told a number: the order may still change")
    assertContains(page, f"you then have {round.reply_days} days to answer")


# The round's day


def test_day_of_release_lies_between_closing_and_cohort(round) -> None:
    dates = RoundDates.of(round)
    closes, begins = round.support_deadline, round.cohort.academic_year.first_day

    def problem(at):
        changed = RoundDates(**{**dates.__dict__, "releases_at": at})
        return "releases_at" in dates_problems(changed, cohort=round.cohort, round=round)

    assert problem(closes - timedelta(microseconds=1))
    assert not problem(closes)
    assert problem(clock.london(closes).replace(year=begins.year, month=begins.month, day=begins.day))
    assert not problem(None)


def test_copy_of_a_round_is_released_whole_weeks_later(round) -> None:
    closes = round.support_deadline
    Round.objects.filter(pk=round.pk).update(releases_at=closes + timedelta(days=30))
    round.refresh_from_db()
    cohort = round.cohort
    told = {"number": cohort.number + 1, "starts": cohort.starts + 1, "project_code": "NCP99-01"}

    made = round_copy(source=round, by=UserFactory(ncetm=True), **told)

    moved = clock.london(made.releases_at).date() - clock.london(round.releases_at).date()
    assert (moved.days % 7, made.confirms_decisions) == (0, True)
