"""Whose an area is, told in three ways, and what an edit will do, told before it is done: whatever came before."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.area_plans import (
    Moves,
    area_add_plan,
    area_end_plan,
    area_keep_plan,
    area_remove_plan,
)
from mastery_hub.directory.areas import AreasOfDay, area_in, areas_of, hub_in, next_move
from mastery_hub.directory.enums import EstablishmentStatus
from mastery_hub.directory.models import HubArea, LocalAuthority, MathsHub, School
from mastery_hub.directory.services.areas import area_add, area_end, area_keep, area_remove, hub_of_school
from tests.factories.accounts import UserFactory
from tests.factories.directory import HubAreaFactory, LocalAuthorityFactory, MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db
DISTRICTS = ("", "Over", "Under")
DAYS = range(-2, 5)  # from today


@dataclass
class World:
    ncetm: User
    hubs: list[MathsHub]
    authority: LocalAuthority


@pytest.fixture
def world() -> World:
    world = World(UserFactory(ncetm=True), MathsHubFactory.create_batch(3), LocalAuthorityFactory())
    for district in (*DISTRICTS, "Nobody’s own"):
        SchoolFactory(authority=world.authority, district=district)
    SchoolFactory(authority=world.authority, status=EstablishmentStatus.PROPOSED)
    SchoolFactory(authority=world.authority, closed=True)
    HubAreaFactory(hub=world.hubs[0], authority=world.authority, from_on=day(-3))
    HubAreaFactory(hub=world.hubs[1], district="Over")  # elsewhere
    return world


def day(number: int) -> date:
    return clock.today() + timedelta(days=number)


def homes(on: date) -> dict[int, int | None]:
    """Every school that is not closed, with its hub of that day as SQL has it."""
    schools = School.objects.exclude(status=EstablishmentStatus.CLOSED).with_hub(on)
    return dict(schools.values_list("urn", "home_hub_id"))


ADD = st.tuples(st.just("add"), st.integers(0, 2), st.sampled_from(DISTRICTS), st.sampled_from(DAYS))
END = st.tuples(st.just("end"), st.integers(0, 5), st.sampled_from(DAYS))
UNDO = st.tuples(st.sampled_from(["remove", "keep"]), st.integers(0, 5))
Plan = Callable[..., Any]


def asked_for(world: World, edit: tuple[Any, ...]) -> tuple[Plan, Plan, dict[str, Any]] | None:
    """The plan, the service and what both are asked; None where there is no such area."""
    kind, number, *more = edit
    if kind == "add":
        return area_add_plan, area_add, {
            "hub": world.hubs[number], "authority": world.authority, "district": more[0], "from_on": day(more[1]),
        }  # fmt: skip
    areas = areas_of(world.authority)
    if number >= len(areas):
        return None
    plan, service = {
        "end": (area_end_plan, area_end),
        "remove": (area_remove_plan, area_remove),
        "keep": (area_keep_plan, area_keep),
    }[kind]
    return plan, service, {"area": areas[number]} | ({"until_on": day(more[0])} if more else {})


@given(edits=st.lists(st.one_of(ADD, END, UNDO), min_size=1, max_size=7))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # undone below
def test_preview_tells_what_the_save_then_does(world: World, edits: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        for edit in edits:
            if wanted := asked_for(world, edit):
                attempt(world, *wanted)
        for number in DAYS:
            three_tellings_agree(world, day(number))
        transaction.set_rollback(True)


def attempt(world: World, plan: Plan, service: Plan, what: dict[str, Any]) -> None:
    rows = list(HubArea.objects.order_by("pk").values())
    try:
        change = plan(**what)
    except DomainError as refused:
        with pytest.raises(DomainError, match=re.escape(refused.message)), transaction.atomic():
            service(**what, by=world.ncetm)
        assert list(HubArea.objects.order_by("pk").values()) == rows
        return
    moves, before = Moves(change), homes(change.day)
    earlier = [each for each in map(day, DAYS) if each < change.day]
    past = [homes(each) for each in earlier]
    assert list(HubArea.objects.order_by("pk").values()) == rows

    service(**what, by=world.ncetm, seen=moves.seen)

    after = homes(change.day)
    told = {move.school.urn: (move.before and move.before.pk, move.after and move.after.pk) for move in moves.schools}
    assert told == {urn: (before[urn], after[urn]) for urn in before if before[urn] != after[urn]}
    assert [homes(each) for each in earlier] == past  # no edit reaches back behind its day


def three_tellings_agree(world: World, on: date) -> None:
    areas, of_day = areas_of(world.authority), AreasOfDay(on)
    for school in School.objects.with_hub(on):
        hub = hub_in(areas, school.district, on)
        assert school.home_hub_id == (hub and hub.pk) == of_day.hub_of(school.authority_id, school.district)
        assert hub_of_school(school, on) == hub
    for hub in world.hubs:
        held = set(School.objects.filter(of_day.held_by([hub])).values_list("urn", flat=True))
        assert held == set(School.objects.with_hub(on).filter(home_hub_id=hub.pk).values_list("urn", flat=True))


@pytest.mark.parametrize(
    ("district", "after", "move"),
    [
        ("", 0, (2, "B")),  # the authority moves
        ("Over", 0, (1, None)),  # its own row ends before the whole authority's begins
        ("Over", 1, (2, "B")),
        ("Under", 0, (2, "B")),
        ("", 2, (4, None)),
        ("", 4, None),
    ],
)
def test_next_move_is_the_first_day_with_another_hub(district, after, move) -> None:
    first, second = MathsHubFactory(name="A"), MathsHubFactory(name="B")
    authority = HubAreaFactory(hub=second, from_on=day(2), until_on=day(4)).authority
    HubAreaFactory(hub=first, authority=authority, district="Over", until_on=day(1))
    if district != "Over":
        HubAreaFactory(hub=first, authority=authority, until_on=day(1))  # two rows of one hub are no move
        HubAreaFactory(hub=first, authority=authority, from_on=day(1), until_on=day(2))

    found = next_move(areas_of(authority), district, day(after))

    assert (found and (found[0], found[1] and found[1].name)) == (move and (day(move[0]), move[1]))


def test_area_that_decides_is_the_districts_own() -> None:
    whole = HubAreaFactory()
    own = HubAreaFactory(authority=whole.authority, district="Over", until_on=day(1))
    areas = areas_of(whole.authority)

    assert [area_in(areas, "Over", day(number)) for number in (0, 1)] == [own, whole]
    assert [area_in(areas, "Under", date(2020, 8, 31)), area_in(areas, "", date(2020, 9, 1))] == [None, whole]
