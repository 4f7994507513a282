"""Who tells of a change of school, who decides on it, and what bars it: each condition on its own."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import transaction

from applications import permissions
from applications.enums import DeferralAction, ExceptionAction, SchoolChangeAction, SchoolChangeState, State
from applications.models import Application, SchoolChange
from applications.services.engines import SCHOOL_CHANGE
from applications.services.school_change_decisions import school_change_decide
from applications.services.school_changes import school_change_ask
from applications.workflow import SCHOOL_CHANGE_TRANSITIONS
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub, School
from tests.applications.test_withdrawal import accepted
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    DeferralFactory,
    EligibilityExceptionFactory,
    SchoolChangeFactory,
)
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db

HEAD = {"first_name": "Samira", "last_name": "Hussain", "email": "New.Head@school.example"}
AGREE, HAND_ON = SchoolChangeAction.AGREE, SchoolChangeAction.HAND_ON
TAKE, SEND_BACK, REFUSE = SchoolChangeAction.TAKE, SchoolChangeAction.SEND_BACK, SchoolChangeAction.REFUSE


@pytest.fixture
def lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def hub(lead: User) -> MathsHub:
    return lead.current_memberships[0].hub


@pytest.fixture
def new_lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def new_hub(new_lead: User) -> MathsHub:
    return new_lead.current_memberships[0].hub


@pytest.fixture
def application(hub: MathsHub) -> Application:
    return accepted(hub=hub)


@pytest.fixture
def school(new_hub: MathsHub) -> School:
    return SchoolFactory(in_hub=new_hub)


def ask(application: Application, school: School, **more: Any) -> SchoolChange:
    begins = application.round.cohort.academic_year.first_day
    told: dict[str, Any] = {"from_on": begins, "job_title": "Maths lead", "head": HEAD, "answers": {}}
    return school_change_ask(application=application, by=application.applicant, school=school, **(told | more))


def decide(change: SchoolChange, by: User, action: SchoolChangeAction) -> SchoolChange:
    return school_change_decide(change=change, by=by, action=action, reason="As we agreed.")


@pytest.mark.parametrize("state", sorted(State))
def test_only_who_holds_a_place_and_knows_of_it_asks(state) -> None:
    application = ApplicationFactory(state=state)
    who = (application.applicant, UserFactory(hub_lead=application.hub), UserFactory(ncetm=True))
    may = state in (State.OFFERED, State.ACCEPTED)
    assert [permissions.can_ask_to_move(user, application) for user in who] == [may, False, False]


def test_head_of_the_former_school_is_not_confirmed_for_the_new_one(application, school, lead) -> None:
    support = application.supports.get()
    assert permissions.can_confirm_headteacher(lead, support)

    decide(ask(application, school), lead, AGREE)

    assert not permissions.can_confirm_headteacher(lead, type(support).objects.get(pk=support.pk))


def barred(change: SchoolChange) -> set[str]:
    return {action for action in SchoolChangeAction if permissions.what_bars_school_change(change, action)}


def test_nothing_is_agreed_once_the_place_is_gone_or_the_cohort_has_begun(application, time_machine) -> None:
    change = SchoolChangeFactory(application=application)
    for state in State:
        change.application.state = state
        held = state in (State.OFFERED, State.ACCEPTED)
        assert barred(change) == (set() if held else {AGREE, HAND_ON, TAKE}), state
    change.application.state = State.ACCEPTED
    begins = application.round.cohort.academic_year.first_day
    for days in (-1, 0):
        time_machine.move_to(begins + timedelta(days=days))
        assert permissions.can_ask_to_move(application.applicant, application) == (days < 0)
        assert barred(change) == (set() if days < 0 else {AGREE, HAND_ON, TAKE})


def test_asked_deferral_bars_what_moves_a_place_and_one_taken_back_does_not(application) -> None:
    change = SchoolChangeFactory(application=application)
    deferral = DeferralFactory(application=application)
    assert barred(change) == {AGREE, HAND_ON, TAKE}
    deferral.delete()
    DeferralFactory(application=application, state="taken_back")
    assert barred(change) == set()


@pytest.mark.parametrize("state", sorted(SchoolChangeState))
def test_open_change_bars_granting_a_deferral_and_nothing_else(application, state) -> None:
    SchoolChangeFactory(application=application, state=state)
    deferral = DeferralFactory(application=application)
    bars = {action for action in DeferralAction if permissions.what_bars_deferral(deferral, action)}
    assert bars == ({DeferralAction.GRANT} if state in ("asked", "handed_on") else set())


@pytest.mark.parametrize("state", sorted(State))
def test_system_takes_an_exception_back_and_decides_on_none(state) -> None:
    exception = EligibilityExceptionFactory(application__state=State.COMPLETE)
    exception.application.state = state
    system, who = User.objects.system(), exception.application.applicant
    can = [a for a in ExceptionAction if permissions.can_act_on_exception(system, exception, a)]
    assert can == [ExceptionAction.CANCEL]
    own = [a for a in ExceptionAction if permissions.can_act_on_exception(who, exception, a)]
    assert own == ([ExceptionAction.CANCEL] if state == State.DRAFT else [])


def test_same_hub_is_not_asked_to_take(application) -> None:
    assert barred(SchoolChangeFactory(application=application, hub_after=application.hub)) == {HAND_ON}


def test_system_only_takes_back(application) -> None:
    change, system = SchoolChangeFactory(application=application), User.objects.system()
    can = [action for action in SchoolChangeAction if permissions.can_act_on_school_change(system, change, action)]
    assert can == [SchoolChangeAction.TAKE_BACK]


ACTORS = {AGREE: "lead", HAND_ON: "lead", REFUSE: "lead", TAKE: "new lead", SEND_BACK: "new lead"}
ACTORS[SchoolChangeAction.TAKE_BACK] = "applicant"


def test_every_action_state_and_role(hub, new_hub) -> None:
    applicant = UserFactory(hub_lead=hub)
    people = {
        "applicant": applicant,
        "lead": UserFactory(hub_lead=hub),
        "new lead": UserFactory(hub_lead=new_hub),
        "reviewer": UserFactory(hub_reviewer=hub),
        "administrator": UserFactory(hub_administrator=new_hub),
        "ncetm": UserFactory(ncetm=True),
        "another lead": UserFactory(hub_lead=True),
        "stranger": UserFactory(),
    }
    moved = 0
    for state in SchoolChangeState:
        application = ApplicationFactory(applicant=applicant, hub=hub, state=State.ACCEPTED)
        change = SchoolChangeFactory(application=application, hub_after=new_hub, state=state)
        for action, (role, person) in product(SchoolChangeAction, people.items()):
            case = f"{action} by {role} from {state}"
            ends = action in (AGREE, TAKE, REFUSE)
            changes = {"decided_by": person, "decided_at": clock.now(), "decision_reason": "So."} if ends else {}
            changes |= {"pledge_by": clock.today()} if action in (AGREE, TAKE) else {}
            sources, target = SCHOOL_CHANGE_TRANSITIONS[action]
            sid = transaction.savepoint()
            if state in sources and ACTORS[action] == role:
                after, event = SCHOOL_CHANGE.move(change, action, by=person, **changes)
                assert (after.state, event.from_state, event.to_state) == (target, state, target), case
                moved += 1
            else:
                with pytest.raises(DomainError, match=r"Nothing was changed|do not have permission"):
                    SCHOOL_CHANGE.move(change, action, by=person, **changes)
            transaction.savepoint_rollback(sid)
    assert moved == 7
