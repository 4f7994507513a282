"""Predicates beyond the table of transitions, and the rows each person may find."""

import pytest

from applications import permissions
from applications.enums import Action, State, SupportState
from applications.models import Application
from applications.services.engines import application_move
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, ReviewFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return ApplicationFactory(state=State.COMPLETE)


def people(application) -> dict:
    return {
        "applicant": application.applicant,
        "lead": UserFactory(hub_lead=application.hub),
        "reviewer": UserFactory(hub_reviewer=application.hub),
        "administrator": UserFactory(hub_administrator=application.hub),
        "ncetm": UserFactory(ncetm=True),
        "another hub": UserFactory(hub_lead=True),
        "headteacher": UserFactory(headteacher=application.school),
        "stranger": UserFactory(),
    }


def test_submitted_application_is_found_by_its_people(application) -> None:
    found = {who for who, user in people(application).items() if Application.objects.visible_to(user).exists()}
    assert found == {"applicant", "lead", "reviewer", "administrator", "ncetm"}


@pytest.mark.parametrize("state", [State.DRAFT, State.EXPIRED])
def test_draft_is_found_by_its_applicant_alone(state) -> None:
    application = ApplicationFactory(state=state)
    found = {who for who, user in people(application).items() if Application.objects.visible_to(user).exists()}
    assert found == {"applicant"}


def test_evidence_is_for_those_who_choose(application) -> None:
    seen = {who for who, user in people(application).items() if permissions.can_see_evidence(user, application)}
    assert seen == {"lead", "reviewer", "ncetm"}


def test_applicant_who_leads_the_hub_sees_none_of_their_own_evidence_pages() -> None:
    application = ApplicationFactory(state=State.COMPLETE)
    lead = UserFactory(hub_lead=application.hub)
    assert permissions.can_see_evidence(lead, application)
    application.applicant = lead
    assert not permissions.can_see_evidence(lead, application)
    assert not permissions.can_score(lead, application)
    assert not permissions.can_decide(lead, application)


@pytest.mark.parametrize("state", [s for s in State if s != State.DRAFT])
def test_scoring_is_for_complete_applications(state) -> None:
    application = ApplicationFactory(state=state)
    reviewer = UserFactory(hub_reviewer=application.hub)
    assert permissions.can_score(reviewer, application) == (state == State.COMPLETE)


def test_reviewer_sees_anothers_scores_after_submitting_their_own(application) -> None:
    theirs = ReviewFactory(application=application, submitted_at=clock.now())
    reviewer = UserFactory(hub_reviewer=application.hub)
    mine = ReviewFactory(application=application, reviewer=reviewer)
    assert permissions.can_see_review(reviewer, mine)
    assert not permissions.can_see_review(reviewer, theirs)
    mine.submitted_at = clock.now()
    mine.save()
    assert permissions.can_see_review(reviewer, theirs)


def test_unsubmitted_review_is_its_reviewers_alone(application) -> None:
    review = ReviewFactory(application=application)
    lead = UserFactory(hub_lead=application.hub)
    assert not permissions.can_see_review(lead, review)
    review.submitted_at = clock.now()
    assert permissions.can_see_review(lead, review)
    assert not permissions.can_see_review(UserFactory(hub_administrator=application.hub), review)


@pytest.mark.parametrize(("state", "may"), [(State.DRAFT, True), (State.SUBMITTED, True), (State.COMPLETE, False)])
def test_headteacher_is_named_until_the_application_is_complete(state, may) -> None:
    application = ApplicationFactory(state=state)
    assert permissions.can_name_headteacher(application.applicant, application) == may
    assert not permissions.can_name_headteacher(UserFactory(), application)


def test_headteacher_is_confirmed_by_a_lead_after_signing() -> None:
    signed = HeadteacherSupportFactory(state=SupportState.SIGNED)
    lead = UserFactory(hub_lead=signed.application.hub)
    asked = HeadteacherSupportFactory(application__hub=signed.application.hub)
    assert permissions.can_confirm_headteacher(lead, signed)
    assert not permissions.can_confirm_headteacher(lead, asked)
    assert not permissions.can_confirm_headteacher(UserFactory(ncetm=True), signed)


def test_refusal_tells_of_a_proposal_only_those_who_may_know() -> None:
    application = ApplicationFactory(state=State.OFFER_PROPOSED)
    told = {"lead": "offer proposed", "reviewer": "offer proposed", "ncetm": "offer proposed"}
    for who, user in people(application).items():
        with pytest.raises(DomainError) as refusal:
            application_move(application=application, action=Action.SUBMIT, by=user)
        assert told.get(who, "with the hub") in refusal.value.message, who
