"""What stops a submission: each reason alone, said plainly; together, all at once."""

import pytest

from applications.eligibility import submission_check
from applications.enums import PhaseTaught, Section, SupportState
from applications.models import Application, Declaration
from cohorts.models import HubPlaces
from mastery_hub.directory.enums import EstablishmentStatus, PhaseOfEducation
from tests.factories.applications import ApplicationFactory, CriterionFactory, HeadteacherSupportFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db
ASK = "Ask {hub} for an exception: {school} is not "
FUNDED = ASK + "state-funded {source}. Your Maths Hub can tell you what else it offers."
FITTING = ASK + "a school for the {programme} {source}. Ask your Maths Hub what is."


@pytest.fixture
def ready() -> Application:
    return ApplicationFactory(ready=True)


def reasons(application: Application) -> list[tuple[str, str]]:
    return [(f.section, f.message) for f in submission_check(Application.objects.get(pk=application.pk))]


def test_ready_application_has_nothing_against_it(ready) -> None:
    assert reasons(ready) == []


@pytest.mark.parametrize(
    ("field", "message"), [("job_title", "Enter your role"), ("phase", "Select the phase you teach")]
)
def test_about_is_needed(ready, field, message) -> None:
    Application.objects.filter(pk=ready.pk).update(**{field: ""})
    assert reasons(ready) == [(Section.ABOUT, message)]


@pytest.mark.parametrize(("taught", "enough"), [(0, False), (1, False), (2, True), (3, True)])
def test_more_than_one_phase_is_said_by_two_at_least(ready, taught, enough) -> None:
    phases = [PhaseTaught.EARLY_YEARS, PhaseTaught.KEY_STAGE_1, PhaseTaught.KEY_STAGE_2][:taught]
    Application.objects.filter(pk=ready.pk).update(phase=PhaseTaught.MIXED, phases=phases)
    assert reasons(ready) == ([] if enough else [(Section.ABOUT, "Select the phases you teach")])


def test_name_and_trn_are_needed(ready) -> None:
    type(ready.applicant).objects.filter(pk=ready.applicant.pk).update(first_name="", last_name="", trn="")
    assert reasons(ready) == [
        (Section.ABOUT, "Enter your name"),
        (Section.ABOUT, "Enter your teacher reference number (TRN)"),
    ]


def test_new_draft_is_told_everything_at_once_in_the_order_of_its_sections() -> None:
    draft = ApplicationFactory(placed=False, applicant__first_name="", applicant__last_name="")
    assert reasons(draft) == [
        (Section.ABOUT, "Enter your name"),
        (Section.ABOUT, "Enter your role"),
        (Section.ABOUT, "Select the phase you teach"),
        (Section.ABOUT, "Enter your teacher reference number (TRN)"),
        (Section.SCHOOL, "Choose your school"),
        (Section.DECLARATIONS, "Answer “I have Qualified Teacher Status”"),
        *((Section.EVIDENCE, f"Answer question {q.order}: {q.text}") for q in draft.terms.questions.all()),
        (Section.COMMITMENTS, "Agree to your commitments and sign them"),
        (Section.HEADTEACHER, "Name your headteacher and send the request"),
    ]


@pytest.mark.parametrize(
    ("change", "section", "reason"),
    [
        (
            {"status": EstablishmentStatus.CLOSED},
            Section.SCHOOL,
            "{school} is closed {source}: choose the school you work in now",
        ),
        (
            {"type_group": 3},
            Section.ELIGIBILITY,
            FUNDED,
        ),
        (
            {"phase": PhaseOfEducation.SECONDARY},
            Section.ELIGIBILITY,
            FITTING,
        ),
    ],
)
@pytest.mark.parametrize(
    ("unlisted", "source"), [(False, "in the schools register"), (True, "by what you told us")], ids=["listed", "typed"]
)
def test_school_must_fit_the_programme(unlisted, source, change, section, reason) -> None:
    ready = ApplicationFactory(ready=True, unlisted=unlisted)
    vars(ready.school).update(change)
    ready.school.save()
    programme = ready.round.cohort.programme.name
    said = reason.format(source=source, programme=programme, school=ready.school.name, hub=ready.hub)
    assert reasons(ready) == [(section, said)]


def test_hub_must_take_part(ready) -> None:
    HubPlacesFactory(hub=ready.hub)  # in another cohort
    HubPlaces.objects.filter(hub=ready.hub, cohort=ready.round.cohort).update(hub=MathsHubFactory())
    said = f"{ready.hub} is not recruiting in this round: contact the hub to ask who is"
    assert reasons(ready) == [(Section.SCHOOL, said)]


def test_essential_declaration_must_be_met_and_desirable_one_answered(ready) -> None:
    desirable = CriterionFactory(terms=ready.terms, declared=True, importance="desirable", declaration="I lead maths")
    assert reasons(ready) == [(Section.DECLARATIONS, "Answer “I lead maths”")]
    Declaration.objects.create(application=ready, criterion=desirable, met=False, by=ready.applicant)
    assert reasons(ready) == []
    ready.declarations.exclude(criterion=desirable).update(met=False)
    [(section, message)] = reasons(ready)
    assert (section, message.startswith("This is essential")) == (Section.DECLARATIONS, True)


@pytest.mark.parametrize(("words", "count"), [(49, 0), (50, 0), (51, 1), (0, 1)])
def test_answers_are_counted_in_words(ready, words, count) -> None:
    question = ready.terms.questions.get(order=2)
    ready.answers.filter(question=question).update(text="word " * words)
    assert len(reasons(ready)) == count


def test_too_long_answer_says_by_how_much(ready) -> None:
    ready.answers.filter(question__order=2).update(text="word " * 53)
    assert reasons(ready) == [(Section.EVIDENCE, "Shorten your answer to question 2 by 3 words")]


def test_commitments_must_be_signed(ready) -> None:
    Application.objects.filter(pk=ready.pk).update(pledge=None)
    assert reasons(ready) == [(Section.COMMITMENTS, "Agree to your commitments and sign them")]


def test_headteacher_must_be_asked_and_not_have_declined(ready) -> None:
    ready.supports.update(state=SupportState.CANCELLED)
    assert reasons(ready) == [(Section.HEADTEACHER, "Name your headteacher and send the request")]
    HeadteacherSupportFactory(application=ready, state=SupportState.DECLINED)
    said = "Helen Marsh declined: talk to them, or name who else may sign for your school"
    assert reasons(ready) == [(Section.HEADTEACHER, said)]


@pytest.mark.parametrize("state", [SupportState.OPENED, SupportState.SIGNED])
def test_headteacher_who_looked_or_signed_stops_nothing(ready, state) -> None:
    ready.supports.all().delete()
    HeadteacherSupportFactory(application=ready, state=state)
    assert reasons(ready) == []
