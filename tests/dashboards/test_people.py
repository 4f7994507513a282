"""The record of a specialist and the page of a school: one's own, and nobody else's."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
import time_machine

from applications.enums import PROPOSED, State, SupportState
from applications.models import Round
from cohorts.models import Specialist
from mastery_hub.common.clock import LONDON
from mastery_hub.directory.models import School
from tests.dashboards.conftest import Reader
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, RoundFactory
from tests.factories.cohorts import (
    CohortFactory,
    PlacementFactory,
    ReleaseTermsFactory,
    ResidentialFactory,
    SpecialistFactory,
)
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Reader]
RECORD = "/specialist/"


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=LONDON)


@pytest.fixture
def specialist() -> Specialist:
    cohort = CohortFactory(starts=2027)
    ReleaseTermsFactory(cohort=cohort)
    ResidentialFactory(cohort=cohort, number=1, starts_on=date(2027, 11, 10))
    ResidentialFactory(cohort=cohort, number=2, starts_on=date(2028, 3, 8), confirmed=True)
    placement = PlacementFactory(
        specialist__cohort=cohort, school__name="Larkfield", hub__contact_name="Jo Lead", hub__email="hub@hub.example"
    )
    return placement.specialist


def test_record_tells_placement_days_money_and_residentials(signed_in: SignIn, specialist: Specialist) -> None:
    with time_machine.travel(at(2027, 7, 1)):
        words = signed_in(specialist.person).reads(RECORD)

    assert "School Larkfield from 1 September 2027" in words
    assert "15 days of release, paid at £200 a day: £3,000 in all" in words
    assert "Residential 1: 10 to 11 November 2027 (subject to confirmation)" in words
    assert "Residential 2: 8 to 9 March 2028 Your release days" in words
    assert "Jo Lead hub@hub.example" in words


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (
            at(2027, 7, 1),
            "starts on 1 September 2027. Your next residential is on 10 November 2027, subject to confirmation.",
        ),
        (at(2027, 11, 11), "Your next residential is on 11 November 2027, subject to confirmation."),
        (at(2027, 11, 12), "Your next residential is on 8 March 2028."),
        (at(2028, 3, 10), "Your training year is 2027/28."),
        (at(2028, 9, 1), "You lead Work Groups for your Maths Hub"),
    ],
)
def test_record_says_what_is_next(signed_in: SignIn, specialist: Specialist, now: datetime, words: str) -> None:
    with time_machine.travel(now):
        assert words in signed_in(specialist.person).reads(RECORD)


def test_record_shows_the_commitments_of_the_application(signed_in: SignIn) -> None:
    application = ApplicationFactory(state=State.ACCEPTED)
    SpecialistFactory(person=application.applicant, cohort=application.round.cohort)

    words = signed_in(application.applicant).reads(RECORD)

    signed = [commitment.text for commitment in application.pledge.commitment_set.commitments.all()]
    assert len(signed) == 2
    assert [text for text in signed if text not in words] == []
    assert f"Signed as {application.pledge.signed_as}" in words


def test_record_is_ones_own(signed_in: SignIn, specialist: Specialist) -> None:
    placement = specialist.placements.get()
    for other in (UserFactory(ncetm=True), UserFactory(hub_lead=placement.hub), UserFactory()):
        words = signed_in(other).reads(RECORD)
        assert "You are not a Mastery Specialist yet." in words
        assert "Larkfield" not in words


def test_record_takes_as_many_queries_for_many_residentials(signed_in: SignIn, specialist: Specialist) -> None:
    reader = signed_in(specialist.person)
    few = reader.queries(RECORD)
    for number in range(3, 33):
        ResidentialFactory(cohort=specialist.cohort, number=number)
    PlacementFactory(specialist__person=specialist.person)

    assert reader.queries(RECORD) == few <= 20


@pytest.fixture
def school() -> School:
    return SchoolFactory(name="Larkfield")


def page(school: School) -> str:
    return f"/school/{school.urn}/"


def test_school_shows_its_facts_and_specialists(signed_in: SignIn, school: School) -> None:
    here = PlacementFactory(school=school, specialist__person__last_name="Hereford")
    other = PlacementFactory(specialist__person__last_name="Elsewhere")

    words = signed_in(UserFactory(headteacher=school)).reads(page(school))

    assert f"URN {school.urn}" in words
    assert "Hereford" in words
    assert f"Works with {here.hub} from" in words
    assert other.specialist.person.last_name not in words


def test_school_is_for_its_confirmed_headteacher_alone(signed_in: SignIn, school: School) -> None:
    support = HeadteacherSupportFactory(state=SupportState.SIGNED, application__school=school)

    signed_in(UserFactory(headteacher=school)).gets(page(school))
    strangers = (
        support.person,
        support.application.applicant,
        UserFactory(headteacher=True),
        UserFactory(hub_lead=support.application.hub),
    )
    for stranger in strangers:
        signed_in(stranger).gets(page(school), 404)


def test_school_lists_what_this_person_supported_there(signed_in: SignIn, school: School) -> None:
    head = UserFactory(headteacher=school)
    signed = {"person": head, "state": SupportState.SIGNED}
    here = HeadteacherSupportFactory(application__school=school, **signed)
    HeadteacherSupportFactory(application__school=school, state=SupportState.SIGNED)
    HeadteacherSupportFactory(**signed)
    HeadteacherSupportFactory(application__school=school, person=head, state=SupportState.CANCELLED)

    supports = signed_in(head).gets(page(school)).context["supports"]

    assert [row["support"] for row in supports] == [here]


@pytest.mark.parametrize("state", sorted(PROPOSED))
def test_school_sees_no_trace_of_a_proposal(signed_in: SignIn, school: School, state: State) -> None:
    head, round = UserFactory(headteacher=school), RoundFactory(complete=True)
    names = {"applicant__first_name": "Ada", "applicant__last_name": "Hill"}
    pages = []
    for each in (state, State.COMPLETE):
        application = ApplicationFactory(round=round, school=school, state=each, hub__name=f"Hub {each}", **names)
        support = HeadteacherSupportFactory(application=application, person=head, state=SupportState.SIGNED)
        pages.append(signed_in(head).reads(page(school)).replace(str(application.hub), ""))
        support.delete()

    assert pages[0] == pages[1]


def test_school_takes_as_many_queries_for_30_rows_as_for_1(signed_in: SignIn, school: School) -> None:
    head, round = UserFactory(headteacher=school), RoundFactory(complete=True)

    def more(count: int) -> None:
        for _ in range(count):
            application = ApplicationFactory(round=round, school=school, state=State.COMPLETE)
            HeadteacherSupportFactory(application=application, person=head, state=SupportState.SIGNED)
            PlacementFactory(school=school)

    more(1)
    reader = signed_in(head)
    few = reader.queries(page(school))
    more(30)

    assert reader.queries(page(school)) == few <= 20


def test_school_that_closed_says_so(signed_in: SignIn) -> None:
    closed = SchoolFactory(closed=True)

    assert "This school is closed in the schools register." in signed_in(UserFactory(headteacher=closed)).reads(
        page(closed)
    )


def test_round_of_a_draft_is_told_with_its_deadline(signed_in: SignIn, school: School) -> None:
    head = UserFactory(headteacher=school)
    round: Round = RoundFactory(complete=True)
    application = ApplicationFactory(round=round, school=school)
    HeadteacherSupportFactory(application=application, person=head, state=SupportState.SIGNED)

    assert f"{application.applicant} has not submitted the application yet." in signed_in(head).reads(page(school))
