"""Every action × state × role of a nomination, and who may see one: the specification of rule 1."""

import pytest
from django.db import transaction

from applications.enums import LIVE_NOMINATION, NominationAction, NominationState
from applications.models import Nomination, NominationEvent
from applications.permissions import can_manage_nomination, can_nominate_for, round_locks
from applications.services.engines import NOMINATION
from applications.workflow import NOMINATION_TRANSITIONS
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, NominationFactory, RoundFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db
NOMINATOR, NOMINEE, SYSTEM, LEAD = "nominator", "nominee", "system", "lead of the hub"
ACTORS = {
    NominationAction.ACCEPT: {NOMINEE},
    NominationAction.DECLINE: {NOMINEE, "nominee without proof"},
    NominationAction.WITHDRAW: {NOMINATOR},
    NominationAction.LAPSE: {SYSTEM},
}


@pytest.fixture
def people() -> dict[str, User]:
    hub = MathsHubFactory()
    return {
        NOMINATOR: UserFactory(),
        NOMINEE: UserFactory(email="nominee@school.example"),
        "nominee without proof": UserFactory(email="unproven@school.example", proven=False),
        SYSTEM: User.objects.system(),
        LEAD: UserFactory(hub_lead=hub),
        "reviewer": UserFactory(hub_reviewer=hub),
        "administrator": UserFactory(hub_administrator=hub),
        "lead of another hub": UserFactory(hub_lead=True),
        "headteacher": UserFactory(headteacher=True),
        "NCETM administrator": UserFactory(ncetm=True),
        "another teacher": UserFactory(),
    }


def nomination(people: dict[str, User], state: str, role: str, *, by_hub: bool = False) -> Nomination:
    """To the address of whoever acts as nominee, if anybody does."""
    nominee = people[role] if role.startswith(NOMINEE) else people[NOMINEE]
    [hub] = [m.hub for m in people[LEAD].current_memberships]
    given = {"home_hub": hub, "nominated_by": people[NOMINATOR], "email": nominee.email}
    answered = {"nominee": nominee} if state in ("accepted", "declined") else {}
    return NominationFactory(state=state, by_hub=by_hub, **given, **answered)


@pytest.mark.parametrize("by_hub", [False, True])
def test_nomination_every_action_state_and_role(people: dict[str, User], by_hub: bool) -> None:
    moved = refused = 0
    for state in NominationState:
        for role, person in people.items():
            made = nomination(people, state, role, by_hub=by_hub)
            for action, (sources, target) in NOMINATION_TRANSITIONS.items():
                sid = transaction.savepoint()
                before = NominationEvent.objects.count()
                may = role == LEAD if by_hub and action == NominationAction.WITHDRAW else role in ACTORS[action]
                changes = {"nominee": person, "answered_at": clock.now()} if "nominee" in role else {}
                case = f"{role} would {action} what is {state}"
                if state in sources and may:
                    row, event = NOMINATION.move(made, action, by=person, **changes)
                    assert (row.state, event.from_state, event.to_state, event.by) == (target, state, target, person)
                    moved += 1
                else:
                    with pytest.raises(DomainError) as error:
                        NOMINATION.move(made, action, by=person, **changes)
                    assert error.value.code == ("stale" if state not in sources else "not-allowed"), case
                    assert NominationEvent.objects.count() == before, case
                    refused += 1
                assert (action in NOMINATION.available(made, person)) == (state in sources and may), case
                transaction.savepoint_rollback(sid)
    assert (moved, refused) == (5, 5 * 11 * 4 - 5)


def test_live_ones_are_those_that_may_lead_to_an_application() -> None:
    assert {NominationState.INVITED, NominationState.ACCEPTED} == LIVE_NOMINATION


def test_nobody_manages_a_nomination_of_themselves(people: dict[str, User]) -> None:
    """A lead whom a colleague nominates for the hub."""
    lead = people[LEAD]
    [hub] = [m.hub for m in lead.current_memberships]
    other = UserFactory(hub_lead=hub)
    of_lead = NominationFactory(by_hub=True, home_hub=hub, nominated_by=other, email=lead.email)
    accepted = NominationFactory(by_hub=True, home_hub=hub, nominated_by=other, state="accepted", nominee=lead)

    assert [can_manage_nomination(other, each) for each in (of_lead, accepted)] == [True, True]
    assert [can_manage_nomination(lead, each) for each in (of_lead, accepted)] == [False, False]


def test_only_leads_nominate_for_their_hub(people: dict[str, User]) -> None:
    [hub] = [m.hub for m in people[LEAD].current_memberships]

    assert [role for role, person in people.items() if can_nominate_for(person, hub)] == [LEAD]


@pytest.mark.parametrize("by_hub", [False, True])
def test_nominations_are_seen_by_who_made_them_their_hub_and_ncetm(people: dict[str, User], by_hub: bool) -> None:
    """Whoever nominated for a hub and has left it sees it no more."""
    nomination(people, "invited", NOMINEE, by_hub=by_hub)
    seen = {role for role, person in people.items() if Nomination.objects.visible_to(person).exists()}

    assert seen == {LEAD, "reviewer", "administrator", "NCETM administrator"} | (set() if by_hub else {NOMINATOR})


def test_whether_a_round_is_by_nomination_stays_once_somebody_relies_on_it() -> None:
    untouched, nominated, begun = RoundFactory(), NominationFactory().round, ApplicationFactory().round

    assert ["by_nomination" in round_locks(each) for each in (untouched, nominated, begun)] == [False, True, True]
    assert "number" not in round_locks(nominated)
