"""Every list asks the database as often for 30 rows as for one, and at most 20 times (rule 9).

A list without an entry here fails: give it a maker of rows, which returns words that each row shows.
tests.demo.test_crawl holds every page of the demo to the same 20.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape
from django.views.generic import ListView

from applications.enums import AssessmentKind, AssessmentState, State, SupportState
from applications.models import Round, SelectionPlan
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.views import TableView
from mastery_hub.dashboards.pages import page_name, page_names
from mastery_hub.directory.models import MathsHub, School
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    CriterionFactory,
    DeferralFactory,
    EligibilityExceptionFactory,
    ExtensionFactory,
    HeadteacherSupportFactory,
    HubRuleFactory,
    MatchingMoveFactory,
    MatchingProposalFactory,
    NominationFactory,
    PlaceMoveFactory,
    QuestionFactory,
    ReferralFactory,
    ReleaseDelayFactory,
    ReviewFactory,
    RoundFactory,
    SchoolChangeFactory,
    SelectionPlanFactory,
    StrategicNeedFactory,
)
from tests.factories.assessments import AssessmentFactory, AssessmentScoreFactory, ShortlistingFactory
from tests.factories.casework import CaseHolderFactory
from tests.factories.cohorts import HubPlacesFactory, PlacementFactory
from tests.factories.dashboards import FormCountFactory, PageFeedbackFactory, QuestionErrorCountFactory
from tests.factories.directory import (
    HubAreaFactory,
    MathsHubFactory,
    RegisterImportFactory,
    SchoolFactory,
    UnlistedSchoolFactory,
)
from tests.factories.messaging import EmailFactory
from tests.test_access import ROUTES

MOST = 20
MANY = 30


@dataclass
class Place:
    """One hub, school and round, in which a list's rows are made."""

    hub: MathsHub = field(default_factory=MathsHubFactory)
    school: School = field(default_factory=SchoolFactory)
    round: Round = field(default_factory=lambda: RoundFactory(complete=True))
    person: User = field(default_factory=UserFactory)

    def __post_init__(self) -> None:
        HubPlacesFactory(cohort=self.round.cohort, hub=self.hub, places=MANY)
        self.lead, self.ncetm = UserFactory(hub_lead=self.hub), UserFactory(ncetm=True)
        self.head = UserFactory(headteacher=self.school)


def hub_row(place: Place, number: int) -> list[str]:
    area = HubAreaFactory()
    HubPlacesFactory(cohort=place.round.cohort, hub=area.hub)
    ApplicationFactory(round=place.round, hub=area.hub, state=State.COMPLETE)
    return [area.hub.name]


def authority_row(place: Place, number: int) -> list[str]:
    return [HubAreaFactory().authority.name]


def area_row(place: Place, number: int) -> list[str]:
    return [HubAreaFactory(hub=place.hub).authority.name]


def import_row(place: Place, number: int) -> list[str]:
    return [RegisterImportFactory(file_name=f"register-{number}.csv", rejected=1).file_name]


def round_row(place: Place, number: int) -> list[str]:
    return [RoundFactory(complete=True).code]


def criterion_row(place: Place, number: int) -> list[str]:
    evidenced = CriterionFactory(terms=place.round.current_terms)
    QuestionFactory(terms=place.round.current_terms, criteria=[evidenced])
    return [evidenced.text]


def specialist_row(place: Place, number: int) -> list[str]:
    placed = PlacementFactory(hub=place.hub, school=place.school, specialist__cohort=place.round.cohort)
    return [placed.specialist.person.full_name]


def hub_person_row(place: Place, number: int) -> list[str]:
    invitation = InvitationFactory(hub=place.hub, invited_by=place.lead)
    return [MembershipFactory(hub=place.hub).user.email, invitation.email]


def national_person_row(place: Place, number: int) -> list[str]:
    administrator = {"hub": None, "role": "ncetm_administrator"}
    invitation = InvitationFactory(invited_by=place.ncetm, **administrator)
    return [MembershipFactory(**administrator).user.email, invitation.email]


def hub_application_row(place: Place, number: int) -> list[str]:
    unlisted = {"unlisted": True} if number % 3 == 0 else {}
    application = ApplicationFactory(state=State.OFFER_PROPOSED, hub=place.hub, round=place.round, **unlisted)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    ReviewFactory(application=application, scored=2, submitted_at=clock.now())
    return [application.reference]


def work_row(place: Place, number: int) -> list[str]:
    """Late, so that the list shows each before those of the rounds to come."""
    application = ApplicationFactory(state=State.OFFERED, hub=place.hub, round=place.round)
    CaseHolderFactory(application=application)
    return [application.applicant.full_name]


