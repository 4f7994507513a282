"""Who may give, withdraw and end each role, in each place: whoever is not named may not."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from mastery_hub.accounts.enums import HUB_ROLES, NATIONAL_ROLES, SCHOOL_ROLES, Role
from mastery_hub.accounts.models import Invitation, Membership, User
from mastery_hub.accounts.permissions import (
    PEOPLE,
    can_confirm_headteacher,
    can_end_membership,
    can_invite,
    can_manage_invitation,
    roles_to_give,
)
from mastery_hub.common import clock
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db

HERE, THERE, NATION = "the hub", "another hub", "no hub"
WHO_GIVES: dict[tuple[Role, str], set[str]] = {
    (Role.HUB_LEAD, HERE): {"ncetm"},
    (Role.HUB_LEAD, THERE): {"ncetm"},
    (Role.HUB_REVIEWER, HERE): {"lead"},
    (Role.HUB_REVIEWER, THERE): {"another lead", "lead there, reviewer here"},
    (Role.HUB_ADMINISTRATOR, HERE): {"lead"},
    (Role.HUB_ADMINISTRATOR, THERE): {"another lead", "lead there, reviewer here"},
    (Role.NCETM_ADMINISTRATOR, NATION): {"ncetm"},
}


@pytest.fixture
def places() -> dict[str, Any]:
    return {HERE: MathsHubFactory(), THERE: MathsHubFactory(), NATION: None}


@pytest.fixture
def people(places) -> dict[str, User]:
    here, there = places[HERE], places[THERE]
    former = UserFactory()
    ended = {"from_on": clock.today() - timedelta(days=9), "until_on": clock.today()}
    MembershipFactory(user=former, role=Role.HUB_LEAD, hub=here, **ended)
    MembershipFactory(user=former, role=Role.NCETM_ADMINISTRATOR, hub=None, **ended)
    return {
        "teacher": UserFactory(),
        "headteacher": UserFactory(headteacher=True),
        "ncetm": UserFactory(ncetm=True),
        "lead": UserFactory(hub_lead=here),
        "reviewer": UserFactory(hub_reviewer=here),
        "administrator": UserFactory(hub_administrator=here),
        "another lead": UserFactory(hub_lead=there),
        "lead there, reviewer here": UserFactory(hub_lead=there, hub_reviewer=here),
        "former lead and ncetm": former,
    }


@pytest.mark.parametrize("place", [HERE, THERE, NATION])
@pytest.mark.parametrize("role", Role)
def test_who_may_invite_to_a_role_and_withdraw_that(people, places, role, place) -> None:
    wanted, hub = WHO_GIVES.get((role, place), set()), places[place]

    assert {who for who, user in people.items() if can_invite(user, role, hub)} == wanted
    assert {who for who, user in people.items() if can_invite(user, str(role), hub)} == wanted
    invitation = Invitation(role=role, hub=hub)
    assert {who for who, user in people.items() if can_manage_invitation(user, invitation)} == wanted


@pytest.mark.parametrize("place", [HERE, THERE, NATION])
def test_roles_that_each_person_is_offered_to_give(people, places, place) -> None:
    for who, user in people.items():
        wanted = [role for role in Role if who in WHO_GIVES.get((role, place), set())]
        assert roles_to_give(user, places[place]) == wanted, who


def places_of(role: Role) -> list[str]:
    return [HERE, THERE] if role in HUB_ROLES else [NATION]


@pytest.mark.parametrize(("role", "place"), [(role, place) for role in Role for place in places_of(role)])
def test_who_may_end_a_membership(people, places, role, place) -> None:
    """Whoever may give the role, and NCETM; yet nobody ends their own, so somebody is left to let others in."""
    school = SchoolFactory() if role in SCHOOL_ROLES else None
    theirs = MembershipFactory(role=role, hub=places[place], school=school)

    assert {who for who, user in people.items() if can_end_membership(user, theirs)} == {
        "ncetm",
        *WHO_GIVES.get((role, place), set()),
    }
    for who, user in people.items():
        mine = Membership(user=user, role=role, hub=places[place], school=school)
        assert not can_end_membership(user, mine), who


def test_every_role_is_of_one_kind_of_place() -> None:
    assert sorted([*HUB_ROLES, *SCHOOL_ROLES, *NATIONAL_ROLES]) == sorted(Role)


def test_headteacher_is_confirmed_by_a_lead_of_the_hub(people, places) -> None:
    def confirm(place: str) -> set[str]:
        return {who for who, user in people.items() if can_confirm_headteacher(user, places[place])}

    assert confirm(HERE) == {"lead"}
    assert confirm(THERE) == {"another lead", "lead there, reviewer here"}


@pytest.mark.parametrize(
    ("place", "allowed"),
    [
        (HERE, {"ncetm", "lead", "reviewer", "administrator", "lead there, reviewer here"}),
        (THERE, {"ncetm", "another lead", "lead there, reviewer here"}),
        (NATION, {"ncetm"}),
    ],
)
def test_who_sees_the_people_of_a_place(people, places, place, allowed) -> None:
    hub = places[place]
    seen = set()
    for who, user in people.items():
        request = RequestFactory().get("/")
        request.user = user
        if PEOPLE.allows(request, {"hub": hub.slug} if hub else {}):
            seen.add(who)
    assert seen == allowed
