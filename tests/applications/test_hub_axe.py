"""The headteacher's and the hub's pages in every state they have, on a phone: accessible, and no wider than it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from applications.enums import AssessmentKind, AssessmentState, Outcome, State, SupportState
from applications.models import Application, HeadteacherSupport, Round
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationEventFactory,
    ApplicationFactory,
    DecisionFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
    ReviewFactory,
    SelectionPlanFactory,
    StrategicNeedFactory,
)
from tests.factories.assessments import (
    AssessmentEventFactory,
    AssessmentFactory,
    AssessmentScoreFactory,
    ShortlistingFactory,
)
from tests.factories.casework import NoteFactory, SavedViewFactory, ScreeningFactory
from tests.factories.cohorts import PlacementFactory, ReleaseTermsFactory, ResidentialFactory, SpecialistFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
Look = Callable[..., None]
SignIn = Callable[[User], None]


@pytest.fixture
def support() -> HeadteacherSupport:
    application = ApplicationFactory()
    ResidentialFactory(cohort=application.round.cohort)
    ReleaseTermsFactory(cohort=application.round.cohort)
    return HeadteacherSupportFactory(application=application, token="the-token")


LINK = "/support/the-token/"


def test_pages_of_an_open_request(phone: Page, look: Look, support: HeadteacherSupport) -> None:
    look(LINK)
    look(LINK, press="Continue")
    look(reverse("support_statement"), press="Save and continue")
    look(reverse("support_commitments"), press="Sign and send")
    look(reverse("support_decline"), press="Decline to support")


def test_pages_of_a_request_that_is_over(look: Look, sign_in: SignIn, support: HeadteacherSupport) -> None:
    look(reverse("support_gone"))
    look(LINK)
    Round.objects.update(closes_at=clock.now())
    look(reverse("support_start"))
    sign_in(support.application.applicant)
    look(LINK)


def test_pages_of_an_answered_request(look: Look) -> None:
    application = ApplicationFactory(state=State.ACCEPTED)
    specialist = SpecialistFactory(person=application.applicant, cohort=application.round.cohort)
    PlacementFactory(specialist=specialist, hub=application.hub, school=application.school)
    HeadteacherSupportFactory(application=application, token="the-token", state=SupportState.SIGNED)
    HeadteacherSupportFactory(token="the-other-token", state=SupportState.DECLINED)

    look(LINK)
    look("/support/the-other-token/")


@pytest.fixture
def application() -> Application:
    application = ApplicationFactory(state=State.COMPLETE, hub=MathsHubFactory(), ready=True)
    application.supports.all().delete()
    support = HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    HeadteacherStatementFactory(support=support)
    ReviewFactory(application=application, scored=3, submitted_at=clock.now())
    DecisionFactory(application=application, closed_at=clock.now())
    ApplicationEventFactory(application=application)
    return application


def test_pages_of_a_hub_lead(look: Look, sign_in: SignIn, application: Application) -> None:
    hub = application.hub
    sign_in(UserFactory(hub_lead=hub))

    def at(name: str, press: str = "") -> None:
        look(reverse(name, args=[hub.slug, application.reference]), press)

    look(reverse("hub_application_list", args=[hub.slug]) + "?state=complete")
    look(reverse("hub_application_list", args=[hub.slug]) + "?q=nobody")
    at("hub_application")
    at("hub_review", press="Submit scores")
    at("hub_decision", press="Propose")
    DecisionFactory(application=application, outcome=Outcome.OFFER)
    Application.objects.update(state=State.OFFER_PROPOSED)
    at("hub_application")
    at("hub_release")
    at("hub_take_back")
    at("hub_letter", press="Save this letter")
    code = application.round.code
    for name in ("hub_decisions", "hub_decisions_release", "hub_reserves"):
        look(reverse(name, args=[hub.slug, code]))
    look(reverse("hub_wording", args=[hub.slug, code, "offer"]))
    look(reverse("hub_release_delay", args=[hub.slug, code]), "Say so")
    waits = ApplicationFactory(state=State.RESERVED, hub=hub, round=application.round)
    look(reverse("hub_reserves", args=[hub.slug, code]))
    look(reverse("hub_undo", args=[hub.slug, waits.reference]), "Take the letter back")


def test_pages_of_ncetm_on_the_selection(look: Look, sign_in: SignIn, application: Application) -> None:
    Round.objects.update(confirms_decisions=True)
    DecisionFactory(application=application, outcome=Outcome.OFFER)
    Application.objects.update(state=State.OFFER_PROPOSED)
    code, hub = application.round.code, application.hub.slug
    sign_in(UserFactory(ncetm=True))

    look(reverse("national_quotas", args=[code]))
    look(reverse("national_place_move", args=[code]), "Move the places")
    look(reverse("national_confirmations", args=[code]))
    look(reverse("national_confirmation", args=[code, hub]), "Return it to the hub")


def test_pages_of_casework(look: Look, sign_in: SignIn, application: Application) -> None:
    hub, lead = application.hub, UserFactory(hub_lead=application.hub)
    ApplicationFactory(state=State.SUBMITTED, hub=hub, applicant=UserFactory(first_name="Ada", last_name="Fenn"))
    twin = ApplicationFactory(state=State.COMPLETE, hub=hub, school=application.school)
    names = {"first_name": twin.applicant.first_name, "last_name": twin.applicant.last_name}
    User.objects.filter(pk=application.applicant_id).update(**names)
    ScreeningFactory(application=application, query=True)
    NoteFactory(application=application, by=lead)
    SavedViewFactory(user=lead, hub=hub, query="holder=nobody")
    sign_in(lead)

    def at(name: str, press: str = "") -> None:
        look(reverse(name, args=[hub.slug, application.reference]), press)

    look(reverse("hub_work", args=[hub.slug]))
    look(reverse("hub_work", args=[hub.slug]) + "?need=to_score&holder=nobody&q=a")
    look(reverse("hub_application_list", args=[hub.slug]) + "?holder=nobody")
    at("hub_application")
    at("hub_screening", press="Save")
    at("hub_case", press="Save")
    at("hub_note_add", press="Save the note")
    for do in ("give", "screen", "remind"):
        ticked = "".join(f"&application={each.reference}" for each in Application.objects.all())
        look(f"{reverse('hub_together', args=[hub.slug])}?do={do}{ticked}")


def test_pages_of_a_school_that_is_not_listed(look: Look, sign_in: SignIn) -> None:
    application = ApplicationFactory(state=State.COMPLETE, unlisted=True)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    SchoolFactory(name="Hilltop Primary School", closed=True)
    hub = application.hub
    sign_in(UserFactory(hub_lead=hub))

    def at(name: str, query: str = "", press: str = "") -> None:
        look(reverse(name, args=[hub.slug, application.reference]) + query, press)

    look(reverse("hub_application_list", args=[hub.slug]) + "?school=unlisted")
    at("hub_application")
    at("hub_decision")
    at("hub_school")
    at("hub_school", "?q=a")
    at("hub_school", "?q=hilltop", press="This is the school")
    sign_in(UserFactory(ncetm=True))
    look(reverse("national_typed_schools"))


def test_pages_of_a_hub_administrator(look: Look, sign_in: SignIn, application: Application) -> None:
    hub = application.hub
    sign_in(UserFactory(hub_administrator=hub))

    look(reverse("hub_application_list", args=[hub.slug]))
    look(reverse("hub_application", args=[hub.slug, application.reference]))


def test_pages_of_observations_interviews_and_the_panel(look: Look, sign_in: SignIn, application: Application) -> None:
    hub, lead = application.hub, UserFactory(hub_lead=application.hub)
    began = clock.now() - timedelta(hours=2)
    held = AssessmentFactory(application=application, first=lead, state=AssessmentState.HELD, starts_at=began)
    AssessmentScoreFactory(assessment=held, value=1)
    coming = AssessmentFactory(application=application, first=lead, kind=AssessmentKind.INTERVIEW)
    AssessmentEventFactory(assessment=coming)
    ShortlistingFactory(application=application)
    other = ApplicationFactory(state=State.COMPLETE, hub=hub, round=application.round)
    third = ApplicationFactory(state=State.COMPLETE, hub=hub, round=application.round)
    plan = SelectionPlanFactory(round=application.round, hub=hub, strategic_plan="Key stage 1 first")
    StrategicNeedFactory(plan=plan, authority=other.school.authority)
    sign_in(lead)

    for name in ("hub_shortlist", "hub_panel"):
        look(reverse(name, args=[hub.slug, application.round.code]))
    look(reverse("hub_panel", args=[hub.slug, application.round.code]) + f"?one={third.reference}")
    look(reverse("hub_assessment_list", args=[hub.slug]))
    look(reverse("hub_arrange", args=[hub.slug, other.reference]), press="Arrange it and tell everybody")
    for assessment in (held, coming):
        look(reverse("hub_assessment", args=[hub.slug, assessment.pk]))
    look(reverse("hub_assessment_scores", args=[hub.slug, held.pk]))
    look(reverse("hub_assessment_move", args=[hub.slug, coming.pk]))
    look(reverse("hub_assessment_cancel", args=[hub.slug, coming.pk]))
    sign_in(application.applicant)
    look(application.get_absolute_url())
