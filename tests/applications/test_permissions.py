"""Who may do what, state by state: whoever is not named may not. The applicant leads the hub and is NCETM besides."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from applications import permissions
from applications.enums import ENDED, HOLDING_A_PLACE, Action, State, SupportAction, SupportState
from applications.models import Application
from applications.services.engines import application_move
from applications.workflow import OFFERS
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, ReviewFactory, RoundFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


APPLICANT, LEAD, SYSTEM = {"applicant"}, {"lead"}, {"system"}
CHOOSERS = {"lead", "reviewer", "lead elsewhere, reviewer here"}
WHO_ACTS = {
    Action.SUBMIT: APPLICANT,
    Action.COMPLETE: SYSTEM,
    Action.PROPOSE_OFFER: LEAD,
    Action.PROPOSE_RESERVE: LEAD,
    Action.PROPOSE_UNSUCCESSFUL: LEAD,
    Action.RETRACT: LEAD,
    Action.RETURN_TO_RESERVE: set(),
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
    Action.DELETE: APPLICANT,
    Action.REOPEN: SYSTEM,
    Action.AWAIT_AGAIN: SYSTEM,
    Action.OFFER_RESERVE: SYSTEM,
    Action.UNDO_RELEASE: LEAD,
    Action.TAKE_ON: set(),
}
ON_RESERVE = WHO_ACTS | {Action.RETURN_TO_RESERVE: LEAD, Action.RETRACT: set(), Action.PROPOSE_RESERVE: set()}


@pytest.fixture
def application() -> Application:
    hub = MathsHubFactory()
    return ApplicationFactory(state=State.COMPLETE, hub=hub, applicant=UserFactory(hub_lead=hub, ncetm=True))


def people(application: Application) -> dict[str, User]:
    return {
        "applicant": application.applicant,
        "lead": UserFactory(hub_lead=application.hub),
        "reviewer": UserFactory(hub_reviewer=application.hub),
        "administrator": UserFactory(hub_administrator=application.hub),
        "ncetm": UserFactory(ncetm=True),
        "another hub": UserFactory(hub_lead=True),
        "lead elsewhere, reviewer here": UserFactory(hub_lead=True, hub_reviewer=application.hub),
        "headteacher": UserFactory(headteacher=application.school),
        "stranger": UserFactory(),
        "system": User.objects.system(),
    }


def those(who: dict[str, User], may: Callable[..., bool], *what: Any) -> set[str]:
    return {name for name, user in who.items() if may(user, *what)}


@pytest.mark.parametrize(("shown", "allowed"), [(State.COMPLETE, WHO_ACTS), (State.RESERVED, ON_RESERVE)])
def test_who_takes_which_action(application, shown, allowed) -> None:
    who = people(application)
    application.shown_state = shown
    assert {action: those(who, permissions.can_act, application, action) for action in Action} == allowed


def test_offer_waits_until_the_school_is_one_of_the_register() -> None:
    listed, unlisted = ApplicationFactory(), ApplicationFactory(unlisted=True)
    sentence = "Say first which school this is: a place cannot be offered at a school that is not in the register."
    without_letter = set(Action) - {Action.UNDO_RELEASE}  # that one waits for a letter to take back
    barred = {action: permissions.what_comes_first(unlisted, action) for action in without_letter}

    assert {action for action in without_letter if permissions.what_comes_first(listed, action) != ""} == set()
    assert {barred.pop(action) for action in OFFERS} == {sentence}
    assert set(barred.values()) == {""}


def test_decisions_are_a_leads(application) -> None:
    assert those(people(application), permissions.can_decide, application) == {"lead"}


def test_rounds_are_set_up_by_ncetm_or_by_what_loads_them(application) -> None:
    assert those(people(application), permissions.can_set_up_round) == {"applicant", "ncetm", "system"}


def test_deadlines_are_extended_by_ncetm(application) -> None:
    assert those(people(application), permissions.can_extend_deadlines) == {"applicant", "ncetm"}


@pytest.mark.parametrize(
    ("published", "now", "locked"),
    [
        (False, "opens_at", set()),
        (False, "closes_at", set()),
        (True, "before", {"code"}),
        (True, "opens_at", {"code", "opens_at"}),
        (True, "closes_at", {"code", "opens_at", "closes_at"}),
    ],
)
def test_what_people_rely_on_in_a_round_is_locked(time_machine, published, now, locked) -> None:
    round = RoundFactory(complete=True)
    round.published_at = round.opens_at if published else None
    instants = {"before": round.opens_at - timedelta(microseconds=1)}
    time_machine.move_to(instants.get(now) or getattr(round, now), tick=False)

    assert set(permissions.round_locks(round)) == locked
    ApplicationFactory(round=round)
    assert set(permissions.round_locks(round)) == locked | {
        "number",
        "starts",
        "programme",
        "by_nomination",
        "asks_subject_leader",
    }


def test_typed_school_is_matched_by_a_lead_while_no_place_hangs_on_it(application) -> None:
    who, submitted_at = people(application), application.submitted_at
    for state in State:
        application.state, application.typed_school_id, application.submitted_at = state, 1, submitted_at
        wanted = set() if state in ENDED or state in HOLDING_A_PLACE else {"lead"}
        assert those(who, permissions.can_match_school, application) == wanted, state
        application.submitted_at = None
        assert those(who, permissions.can_match_school, application) == set(), state
        application.typed_school_id, application.submitted_at = None, submitted_at
        assert those(who, permissions.can_match_school, application) == set(), state


def test_draft_is_its_applicants_and_the_headteacher_named_until_it_is_complete(application) -> None:
    who = people(application)
    for state in State:
        application.state = state
        edits = {"applicant"} if state == State.DRAFT else set()
        names = {"applicant"} if state in (State.DRAFT, State.SUBMITTED) else set()
        assert those(who, permissions.can_edit, application) == edits, state
        assert those(who, permissions.can_name_headteacher, application) == names, state


def test_submitted_application_is_found_by_its_people(application) -> None:
    found = {who for who, user in people(application).items() if Application.objects.visible_to(user).exists()}
    assert found == {"applicant", "administrator", "ncetm", *CHOOSERS}


@pytest.mark.parametrize("state", [State.DRAFT, State.EXPIRED])
def test_draft_is_found_by_its_applicant_alone(state) -> None:
    application = ApplicationFactory(state=state)
    found = {who for who, user in people(application).items() if Application.objects.visible_to(user).exists()}
    assert found == {"applicant"}


def test_evidence_is_for_those_who_choose_and_scores_for_complete_applications(application) -> None:
    """Whatever else they are, nobody sees or scores their own."""
    who = people(application)
    for state in State:
        application.state = state
        assert those(who, permissions.can_see_evidence, application) == CHOOSERS | {"ncetm"}, state
        assert those(who, permissions.can_score, application) == (CHOOSERS if state == State.COMPLETE else set()), state


@pytest.mark.parametrize(
    ("theirs", "mine", "seen"),
    [
        (False, None, set()),
        (False, True, set()),
        (True, None, {"lead", "ncetm"}),
        (True, False, {"lead", "ncetm"}),
        (True, True, {"lead", "ncetm", "reviewer"}),
    ],
)
def test_anothers_review_is_seen_once_submitted_and_by_reviewers_after_their_own(
    application, theirs, mine, seen
) -> None:
    who = people(application)
    review = ReviewFactory(application=application, submitted_at=clock.now() if theirs else None)
    if mine is not None:
        ReviewFactory(application=application, reviewer=who["reviewer"], submitted_at=clock.now() if mine else None)
    assert those(who, permissions.can_see_review, review) == seen


def test_own_review_is_seen_always(application) -> None:
    who = people(application)
    for user in who.values():
        assert permissions.can_see_review(user, ReviewFactory(application=application, reviewer=user))


ANSWERS = (SupportAction.OPEN, SupportAction.SIGN, SupportAction.DECLINE)


def test_support_is_answered_by_whom_it_was_sent_to_while_the_application_waits(application) -> None:
    who = people(application)
    support = HeadteacherSupportFactory(application=application, email=who["headteacher"].email)
    for state in State:
        application.state = state
        wanted = {"headteacher"} if state in (State.DRAFT, State.SUBMITTED) else set()
        for action in ANSWERS:
            assert those(who, permissions.can_act_on_support, support, action) == wanted, (state, action)


def test_nobody_answers_for_their_own_application(application) -> None:
    application.state = State.SUBMITTED
    support = HeadteacherSupportFactory(application=application, email=application.applicant.email)
    for action in ANSWERS:
        assert those(people(application), permissions.can_act_on_support, support, action) == set()


def test_support_is_taken_back_by_the_applicant_signed_in_the_draft_alone(application) -> None:
    who = people(application)
    support = HeadteacherSupportFactory(application=application, email=who["headteacher"].email)
    unsigned = set(SupportState) - {SupportState.SIGNED}
    early = {State.DRAFT: set(SupportState), State.SUBMITTED: unsigned}
    for state, answer in product(State, SupportState):
        application.state, support.state = state, answer
        wanted = {"applicant"} if answer in early.get(state, ()) else set()
        assert those(who, permissions.can_act_on_support, support, SupportAction.CANCEL) == wanted, (state, answer)


def test_headteacher_is_confirmed_by_a_lead_after_signing(application) -> None:
    who = people(application)
    support = HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    for state in SupportState:
        support.state = state
        wanted = {"lead"} if state == SupportState.SIGNED else set()
        assert those(who, permissions.can_confirm_headteacher, support) == wanted, state
    support.state, application.hub = SupportState.SIGNED, None
    assert those(who, permissions.can_confirm_headteacher, support) == set()


def test_head_of_a_school_that_was_typed_in_is_not_confirmed() -> None:
    signed = HeadteacherSupportFactory(state=SupportState.SIGNED, application__unlisted=True)
    assert those(people(signed.application), permissions.can_confirm_headteacher, signed) == set()


def test_refusal_tells_of_a_proposal_only_those_who_may_know() -> None:
    application = ApplicationFactory(state=State.OFFER_PROPOSED)
    told = dict.fromkeys(CHOOSERS | {"ncetm"}, "offer proposed")
    for who, user in people(application).items():
        with pytest.raises(DomainError) as refusal:
            application_move(application=application, action=Action.SUBMIT, by=user)
        assert told.get(who, "with the hub") in refusal.value.message, who
