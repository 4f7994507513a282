"""Every action × state × role of an application and of a headteacher's support: the specification of rule 1."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import transaction

from applications import workflow
from applications.enums import HOLDING_A_PLACE, Action, State, SupportAction, SupportState
from applications.models import Application, ApplicationEvent, HeadteacherSupport, HeadteacherSupportEvent
from applications.services.engines import APPLICATION, SUPPORT, application_move
from applications.workflow import SUPPORT_TRANSITIONS, TRANSITIONS
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, ReferralFactory
from tests.factories.cohorts import HubPlacesFactory, PledgeFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db

APPLICANT, LEAD, SYSTEM = "applicant", "hub lead", "system"
RECEIVER = "lead of the hub that it is referred to"
ACTORS = {
    Action.SUBMIT: APPLICANT,
    Action.COMPLETE: SYSTEM,
    Action.PROPOSE_OFFER: LEAD,
    Action.PROPOSE_RESERVE: LEAD,
    Action.PROPOSE_UNSUCCESSFUL: LEAD,
    Action.RETRACT: LEAD,
    Action.RETURN_TO_RESERVE: LEAD,
    Action.RELEASE_OFFER: LEAD,
    Action.RELEASE_RESERVE: LEAD,
    Action.RELEASE_UNSUCCESSFUL: LEAD,
    Action.ACCEPT: APPLICANT,
    Action.DECLINE: APPLICANT,
    Action.LAPSE: SYSTEM,
    Action.WITHDRAW: APPLICANT,
    Action.DEFER: LEAD,
    Action.EXPIRE: SYSTEM,
    Action.MARK_INCOMPLETE: SYSTEM,
    Action.REOPEN: SYSTEM,
    Action.AWAIT_AGAIN: SYSTEM,
    Action.DELETE: APPLICANT,
    Action.OFFER_RESERVE: SYSTEM,
    Action.UNDO_RELEASE: LEAD,
    Action.TAKE_ON: RECEIVER,
}
ONLY_FROM_RESERVE = {Action.RETURN_TO_RESERVE}
NEVER_FROM_RESERVE = {Action.RETRACT, Action.PROPOSE_RESERVE}


def test_groups_of_actions() -> None:
    proposals = {Action.PROPOSE_OFFER, Action.PROPOSE_RESERVE, Action.PROPOSE_UNSUCCESSFUL}
    releases = {Action.RELEASE_OFFER, Action.RELEASE_RESERVE, Action.RELEASE_UNSUCCESSFUL}
    back = {Action.RETRACT, Action.RETURN_TO_RESERVE}
    after_an_offer = {Action.RELEASE_OFFER, Action.OFFER_RESERVE, Action.ACCEPT, Action.DECLINE, Action.LAPSE}

    assert proposals == workflow.PROPOSALS
    assert releases == workflow.RELEASES
    assert {Action.PROPOSE_OFFER, Action.RELEASE_OFFER, Action.OFFER_RESERVE} == workflow.OFFERS
    assert proposals | back == workflow.HIDDEN
    assert proposals | back | after_an_offer | {Action.WITHDRAW, Action.DEFER} == workflow.TOUCHES_PLACES


@pytest.fixture
def hub():
    return MathsHubFactory()


@pytest.fixture
def people(hub) -> dict[str, User]:
    return {
        APPLICANT: UserFactory(),
        LEAD: UserFactory(hub_lead=hub),
        SYSTEM: User.objects.system(),
        "reviewer": UserFactory(hub_reviewer=hub),
        "administrator": UserFactory(hub_administrator=hub),
        "lead of another hub": UserFactory(hub_lead=True),
        RECEIVER: UserFactory(hub_lead=True),
        "headteacher": UserFactory(headteacher=True),
        "NCETM administrator": UserFactory(ncetm=True),
        "another teacher": UserFactory(),
    }


def applications(people: dict[str, User], hub) -> Iterator[Application]:
    """One in every state, and the two that were proposed anew from the reserve list; each referred, with a referral
    that the other hub has just accepted."""
    school, to_hub = SchoolFactory(), people[RECEIVER].current_memberships[0].hub
    places = {"applicant": people[APPLICANT], "hub": hub, "school": school}
    again = [(state, {"shown_state": State.RESERVED}) for state in (State.OFFER_PROPOSED, State.UNSUCCESSFUL_PROPOSED)]
    for state, shown in [*((state, {}) for state in State), *again]:
        application = ApplicationFactory(state=state, **shown, **places)
        ReferralFactory(application=application, from_hub=hub, to_hub=to_hub, state="accepted")
        yield application


def legal(application: Application, action: str, role: str) -> bool:
    on_reserve = application.shown_state == State.RESERVED
    if (action in ONLY_FROM_RESERVE and not on_reserve) or (action in NEVER_FROM_RESERVE and on_reserve):
        return False
    return application.state in TRANSITIONS[action][0] and ACTORS[action] == role


def written(application: Application) -> tuple:
    taken = HubPlaces.objects.get(cohort=application.round.cohort, hub=application.hub).taken
    fresh = Application.objects.values().get(pk=application.pk)
    return fresh, taken, ApplicationEvent.objects.count(), Email.objects.count()


def test_application_every_action_state_and_role(people, hub) -> None:
    moved = refused = 0
    for application in applications(people, hub):
        before = written(application)
        for action in TRANSITIONS:
            changes = {"submitted_at": clock.now(), "pledge": _pledge(application)} if action == Action.SUBMIT else {}
            for role, person in people.items():
                move = partial(application_move, application=application, action=action, by=person, **changes)
                if legal(application, action, role):
                    check_moved(application, action, person, move, before)
                    moved += 1
                else:
                    with pytest.raises(DomainError, match=r"Nothing was changed|do not have permission"):
                        move()
                    refused += 1
            assert written(application) == before, f"{action} from {application.state}"
    assert (moved, refused) == (50, len(people) * len(TRANSITIONS) * (len(State) + 2) - 50)


def check_moved(application: Application, action: str, person: User, move: Callable, before: tuple) -> None:
    """Moves, checks what was written and takes it back."""
    sid = transaction.savepoint()
    _, event = move()
    after, target, case = written(application), TRANSITIONS[action][1], f"{action} from {application.state}"
    assert after[0]["state"] == target, case
    assert (event.from_state, event.to_state, event.by) == (application.state, target, person), case
    assert after[2] == before[2] + 1, case
    held = (target in HOLDING_A_PLACE) - (application.state in HOLDING_A_PLACE)
    assert after[1] == before[1] + held, case
    transaction.savepoint_rollback(sid)


def _pledge(application: Application):
    return application.pledge or PledgeFactory(person=application.applicant, school=application.school)


SUPPORT_ACTORS = {
    SupportAction.OPEN: "headteacher",
    SupportAction.SIGN: "headteacher",
    SupportAction.DECLINE: "headteacher",
    SupportAction.PASS_ON: "headteacher",
    SupportAction.CANCEL: APPLICANT,
}


def supports(applicant: User, headteacher: User, application_state: str) -> Iterator[HeadteacherSupport]:
    for state in SupportState:
        application = ApplicationFactory(applicant=applicant, state=application_state)
        person = headteacher if state != SupportState.REQUESTED else None
        yield HeadteacherSupportFactory(application=application, state=state, email=headteacher.email, person=person)


@pytest.mark.parametrize(
    ("application_state", "moves"), [(State.DRAFT, 8), (State.SUBMITTED, 7), (State.COMPLETE, 0), (State.WITHDRAWN, 0)]
)
def test_support_every_action_state_and_role(people, application_state, moves) -> None:
    """Answering is for the person asked, and only while the application waits; a signature stands once submitted."""
    moved = 0
    for support in supports(people[APPLICANT], people["headteacher"], application_state):
        before = HeadteacherSupport.objects.values().get(pk=support.pk), HeadteacherSupportEvent.objects.count()
        for action, (sources, target) in SUPPORT_TRANSITIONS.items():
            changes = _answer(support, action)
            for role, person in people.items():
                case = f"{action} by {role} from {support.state} of a {application_state} application"
                allowed = (
                    support.state in sources
                    and SUPPORT_ACTORS[action] == role
                    and application_state in (State.DRAFT, State.SUBMITTED)
                    and not (support.state == SupportState.SIGNED and application_state == State.SUBMITTED)
                )
                sid = transaction.savepoint()
                if allowed:
                    row, event = SUPPORT.move(support, action, by=person, **changes)
                    assert row.state == target, case
                    assert (event.from_state, event.to_state, event.by) == (support.state, target, person), case
                    moved += 1
                else:
                    with pytest.raises(DomainError), transaction.atomic():
                        SUPPORT.move(support, action, by=person, **changes)
                    now = (
                        HeadteacherSupport.objects.values().get(pk=support.pk),
                        HeadteacherSupportEvent.objects.count(),
                    )
                    assert now == before, case
                transaction.savepoint_rollback(sid)
    assert moved == moves


def _answer(support: HeadteacherSupport, action: str) -> dict:
    if action not in (SupportAction.SIGN, SupportAction.DECLINE):
        return {}
    return {
        "answered_at": clock.now(),
        "person": support.person or UserFactory(),
        "pledge": support.pledge or _pledge(support.application),
    }


def test_buttons_come_from_the_table_that_the_post_enforces(people, hub) -> None:
    for application in applications(people, hub):
        for role, person in people.items():
            wanted = [action for action in TRANSITIONS if legal(application, action, role)]
            assert APPLICATION.available(application, person) == wanted


def test_hub_lead_never_decides_about_themselves(hub) -> None:
    lead = UserFactory(hub_lead=hub)
    HubPlacesFactory(hub=hub)
    mine = ApplicationFactory(state=State.COMPLETE, hub=hub, applicant=lead)
    another = ApplicationFactory(state=State.COMPLETE, hub=hub)

    assert Action.PROPOSE_OFFER in APPLICATION.available(another, lead)
    assert Action.PROPOSE_OFFER not in APPLICATION.available(mine, lead)
