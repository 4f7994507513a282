"""What stops a submission: each reason alone, said plainly; together, all at once."""

import pytest

from applications.eligibility import submission_check
from applications.enums import Section, SupportState
from applications.models import Application, Declaration
from cohorts.models import HubPlaces
from mastery_hub.directory.enums import EstablishmentStatus, PhaseOfEducation
from mastery_hub.directory.models import School
from tests.factories.applications import ApplicationFactory, CriterionFactory, HeadteacherSupportFactory

pytestmark = pytest.mark.django_db


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


def test_name_and_trn_are_needed(ready) -> None:
    type(ready.applicant).objects.filter(pk=ready.applicant.pk).update(first_name="", last_name="", trn="")
    assert reasons(ready) == [
        (Section.ABOUT, "Enter your name"),
        (Section.ABOUT, "Enter your teacher reference number (TRN)"),
    ]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"status": EstablishmentStatus.CLOSED}, "is closed"),
        ({"type_group": 3}, "is not state-funded"),
        ({"phase": PhaseOfEducation.SECONDARY}, "is not a school for the"),
    ],
)
def test_school_must_fit_the_programme(ready, change, word) -> None:
    School.objects.filter(pk=ready.school_id).update(**change)
    [(section, message)] = reasons(ready)
    assert section == Section.SCHOOL
    assert word in message


def test_hub_must_take_part(ready) -> None:
    HubPlaces.objects.filter(hub=ready.hub).delete()
    [(section, message)] = reasons(ready)
    assert (section, "is not recruiting" in message) == (Section.SCHOOL, True)


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
    ready.supports.all().delete()
    assert reasons(ready) == [(Section.HEADTEACHER, "Name your headteacher and send the request")]
    HeadteacherSupportFactory(application=ready, state=SupportState.DECLINED)
    [(section, message)] = reasons(ready)
    assert (section, "declined" in message) == (Section.HEADTEACHER, True)
