"""Every applicant's page in every state it has, on a phone: accessible, and no wider than the phone."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from applications.enums import Outcome, State
from applications.models import Application, Round
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from tests.applications.applicants import url
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationEventFactory,
    ApplicationFactory,
    CriterionFactory,
    DecisionFactory,
    HeadteacherSupportFactory,
    RoundFactory,
)
from tests.factories.cohorts import (
    PlacementFactory,
    PledgeFactory,
    ReleaseTermsFactory,
    ResidentialFactory,
    SpecialistFactory,
)
from tests.factories.directory import HubAreaFactory, MathsHubFactory, SchoolFactory, UnlistedSchoolFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]

Look = Callable[..., None]


@pytest.fixture
def round() -> Round:
    round = RoundFactory(complete=True)
    CriterionFactory(terms=round.current_terms, declared=True, importance="desirable")
    ResidentialFactory(cohort=round.cohort)
    ReleaseTermsFactory(cohort=round.cohort)
    return round


def test_pages_before_and_around_an_application(round: Round, sign_in: Callable[[User], None], look: Look) -> None:
    start = reverse("application_start", kwargs={"code": round.code})
    sign_in(UserFactory())

    look(reverse("application_list"))
    look(start)
    look(start, press="Start your application")
    Round.objects.update(closes_at=clock.now())
    look(start)


def test_pages_of_an_empty_draft(round: Round, sign_in: Callable[[User], None], look: Look) -> None:
    application = ApplicationFactory(round=round, placed=False)
    allowing = CriterionFactory(terms=application.terms, order=50, allows_document=True)
    SchoolFactory(name="Larkfield Primary School")
    sign_in(application.applicant)

    for page in ("page", "school", "evidence", "commitments", "headteacher", "check", "withdraw", "delete"):
        look(url(application, page))
    look(url(application, "document", key=allowing.key), press="Upload")
    for page in ("about", "declarations"):
        look(url(application, page), press="Save and continue")
    look(url(application, "answer", number=1), press="Save and continue")
    look(f"{url(application, 'school')}?q=larkfield", press="Choose this school")
    look(f"{url(application, 'school')}?q=nowhere")
    look(url(application, "check"), press="Submit application")


def test_pages_of_a_school_that_is_not_listed(round: Round, sign_in: Callable[[User], None], look: Look) -> None:
    application = ApplicationFactory(round=round, placed=False)
    sign_in(application.applicant)
    look(url(application, "typed_school"), press="Save and continue")

    area = HubAreaFactory(district="Westby")
    typed = UnlistedSchoolFactory(school__authority=area.authority)
    Application.objects.update(school=typed.school, typed_school=typed, hub=area.hub, home_hub=area.hub)
    HeadteacherSupportFactory(application=application)
    PledgeFactory(school=typed.school)
    for page in ("school", "typed_school", "check"):
        look(url(application, page))


def test_pages_of_a_full_draft(round: Round, sign_in: Callable[[User], None], look: Look) -> None:
    application = ApplicationFactory(round=round, ready=True)
    application.answers.update(text="maths " * 60)
    sign_in(application.applicant)

    for page in ("page", "school", "evidence", "commitments", "headteacher", "check"):
        look(url(application, page))
    look(url(application, "answer", number=1), press="Save and continue")
    look(f"{url(application, 'school')}?change=1")
    look(f"{url(application, 'headteacher')}?change=1", press="Send the request")
    Application.objects.update(pledge=None)
    look(url(application, "commitments"), press="Agree and sign")
    application.supports.current().update(state="declined", answered_at=clock.now(), person=UserFactory())
    look(url(application, "headteacher"))
    Round.objects.update(closes_at=clock.now())
    look(url(application))


@pytest.mark.parametrize("state", sorted({State.SUBMITTED, State.COMPLETE, State.OFFERED, State.ACCEPTED}))
def test_pages_after_submitting(round: Round, state: State, sign_in: Callable[[User], None], look: Look) -> None:
    hub = MathsHubFactory()
    application = ApplicationFactory(round=round, ready=True, state=state, hub=hub)
    ApplicationEventFactory(application=application)
    specialist = SpecialistFactory(person=application.applicant, cohort=round.cohort)
    PlacementFactory(specialist=specialist, hub=hub, school=application.school)
    sign_in(application.applicant)

    for page in ("page", "submitted", "check", "equality"):
        look(url(application, page))
    look(reverse("application_list"))
    if state == State.OFFERED:
        look(url(application, "offer"), press="Confirm your answer")


def test_page_with_feedback(round: Round, sign_in: Callable[[User], None], look: Look) -> None:
    application = ApplicationFactory(round=round, state=State.UNSUCCESSFUL)
    HeadteacherSupportFactory(application=application, state="signed")
    DecisionFactory(application=application, outcome=Outcome.UNSUCCESSFUL, released=True, feedback="Well written.")
    sign_in(application.applicant)

    look(url(application))