def assessment_row(place: Place, number: int) -> list[str]:
    application = ApplicationFactory(state=State.COMPLETE, hub=place.hub, round=place.round)
    return [AssessmentFactory(application=application).application.applicant.full_name]


def candidate_row(place: Place, number: int) -> list[str]:
    """With everything that a panel compares."""
    plan = SelectionPlan.objects.of(place.round, place.hub)
    if plan.pk is None:
        plan = SelectionPlanFactory(round=place.round, hub=place.hub)
    application = ApplicationFactory(state=State.COMPLETE, hub=place.hub, round=place.round)
    StrategicNeedFactory(plan=plan, authority=application.school.authority)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    ReviewFactory(application=application, scored=2, submitted_at=clock.now())
    ShortlistingFactory(application=application)
    for kind in AssessmentKind:
        held = AssessmentFactory(application=application, kind=kind, state=AssessmentState.HELD)
        AssessmentScoreFactory(assessment=held)
    PlacementFactory(hub=place.hub, specialist__cohort=place.round.cohort)
    return [application.applicant.full_name]


def exception_row(place: Place, number: int) -> list[str]:
    state = (State.DRAFT, State.SUBMITTED)[number % 2]
    application = ApplicationFactory(state=state, hub=place.hub, round=place.round)
    return [EligibilityExceptionFactory(application=application).application.applicant.full_name]


def deferral_row(place: Place, number: int) -> list[str]:
    application = ApplicationFactory(state=State.ACCEPTED, hub=place.hub, round=place.round)
    state = ("asked", "granted", "refused")[number % 3]
    return [DeferralFactory(application=application, state=state).application.applicant.full_name]


def school_change_row(place: Place, number: int) -> list[str]:
    application = ApplicationFactory(state=State.ACCEPTED, hub=place.hub, round=place.round)
    state = ("asked", "agreed", "refused")[number % 3]
    return [SchoolChangeFactory(application=application, state=state).application.applicant.full_name]


def referral_row(place: Place, number: int) -> list[str]:
    """Sent and received by turns."""
    if number % 2:
        application = ApplicationFactory(state=State.RESERVED, hub=place.hub, round=place.round)
        return [ReferralFactory(application=application).application.applicant.full_name]
    application = ApplicationFactory(state=State.RESERVED, round=place.round)
    referral = ReferralFactory(application=application, to_hub=place.hub, state="consented")
    return [referral.application.applicant.full_name]


def unplaced_row(place: Place, number: int) -> list[str]:
    """A strong candidate of a hub that is full, and another hub with a place."""
    application = ApplicationFactory(state=State.RESERVED, round=place.round)
    HubPlaces.objects.filter(hub=application.hub, cohort=place.round.cohort).update(places=0)
    ReviewFactory(application=application, submitted_at=clock.now(), scored=3)
    HubPlacesFactory(cohort=place.round.cohort)
    return [application.applicant.full_name]


def move_row(place: Place, number: int) -> list[str]:
    return [MatchingMoveFactory(proposal=place.round.matching_proposals.get()).application.applicant.full_name]


def proposal_of(place: Place) -> dict[str, Any]:
    return {"code": place.round.code, "pk": MatchingProposalFactory(round=place.round).pk}


def typed_school_row(place: Place, number: int) -> list[str]:
    typed = UnlistedSchoolFactory(matched=bool(number % 2))
    school = typed.match or typed.school
    return [ApplicationFactory(round=place.round, typed_school=typed, school=school, state=State.COMPLETE).reference]


def own_application_row(place: Place, number: int) -> list[str]:
    state = (State.SUBMITTED, State.OFFERED, State.DRAFT, State.ACCEPTED, State.RESERVED)[number % 5]
    return [ApplicationFactory(applicant=place.person, state=state).reference]


def supported_row(place: Place, number: int) -> list[str]:
    application = ApplicationFactory(school=place.school, hub=place.hub, round=place.round, state=State.COMPLETE)
    signed = {"person": place.head, "email": f"head{number}@larkfield.example", "state": SupportState.SIGNED}
    HeadteacherSupportFactory(application=application, **signed)
    return [application.applicant.full_name, *specialist_row(place, number)]


def email_row(place: Place, number: int) -> list[str]:
    return [EmailFactory(subject=f"Subject {number:02}").subject]


def school_row(place: Place, number: int) -> list[str]:
    return [SchoolFactory(name=f"Oak Hill {number:02}", in_hub=place.hub).name]


def feedback_row(place: Place, number: int) -> list[str]:
    return [page_name(PageFeedbackFactory(route=sorted(page_names())[number]).route)]


