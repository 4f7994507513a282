"""The subject leader's pages, and the applicant's about them, on a phone: accessible, and no wider than it."""

from collections.abc import Callable

import pytest

from applications.enums import State
from applications.models import SubjectLeaderSupport
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from tests.applications.applicants import url
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, SubjectLeaderStatementFactory, SubjectLeaderSupportFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
Look = Callable[..., None]
SignIn = Callable[[User], None]


def test_pages_of_a_subject_leader(look: Look) -> None:
    SubjectLeaderSupportFactory(token="the-token")
    look("/subject-leader/the-token/")
    look("/subject-leader/", press="Continue")
    look("/subject-leader/statement/", press="Save and continue")
    look("/subject-leader/sign/", press="Sign and send")
    look("/subject-leader/decline/", press="Decline to support")
    for state in ("signed", "declined"):
        leader = UserFactory(email=f"{state}@school.example")
        given = {"answered_at": clock.now(), "person": leader, "signed_as": "Owen Fairbank"}
        SubjectLeaderSupport.objects.update(state=state, **given)
        look("/subject-leader/done/")


def test_pages_of_an_applicant_and_the_hub(look: Look, sign_in: SignIn) -> None:
    draft = ApplicationFactory(round__asks_subject_leader=True)
    sign_in(draft.applicant)
    look(url(draft))
    look(url(draft, "subject_leader"), press="Send the request")
    SubjectLeaderSupportFactory(application=draft)
    look(url(draft, "subject_leader"))
    complete = ApplicationFactory(round=draft.round, state=State.COMPLETE)
    SubjectLeaderStatementFactory(support=SubjectLeaderSupportFactory(application=complete, state="signed"))
    sign_in(UserFactory(hub_lead=complete.hub))
    look(f"/hub/{complete.hub.slug}/applications/")
    look(f"/hub/{complete.hub.slug}/applications/{complete.reference}/")
