"""How a hub selects: nothing is on until a lead turns it on; everybody of the hub and NCETM read it."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications import permissions
from applications.enums import PhaseTaught, RoundAction
from applications.models import Round, SelectionPlan
from applications.services.plans import MOST_NEEDS, Need, Plan, plan_seen, selection_plan_save
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub
from tests.factories.accounts import UserFactory
from tests.factories.applications import RoundFactory, SelectionPlanFactory, StrategicNeedFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import HubAreaFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)


@pytest.fixture
def hub(round: Round) -> MathsHub:
    return HubPlacesFactory(cohort=round.cohort, hub__name="North").hub


@pytest.fixture
def lead(hub: MathsHub) -> User:
    return UserFactory(hub_lead=hub)


def page(name: str, hub: MathsHub, round: Round) -> str:
    return reverse(name, kwargs={"hub": hub.slug, "code": round.code})


def saved(round: Round, hub: MathsHub, by: User, **wanted: Any) -> SelectionPlan:
    seen = plan_seen(SelectionPlan.objects.of(round, hub))
    return selection_plan_save(round=round, hub=hub, by=by, seen=seen, wanted=Plan(**wanted))


def refusal(round: Round, hub: MathsHub, by: User, **wanted: Any) -> str:
    with pytest.raises(DomainError) as refused:
        saved(round, hub, by, **wanted)
    return str(refused.value.code)


def test_hub_without_a_plan_has_nothing_turned_on(round: Round, hub: MathsHub) -> None:
    plan = SelectionPlan.objects.of(round, hub)

    assert (plan.pk, plan.blind, plan.reviewers_each, plan.moderates, plan.offers_reserves) == (
        None, False, 1, False, False,
    )  # fmt: skip
    assert not SelectionPlan.objects.exists()


def test_plan_is_of_one_hub_and_one_round(round: Round, hub: MathsHub) -> None:
    own = SelectionPlanFactory(round=round, hub=hub, blind=True)
    SelectionPlanFactory(round=round)
    SelectionPlanFactory(hub=hub)

    assert SelectionPlan.objects.of(round, hub) == own


def test_plan_is_saved_with_its_needs_in_order(round: Round, hub: MathsHub, lead: User) -> None:
    area = HubAreaFactory(hub=hub).authority
    needs = [Need("Early years", PhaseTaught.EARLY_YEARS), Need("The valley", authority=area), Need("A leader of many")]

    plan = saved(round, hub, lead, blind=True, reviewers_each=2, strategic_plan="We need more.", needs=needs)

    assert (plan.blind, plan.reviewers_each, plan.strategic_plan) == (True, 2, "We need more.")
    assert [(need.title, need.about) for need in plan.needs.all()] == [
        ("Early years", "Early years"),
        ("The valley", str(area)),
        ("A leader of many", ""),
    ]


def test_needs_that_are_no_longer_wanted_go(round: Round, hub: MathsHub, lead: User) -> None:
    saved(round, hub, lead, needs=[Need("One"), Need("Two"), Need("Three")])

    plan = saved(round, hub, lead, needs=[Need("Two")])

    assert [need.title for need in plan.needs.all()] == ["Two"]


def test_each_change_stands_in_the_log_of_the_round(round: Round, hub: MathsHub, lead: User) -> None:
    saved(round, hub, lead, blind=True, reviewers_each=2)
    saved(round, hub, lead, moderates=True, reviewers_each=2, strategic_plan="More", needs=[Need("Early years")])

    latest, first = round.events.filter(action=RoundAction.CHANGE_PLAN)
    assert first.changes.splitlines() == [
        f"{hub}: blind reading turned on",
        f"{hub}: reviewers for each application: 2 (was 1)",
    ]
    assert latest.changes.splitlines() == [
        f"{hub}: blind reading turned off",
        f"{hub}: moderation turned on",
        f"{hub}: strategic plan changed",
        f"{hub}: needs: Early years",
    ]
    assert latest.by == lead


def test_saved_twice_is_a_second_click(round: Round, hub: MathsHub, lead: User) -> None:
    seen = plan_seen(SelectionPlan.objects.of(round, hub))
    wanted = Plan(blind=True, needs=[Need("Early years")])
    for _ in range(2):
        selection_plan_save(round=round, hub=hub, by=lead, seen=seen, wanted=wanted)

    assert round.events.filter(action=RoundAction.CHANGE_PLAN).count() == 1


def test_what_a_colleague_saved_meanwhile_is_not_undone(round: Round, hub: MathsHub, lead: User) -> None:
    seen = plan_seen(SelectionPlan.objects.of(round, hub))
    saved(round, hub, lead, blind=True)

    with pytest.raises(DomainError) as refused:
        selection_plan_save(round=round, hub=hub, by=lead, seen=seen, wanted=Plan(moderates=True))

    assert refused.value.code == "changed"
    assert SelectionPlan.objects.of(round, hub).blind


def test_plan_is_written_by_leads_of_the_hub_alone(round: Round, hub: MathsHub, lead: User) -> None:
    others = [UserFactory(hub_reviewer=hub), UserFactory(hub_administrator=hub), UserFactory(ncetm=True)]
    others += [UserFactory(hub_lead=True), UserFactory()]

    assert [user for user in (lead, *others) if permissions.can_write_plan(user, hub)] == [lead]
    assert [refusal(round, hub, user, blind=True) for user in others] == ["not-allowed"] * len(others)
    assert saved(round, hub, lead, blind=True).blind


def test_plan_is_of_a_hub_that_takes_part(hub: MathsHub, lead: User) -> None:
    assert refusal(RoundFactory(), hub, lead, blind=True) == "not-taking-part"


def test_plan_names_so_many_needs_and_no_more(round: Round, hub: MathsHub, lead: User) -> None:
    needs = [Need(f"Need {number}") for number in range(MOST_NEEDS + 1)]

    assert refusal(round, hub, lead, needs=needs) == "too-many"
    assert saved(round, hub, lead, needs=needs[1:]).needs.count() == MOST_NEEDS


@pytest.mark.parametrize("number", [0, 4])
def test_database_refuses_an_odd_number_of_reviewers(number: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SelectionPlanFactory(reviewers_each=number)
    SelectionPlanFactory(reviewers_each=3)


def test_database_refuses_a_second_plan(round: Round, hub: MathsHub) -> None:
    SelectionPlanFactory(round=round, hub=hub)
    with pytest.raises(IntegrityError), transaction.atomic():
        SelectionPlanFactory(round=round, hub=hub)


def test_plans_are_seen_by_the_hub_and_ncetm(round: Round, hub: MathsHub, lead: User) -> None:
    plan = SelectionPlanFactory(round=round, hub=hub)
    SelectionPlanFactory()
    hub_people = [lead, UserFactory(hub_reviewer=hub), UserFactory(hub_administrator=hub)]

    assert [list(SelectionPlan.objects.visible_to(user)) for user in hub_people] == [[plan]] * 3
    assert SelectionPlan.objects.visible_to(UserFactory(ncetm=True)).count() == 2
    assert not SelectionPlan.objects.visible_to(UserFactory()).exists()


# Pages


@pytest.mark.parametrize("role", ["hub_lead", "hub_reviewer", "hub_administrator", "ncetm"])
def test_everybody_of_the_hub_reads_and_leads_change(client: Client, round: Round, hub: MathsHub, role: str) -> None:
    plan = SelectionPlanFactory(round=round, hub=hub, reviewers_each=2, strategic_plan="More in the valley.")
    StrategicNeedFactory(plan=plan, title="Early years")
    client.force_login(UserFactory(**{role: True if role == "ncetm" else hub}))
    edit = page("hub_plan_edit", hub, round)

    response = client.get(page("hub_plan", hub, round))

    for words in ("Two reviewers", "More in the valley.", "Early years"):
        assertContains(response, words)
    assert (edit in response.content.decode()) is (role == "hub_lead")
    assert client.get(edit).status_code == (200 if role == "hub_lead" else 403)
    assertContains(client.get(reverse("hub_selection", args=[hub.slug])), "Two reviewers")
    assertContains(client.get(reverse("hub_home", args=[hub.slug])), reverse("hub_selection", args=[hub.slug]))


def test_rounds_without_the_hub_are_not_found(client: Client, hub: MathsHub, lead: User) -> None:
    client.force_login(lead)
    other = RoundFactory(complete=True)

    assert client.get(page("hub_plan", hub, other)).status_code == 404
    assert client.get(page("hub_plan_edit", hub, other)).status_code == 404
    assertNotContains(client.get(reverse("hub_selection", args=[hub.slug])), other.code)


def test_lead_changes_the_plan_on_one_page(client: Client, round: Round, hub: MathsHub, lead: User) -> None:
    area = HubAreaFactory(hub=hub).authority
    elsewhere = HubAreaFactory().authority
    client.force_login(lead)
    edit = page("hub_plan_edit", hub, round)
    form = client.get(edit).context["form"]
    typed = {"seen": form["seen"].value(), "blind": "on", "reviewers_each": "2", "strategic_plan": "More."}

    assert [name for name in form.fields if name.startswith("need-")] == ["need-1", "need-2"]
    assertNotContains(client.get(edit), str(elsewhere))
    response = client.post(edit, typed | {"need-2": "The valley", "authority-2": area.pk})

    assertRedirects(response, page("hub_plan", hub, round))
    plan = SelectionPlan.objects.of(round, hub)
    assert (plan.blind, plan.reviewers_each, plan.moderates) == (True, 2, False)
    assert [(need.order, need.title, need.authority) for need in plan.needs.all()] == [(1, "The valley", area)]
    form = client.get(edit).context["form"]
    assert (form["need-1"].value(), form["authority-1"].value(), form["blind"].value()) == ("The valley", area.pk, True)


def test_areas_of_several_needs_are_read_at_once(client: Client, round: Round, hub: MathsHub, lead: User) -> None:
    """A query for each would fail this test."""
    areas = [HubAreaFactory(hub=hub).authority for _ in range(2)]
    client.force_login(lead)
    edit = page("hub_plan_edit", hub, round)
    typed = {"seen": client.get(edit).context["form"]["seen"].value(), "reviewers_each": "1"}
    typed |= {f"need-{n}": f"Area {n}" for n in (1, 2)} | {f"authority-{n}": areas[n - 1].pk for n in (1, 2)}

    for odd in ("9" * 5_000, "x"):
        assert list(client.post(edit, typed | {"authority-2": odd}).context["form"].errors) == ["authority-2"]
    assertRedirects(client.post(edit, typed), page("hub_plan", hub, round))

    assert [need.authority for need in SelectionPlan.objects.of(round, hub).needs.all()] == areas


def test_need_is_said_in_words(client: Client, round: Round, hub: MathsHub, lead: User) -> None:
    client.force_login(lead)

    response = client.post(page("hub_plan_edit", hub, round), {"reviewers_each": "1", "phase-1": "key_stage_1"})

    assertContains(response, "Say what you look for in need 1, or clear its phase and area")
    assert not SelectionPlan.objects.exists()


def test_page_that_is_out_of_date_keeps_what_was_typed(client: Client, round: Round, hub: MathsHub, lead: User) -> None:
    client.force_login(lead)
    edit = page("hub_plan_edit", hub, round)
    seen = client.get(edit).context["form"]["seen"].value()
    saved(round, hub, lead, moderates=True)

    response = client.post(edit, {"seen": seen, "reviewers_each": "1", "strategic_plan": "What I typed"})

    assertContains(response, "A colleague has changed this in the meantime")
    assertContains(response, "What I typed")
    assert SelectionPlan.objects.of(round, hub).strategic_plan == ""
    again = {"seen": response.context["form"]["seen"].value(), "reviewers_each": "1", "strategic_plan": "What I typed"}
    assertRedirects(client.post(edit, again), page("hub_plan", hub, round))
    assert SelectionPlan.objects.of(round, hub).strategic_plan == "What I typed"