def comment_row(place: Place, number: int) -> list[str]:
    return [PageFeedbackFactory(route="home", comment=f"Comment {number:02}").comment]


def error_row(place: Place, number: int) -> list[str]:
    FormCountFactory(route=f"page_{number}", sent=number + 1)
    return [QuestionErrorCountFactory(route=f"page_{number}", question=f"Question {number:02}").question]


def rule_row(place: Place, number: int) -> list[str]:
    ended = {"until_at": clock.now()} if number % 3 == 2 else {}
    return [HubRuleFactory(round=place.round, hub=place.hub, **ended).text]


def need_row(place: Place, number: int) -> list[str]:
    plan = place.round.plans.filter(hub=place.hub).first() or SelectionPlanFactory(round=place.round, hub=place.hub)
    return [StrategicNeedFactory(plan=plan, order=number + 1, title=f"Need number {number:02}").title]


def round_of_hub_row(place: Place, number: int) -> list[str]:
    """The page shows the newest four."""
    cohort = HubPlacesFactory(hub=place.hub).cohort
    later = place.round.opens_at + timedelta(minutes=number + 1)
    round = RoundFactory(cohort=cohort, opens_at=later, published_at=place.round.opens_at)
    SelectionPlanFactory(round=round, hub=place.hub)
    return [f"/selection/{round.code}/"]


def proposed_row(place: Place, number: int) -> list[str]:
    """Each third one a reserve, with a school not in the register for every fifth."""
    unlisted = {"unlisted": True} if number % 5 == 0 else {}
    state = (State.OFFER_PROPOSED, State.UNSUCCESSFUL_PROPOSED, State.RESERVE_PROPOSED)[number % 3]
    application = ApplicationFactory(state=state, hub=place.hub, round=place.round, **unlisted)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    ReviewFactory(application=application, scored=2, submitted_at=clock.now())
    return [application.applicant.full_name]


def reserve_row(place: Place, number: int) -> list[str]:
    application = ApplicationFactory(state=State.RESERVED, hub=place.hub, round=place.round)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    return [application.reference]


def proposing_hub_row(place: Place, number: int) -> list[str]:
    return [ApplicationFactory(state=State.OFFER_PROPOSED, round=place.round).hub.name]


def quota_row(place: Place, number: int) -> list[str]:
    application = ApplicationFactory(state=State.OFFERED, round=place.round)
    PlaceMoveFactory(round=place.round, to_hub=application.hub, reason=f"Needed {number:02}")
    ReleaseDelayFactory(round=place.round, hub=application.hub, note=f"Later {number:02}")
    return [application.hub.name, f"Needed {number:02}", f"Later {number:02}"]


def rule_of_some_hub_row(place: Place, number: int) -> list[str]:
    return [HubRuleFactory(round=place.round).text]


def nomination_row(place: Place, number: int) -> list[str]:
    states = ("invited", "accepted", "declined", "withdrawn", "lapsed")
    made = {"nominated_by": place.lead, "home_hub": place.hub, "school": place.school}
    state = states[number % len(states)]
    nomination = NominationFactory(round=place.round, last_name=f"Okoro{number:02}", state=state, **made)
    if state == "accepted":
        ApplicationFactory(round=place.round, applicant=nomination.nominee, nomination=nomination)
    return [nomination.full_name]


def extension_row(place: Place, number: int) -> list[str]:
    more = {"hub": None, "applicant": UserFactory()} if number % 2 else {}
    return [ExtensionFactory(round=place.round, reason=f"Flooded road {number:02}", **more).reason]


@dataclass(frozen=True)
class Listing:
    """`kept` of the rows are on the first page; `add` makes one more and says what it shows."""

    route: str
    add: Callable[[Place, int], list[str]]
    who: str = ""
    arguments: Callable[[Place], dict[str, Any]] = lambda place: {}
    query: str = ""
    kept: int = MANY


def of_hub(place: Place) -> dict[str, Any]:
    return {"hub": place.hub.slug}


def of_round(place: Place) -> dict[str, Any]:
    return {"code": place.round.code}


def of_both(place: Place) -> dict[str, Any]:
    return of_hub(place) | of_round(place)


