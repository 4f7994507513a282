"""Every action, state and role of a deferral, and what the database refuses."""

from itertools import product

import pytest
from django.db import IntegrityError, transaction

from applications.enums import LIVE_DEFERRAL, DeferralAction, DeferralState, State
from applications.models import Deferral
from applications.services.engines import DEFERRAL
from applications.workflow import DEFERRAL_TRANSITIONS
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, DeferralFactory
from tests.factories.cohorts import HubPlacesFactory

pytestmark = pytest.mark.django_db
ACTORS = {
    DeferralAction.GRANT: "lead",
    DeferralAction.REFUSE: "lead",
    DeferralAction.TAKE_BACK: "applicant",
    DeferralAction.TAKE_UP: "lead",
    DeferralAction.GIVE_UP: "applicant",
}


def test_every_action_state_and_role(hub) -> None:
    """The applicant leads the hub besides, and decides about themselves all the same never."""
    applicant = UserFactory(hub_lead=hub)
    people = {
        "applicant": applicant,
        "lead": UserFactory(hub_lead=hub),
        "reviewer": UserFactory(hub_reviewer=hub),
        "administrator": UserFactory(hub_administrator=hub),
        "ncetm": UserFactory(ncetm=True),
        "another lead": UserFactory(hub_lead=True),
        "stranger": UserFactory(),
    }
    row = HubPlacesFactory(hub=hub)
    moved = 0
    for state in DeferralState:
        application = ApplicationFactory(applicant=applicant, hub=hub, state=State.ACCEPTED)
        deferral = DeferralFactory(application=application, state=state)
        for action, (role, person) in product(DeferralAction, people.items()):
            case = f"{action} by {role} from {state}"
            decides = action in (DeferralAction.GRANT, DeferralAction.REFUSE)
            changes = {"decided_by": person, "decided_at": clock.now(), "decision_reason": "So."} if decides else {}
            changes |= {"places": row} if action == DeferralAction.TAKE_UP else {}
            changes |= {"places": None} if action == DeferralAction.GIVE_UP else {}
            sources, target = DEFERRAL_TRANSITIONS[action]
            sid = transaction.savepoint()
            if state in sources and ACTORS[action] == role:
                after, event = DEFERRAL.move(deferral, action, by=person, **changes)
                assert (after.state, event.from_state, event.to_state) == (target, state, target), case
                moved += 1
            else:
                with pytest.raises(DomainError, match=r"Nothing was changed|do not have permission"):
                    DEFERRAL.move(deferral, action, by=person, **changes)
            transaction.savepoint_rollback(sid)
    assert moved == 6


@pytest.mark.parametrize("state", sorted(DeferralState))
def test_database_keeps_one_live_request_an_application(state) -> None:
    first = DeferralFactory(state=state)
    if state in LIVE_DEFERRAL:
        with pytest.raises(IntegrityError, match="one_live_deferral"):
            DeferralFactory(application=first.application)
    else:
        DeferralFactory(application=first.application)


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("asked", {"decided_at": clock.now()}),
        ("refused", {"decision_reason": ""}),
        ("granted", {"state": "asked"}),
        ("asked", {"state": "refused"}),
        ("granted", {"state": "taken_up"}),
        ("taken_up", {"state": "granted"}),
        ("taken_up", {"state": "given_up"}),
        ("taken_up", {"places": None}),
    ],
)
def test_database_refuses_half_a_decision(state, change) -> None:
    deferral = DeferralFactory(state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deferral.objects.filter(pk=deferral.pk).update(**change)
