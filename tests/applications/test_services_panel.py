"""The one order in which a hub compares its candidates."""

from functools import partial

import pytest

from applications.enums import State
from applications.models import Application, PanelOrder
from applications.services.panel import panel_order_move
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, PanelOrderFactory, ReviewFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    return MathsHubFactory()


@pytest.fixture
def round(hub):
    round = RoundFactory(complete=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=4)
    return round


@pytest.fixture
def lead(hub):
    return UserFactory(hub_lead=hub)


@pytest.fixture
def candidates(hub, round) -> dict[str, Application]:
    """Scored A 4, B 3, C 2, and D not yet."""
    made = {name: ApplicationFactory(state=State.COMPLETE, hub=hub, round=round) for name in "CABD"}
    for name, value in (("A", 4), ("B", 3), ("C", 2)):
        ReviewFactory(application=made[name], submitted_at=clock.now(), scored=value)
    ReviewFactory(application=made["D"], scored=4)
    return made


def order(candidates: dict[str, Application]) -> str:
    any_one = candidates["A"]
    names = {each.pk: name for name, each in candidates.items()}
    return "".join(names.get(each.pk, "?") for each in PanelOrder.objects.candidates(any_one.hub, any_one.round))


def test_order_by_submitted_score_until_somebody_ranks(candidates) -> None:
    assert order(candidates) == "ABCD"


def test_those_ranked_stand_before_those_who_are_not(candidates) -> None:
    PanelOrderFactory(application=candidates["D"], place=1)

    assert order(candidates) == "DABC"


def test_rank_at_another_hub_says_nothing(candidates) -> None:
    PanelOrderFactory(application=candidates["D"], hub=MathsHubFactory(), place=1)

    assert order(candidates) == "ABCD"


@pytest.mark.parametrize(
    ("name", "told", "after", "ranked"),
    [
        ("D", {"to": 1}, "DABC", 1),
        ("D", {"to": 3}, "ABDC", 3),
        ("B", {"up": True}, "BACD", 1),
        ("B", {"up": False}, "ACBD", 3),
        ("A", {"to": 4}, "BCDA", 4),
        ("A", {"to": 1}, "ABCD", 1),
    ],
)
def test_move_pins_only_what_it_passes(candidates, lead, name, told, after, ranked) -> None:
    panel_order_move(application=candidates[name], by=lead, **told)

    assert (order(candidates), PanelOrder.objects.count()) == (after, ranked)


def test_one_moved_before_those_who_are_ranked_pushes_none_of_them_out(candidates, lead) -> None:
    panel_order_move(application=candidates["B"], by=lead, to=1)
    panel_order_move(application=candidates["D"], by=lead, to=1)

    assert (order(candidates), PanelOrder.objects.count()) == ("DBAC", 2)


def test_move_counts_among_those_who_wait_alone(candidates, lead) -> None:
    """C and D wait on the reserve list: D moves before C and stays behind the others."""
    Application.objects.filter(pk__in=[candidates["C"].pk, candidates["D"].pk]).update(
        state=State.RESERVED, shown_state=State.RESERVED
    )

    assert panel_order_move(application=candidates["D"], by=lead, up=True, among=[State.RESERVED]) == 1
    assert order(candidates) == "ABDC"


def test_whoever_is_out_of_the_running_loses_the_place(candidates, lead) -> None:
    panel_order_move(application=candidates["D"], by=lead, to=1)
    Application.objects.filter(pk=candidates["D"].pk).update(state=State.UNSUCCESSFUL, shown_state=State.UNSUCCESSFUL)

    panel_order_move(application=candidates["C"], by=lead, to=1)

    assert order(candidates) == "CAB"
    assert not candidates["D"].panel_orders.exists()


@pytest.mark.parametrize(
    ("told", "code"), [({"to": 0}, "place-wrong"), ({"to": 5}, "place-wrong"), ({"to": 1, "seen": 2}, "order-changed")]
)
def test_move_refused_writes_nothing(candidates, lead, told, code) -> None:
    with pytest.raises(DomainError) as refusal:
        panel_order_move(application=candidates["A"], by=lead, **told)

    assert refusal.value.code == code
    assert not PanelOrder.objects.exists()
    assert panel_order_move(application=candidates["A"], by=lead, to=2, seen=1) == 2


@pytest.mark.parametrize("role", ["hub_reviewer", "hub_administrator"])
def test_only_a_lead_ranks(candidates, hub, role) -> None:
    with pytest.raises(DomainError, match="Only a lead"):
        panel_order_move(application=candidates["B"], by=UserFactory(**{role: hub}), up=True)


def test_lead_who_applies_ranks_the_others_as_they_see_them(candidates, lead) -> None:
    Application.objects.filter(pk=candidates["B"].pk).update(applicant=lead)

    assert panel_order_move(application=candidates["C"], by=lead, up=True, seen=2) == 1
    assert order(candidates) == "CABD"
    with pytest.raises(DomainError, match="Only a lead"):
        panel_order_move(application=candidates["B"], by=lead, to=1)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_two_leads_who_move_at_once_move_one_after_the_other(candidates, hub, lead) -> None:
    """The second move is counted in the order that the first has left."""
    first = partial(panel_order_move, application=candidates["C"], by=UserFactory(hub_lead=hub), to=1)
    second = partial(panel_order_move, application=candidates["D"], by=lead, to=2)

    assert overtaken(second, by=first) == 2

    assert order(candidates) == "CDAB"
    assert list(PanelOrder.objects.values_list("place", flat=True)) == [1, 2]