LISTINGS = [
    Listing("hub_list", hub_row),
    Listing("national_hub_list", hub_row, "ncetm"),
    Listing("national_authority_list", authority_row, "ncetm"),
    Listing("national_import_list", import_row, "ncetm"),
    Listing("national_home", hub_row, "ncetm", query="?round={round}"),
    Listing("national_rounds", round_row, "ncetm"),
    Listing("national_specialists", specialist_row, "ncetm"),
    Listing("national_people", national_person_row, "ncetm"),
    Listing("national_typed_schools", typed_school_row, "ncetm"),
    Listing("national_feedback", feedback_row, "ncetm"),
    Listing("national_page_feedback", comment_row, "ncetm", lambda place: {"route": "home"}),
    Listing("national_form_errors", error_row, "ncetm"),
    Listing("national_extensions", extension_row, "ncetm", lambda place: {"code": place.round.code}),
    Listing("hub_specialists", specialist_row, "lead", of_hub),
    Listing("hub_people", hub_person_row, "lead", of_hub),
    Listing("hub_application_list", hub_application_row, "lead", of_hub),
    Listing("hub_work", work_row, "lead", of_hub),
    Listing("hub_assessment_list", assessment_row, "lead", of_hub),
    Listing("hub_exception_list", exception_row, "lead", of_hub),
    Listing("hub_referral_list", referral_row, "lead", of_hub),
    Listing("hub_school_change_list", school_change_row, "lead", of_hub),
    Listing("hub_deferral_list", deferral_row, "lead", of_hub),
    Listing("national_deferral_list", deferral_row, "ncetm"),
    Listing("hub_nomination_list", nomination_row, "lead", of_hub),
    Listing("nomination_list", nomination_row, "lead"),
    Listing("demo_mailbox", email_row, kept=25),
    # pages that hold a list beside other things
    Listing("hub_rules", rule_row, "lead", of_hub),
    Listing("hub_selection", round_of_hub_row, "lead", of_hub, kept=4),
    Listing("hub_plan", need_row, "lead", lambda place: of_hub(place) | {"code": place.round.code}),
    Listing("hub_decisions", proposed_row, "lead", of_both),
    Listing("hub_decisions_release", proposed_row, "lead", of_both),
    Listing("hub_reserves", reserve_row, "lead", of_both),
    Listing("national_quotas", quota_row, "ncetm", of_round),
    Listing("national_confirmations", proposing_hub_row, "ncetm", of_round),
    Listing("national_confirmation", proposed_row, "ncetm", of_both),
    Listing("hub_shortlist", candidate_row, "lead", lambda place: of_hub(place) | {"code": place.round.code}),
    Listing("hub_panel", candidate_row, "lead", lambda place: of_hub(place) | {"code": place.round.code}),
    Listing("national_matching_round", unplaced_row, "ncetm", lambda place: {"code": place.round.code}),
    Listing("national_matching_proposal", move_row, "ncetm", proposal_of),
    Listing("national_round", rule_of_some_hub_row, "ncetm", lambda place: {"code": place.round.code}),
    Listing("national_hub", area_row, "ncetm", of_hub),
    Listing("hub_page", area_row, "", of_hub),
    Listing("round_page", hub_row, "", lambda place: {"code": place.round.code}),
    Listing("national_criteria", criterion_row, "ncetm", lambda place: {"code": place.round.code}),
    Listing("national_questions", criterion_row, "ncetm", lambda place: {"code": place.round.code}),
    Listing("application_list", own_application_row, "person"),
    Listing("home", own_application_row, "person"),
    Listing("school_home", supported_row, "head", lambda place: {"urn": place.school.urn}),
    Listing("school_search", school_row, query="?q=oak", kept=20),
]
WITHOUT_ROWS = {"national_email_list"}  # its rows are code, and ask nothing


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.route)
@pytest.mark.django_db
def test_list_asks_as_often_for_many_rows_as_for_one(listing: Listing) -> None:
    place, client = Place(), Client()
    if listing.who:
        client.force_login(getattr(place, listing.who))
    path = reverse(listing.route, kwargs=listing.arguments(place)) + listing.query.format(round=place.round.code)

    def opened(shown: list[list[str]]) -> int:
        with CaptureQueriesContext(connection) as taken:
            response = client.get(path)
        page = response.content.decode()
        whole = [words for words in shown if all(escape(word) in page for word in words)]
        assert len(whole) == min(len(shown), listing.kept)
        return len(taken)

    shown = [listing.add(place, 0)]
    opened(shown)  # what a process asks once and remembers
    one = opened(shown)
    shown += [listing.add(place, number) for number in range(1, MANY)]

    assert (opened(shown), one <= MOST) == (one, True)


def test_no_list_is_left_out() -> None:
    kinds = {name: getattr(route.view, "view_class", object) for name, route in ROUTES.items()}
    lists = {name for name, kind in kinds.items() if issubclass(kind, (TableView, ListView))}

    assert len(lists) > 10
    assert lists - {listing.route for listing in LISTINGS} == WITHOUT_ROWS
