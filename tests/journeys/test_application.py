"""One application goes all the way through: applied, supported, scored, offered, accepted, a specialist in a cohort."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page

from applications.models import Application, Question
from cohorts.models import Specialist
from mastery_hub.common.models import PageBlock
from tests.factories.accounts import UserFactory
from tests.factories.applications import RoundFactory
from tests.factories.cohorts import (
    CohortFactory,
    HubPlacesFactory,
    ProgrammePageBlockFactory,
    ReleaseTermsFactory,
    ResidentialFactory,
)
from tests.factories.directory import HubAreaFactory, HubPageBlockFactory, SchoolFactory
from tests.journeys.walker import Walker, code_sent_to, emails_to, link_sent_to

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
TEACHER, HEAD, LEAD, NCETM = (
    "amina@larkfield.example",
    "head@larkfield.example",
    "lead@hub.example",
    "ncetm@ncetm.example",
)
PHONE, LAPTOP = 360, 1280
COHORT = "Primary Mastery Specialist Programme, Cohort 13"
STATEMENT = "Amina is the teacher others come to watch."


@pytest.fixture
def round():
    cohort = CohortFactory(
        number=13,
        project_code="NCP27-01",
        programme__name="Primary Mastery Specialist Programme",
        programme__slug="primary",
    )
    for kind in PageBlock.Kind:
        ProgrammePageBlockFactory(programme=cohort.programme, kind=kind, body=f"About {kind.label}")
    ReleaseTermsFactory(cohort=cohort)
    ReleaseTermsFactory(cohort=cohort, programme_year=2, days_least=12, days_most=37, rate=None)
    ResidentialFactory(cohort=cohort, number=1, starts_on=date(2027, 11, 11))
    return RoundFactory(cohort=cohort, complete=True)


@pytest.fixture
def hub(round):
    area = HubAreaFactory(hub__name="Great North", hub__slug="great-north")
    SchoolFactory(name="Larkfield Primary School", authority=area.authority, town="Hexham", postcode="NE46 1AA")
    HubPageBlockFactory(hub=area.hub)
    HubPlacesFactory(cohort=round.cohort, hub=area.hub)
    UserFactory(email=LEAD, first_name="Priya", last_name="Shah", hub_lead=area.hub)
    UserFactory(email=NCETM, first_name="Owen", last_name="Price", ncetm=True)
    return area.hub


@pytest.fixture
def walker(browse: Callable[..., Page], axe: Callable[[Page], None]) -> Callable[[int], Walker]:
    return lambda width: Walker(browse(width=width), axe)


@pytest.mark.parametrize(("teachers_width", "hubs_width"), [(PHONE, LAPTOP), (LAPTOP, PHONE)])
def test_application_from_first_page_to_specialist(round, hub, walker, teachers_width, hubs_width) -> None:
    teacher, head, lead = walker(teachers_width), walker(teachers_width), walker(hubs_width)

    anyone_reads_and_finds_the_hub(teacher)
    teacher_signs_up_and_writes(teacher)
    teacher_asks_the_headteacher(teacher)
    headteacher_reads_and_signs(head)
    teacher_submits(teacher)
    lead_scores_and_proposes(lead)
    teacher_sees_nothing_before_release(teacher)
    lead_releases(lead)
    teacher_accepts(teacher)
    everybody_sees_the_specialist(teacher, head, lead, walker(hubs_width))

    assert Application.objects.get().state == "accepted"
    assert emails_to(TEACHER)[-5:] == [
        "support_signed",
        "application_submitted",
        "application_complete",
        "outcome_offer",
        "offer_accepted",
    ]
    assert len({*teacher.passed, *head.passed, *lead.passed}) > 30


def anyone_reads_and_finds_the_hub(anyone: Walker) -> None:
    anyone.goes("/", "Become a Mastery Specialist")
    anyone.follows("Primary Mastery Specialist Programme", "Primary Mastery Specialist Programme")
    anyone.goes("/find-your-hub/", "Find your Maths Hub")
    anyone.fills(q="larkfeild hexham")
    anyone.presses("Search", "Find your Maths Hub")
    anyone.follows("Larkfield Primary School", "Your home hub is Great North Maths Hub")
    anyone.follows("Read about Great North Maths Hub", "Great North Maths Hub")
    anyone.goes("/rounds/NCP27-01/", "Cohort 13, 2027/28")
    anyone.sees("£3,000", "subject to confirmation", "subject to DfE funding")
    anyone.goes("/rounds/NCP27-01/information/", "Information")


def teacher_signs_up_and_writes(teacher: Walker) -> None:
    teacher.goes("/rounds/NCP27-01/", "Cohort 13, 2027/28")
    teacher.presses("Start your application", "Sign in")
    teacher.follows("Create an account", "Create an account")
    teacher.fills(first_name="Amina", last_name="Rahman", email=TEACHER)
    teacher.presses("Continue", "Check your email")
    teacher.fills(code=code_sent_to(TEACHER))
    teacher.presses("Sign in", "Start your application")
    teacher.presses("Start your application", "Start your application")
    teacher.sees_error("Confirm that you have read the information document")
    teacher.ticks_all()
    teacher.presses("Start your application", COHORT)
    teacher.follows("About you", "About you")
    teacher.fills(job_title="Year 4 teacher", trn="12345")
    teacher.presses("Save and continue", "About you")
    teacher.sees_error("Select the phase you teach")
    teacher.ticks("Key stage 2")
    teacher.fills(trn="1234567")
    teacher.presses("Save and continue", COHORT)
    teacher.follows("Your school", "Your school")
    teacher.chooses_school("larkf", "Larkfield Primary School")
    teacher.presses("Choose this school", "Your school")
    teacher.sees("Great North Maths Hub")


def teacher_asks_the_headteacher(teacher: Walker) -> None:
    """As soon as school and head are named, long before the rest is written."""
    teacher.goes_home_to_application(COHORT)
    teacher.follows("Your headteacher", "Your headteacher")
    teacher.fills(first_name="Helen", last_name="Marsh", email=HEAD)
    teacher.presses("Send the request", "Your headteacher")
    teacher.sees(HEAD)


def headteacher_reads_and_signs(head: Walker) -> None:
    head.goes(link_sent_to(HEAD, "/support/"), "Support Amina Rahman’s application")
    head.sees("Larkfield Primary School", "£3,000")
    head.presses("Continue", "Amina Rahman’s answers")
    head.follows_button("Continue", "Your confidential statement")
    head.fills(statement=STATEMENT)
    head.presses("Save and continue", "Your school’s commitments")
    head.presses("Sign and send", "Your school’s commitments")
    head.sees_error("Type your full name to sign")
    head.ticks_all()
    head.fills(signed_as="Helen Marsh")
    head.presses("Sign and send", "Thank you for your support")


def teacher_submits(teacher: Walker) -> None:
    teacher.goes_home_to_application(COHORT)
    teacher.follows("Your declarations", "Your declarations")
    teacher.ticks("Yes")
    teacher.presses("Save and continue", COHORT)
    teacher.follows("Your evidence", "Your evidence")
    first, second = Question.objects.order_by("order")
    teacher.follows(first.text, first.text)
    teacher.fills(text="word " * (first.word_limit + 1))
    teacher.presses("Save and continue", first.text)
    teacher.fills(text="I plan in small steps with my year team.")
    teacher.presses("Save and continue", second.text)
    teacher.fills(text="I coach two colleagues.")
    teacher.presses("Save and come back later", COHORT)
    teacher.goes_home_to_application(COHORT)
    teacher.follows("Your commitments", "Your commitments")
    teacher.ticks_all()
    teacher.fills(signed_as="Amina Rahman")
    teacher.presses("Agree and sign", COHORT)
    teacher.follows("Check your answers and submit", "Check your answers")
    teacher.does_not_see(STATEMENT)
    teacher.presses("Submit application", "Application submitted")
    teacher.goes_home_to_application(COHORT)


def lead_scores_and_proposes(lead: Walker) -> None:
    lead.signs_in(LEAD, "Hello, Priya")
    lead.goes("/hub/great-north/", "Great North Maths Hub")
    lead.goes("/hub/great-north/applications/", "Applications")
    lead.follows("Amina Rahman", "Amina Rahman")
    lead.sees(STATEMENT)
    lead.follows_button("Score", "Score this application")
    lead.page.locator("main input[type=radio][value='4']").first.check()
    lead.page.locator("main input[type=radio][value='3']").last.check()
    lead.presses("Submit scores", "Amina Rahman")
    lead.follows_button("Propose a decision", "Propose a decision")
    lead.ticks("Offer a place")
    lead.page.locator("[name=feedback_offer]").fill("Your evidence of small steps stood out.")
    lead.presses("Propose", "Amina Rahman")
    lead.sees("Offer proposed")


def teacher_sees_nothing_before_release(teacher: Walker) -> None:
    teacher.goes_home_to_application(COHORT)
    teacher.does_not_see("propose", "stood out", STATEMENT, "Offer a place")
    assert not [kind for kind in emails_to(TEACHER) if "outcome" in kind]


def lead_releases(lead: Walker) -> None:
    lead.follows_button("Release the offer", "Release the decision")
    lead.sees("Your evidence of small steps stood out.")
    lead.presses("Release the decision", "Amina Rahman")


def teacher_accepts(teacher: Walker) -> None:
    teacher.goes(link_sent_to(TEACHER, "/applications/"), COHORT)
    teacher.sees("Your evidence of small steps stood out.")
    teacher.follows_button("Accept or decline", "Accept or decline your place")
    teacher.ticks("Yes, I accept the place")
    teacher.presses("Confirm your answer", COHORT)
    assert Specialist.objects.get().person.email == TEACHER


def everybody_sees_the_specialist(teacher: Walker, head: Walker, lead: Walker, ncetm: Walker) -> None:
    teacher.goes("/specialist/", "Your record as a Mastery Specialist")
    teacher.sees("Cohort 13", "Great North Maths Hub", "Larkfield Primary School")
    head.goes("/support/done/", "Thank you for your support")
    head.sees("Great North Maths Hub at Larkfield Primary School")
    lead.goes("/hub/great-north/specialists/", "Mastery Specialists")
    lead.sees("Amina Rahman")
    lead.goes("/hub/great-north/applications/", "Applications")
    lead.follows("Amina Rahman", "Amina Rahman")
    lead.presses("Confirm this headteacher", "Amina Rahman")
    head.signs_in(HEAD, "Hello, Helen")
    head.goes(f"/school/{Application.objects.get().school_id}/", "Larkfield Primary School")
    head.sees("Amina Rahman")
    ncetm.signs_in(NCETM, "Hello, Owen")
    ncetm.goes("/national/", COHORT)
    ncetm.sees("Great North")
    ncetm.goes("/national/specialists/", "Mastery Specialists")
    ncetm.sees("Amina Rahman")
