"""What the two people write of an observation or an interview, each without losing what the other wrote."""

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from applications.enums import AssessmentKind, AssessmentState, State
from applications.models import Assessment, AssessmentScore
from applications.services.assessments import (
    assessment_arrange,
    assessment_scores_save,
    assessment_written,
)
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.writing import fingerprint
from tests.applications.assessments.steps import booking, refusal
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
)
from tests.factories.assessments import AssessmentFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db
OBSERVATION, INTERVIEW = AssessmentKind.OBSERVATION, AssessmentKind.INTERVIEW


def save(assessment: Assessment, by: User, values: dict[int, int | None], notes: str = "", seen: str | None = None):
    criteria = list(assessment.application.terms.criteria.filter(shown="evidenced"))
    scores = {criteria[index]: value for index, value in values.items()}
    return assessment_scores_save(assessment=assessment, by=by, scores=scores, notes=notes, seen=seen)


def test_first_to_write_says_that_it_was_held(begun, people) -> None:
    save(begun, people[0], {0: 3, 1: None}, "A calm lesson.")

    begun.refresh_from_db()
    assert (begun.state, begun.notes) == ("held", "A calm lesson.")
    assert [(score.value, score.by) for score in begun.scores.all()] == [(3, people[0])]


def test_both_people_and_leads_write_and_nobody_else(begun, people, hub, lead) -> None:
    for by in (*people, lead):
        save(begun, by, {0: 2})
    for by in (
        UserFactory(hub_reviewer=hub),
        UserFactory(hub_administrator=hub),
        UserFactory(ncetm=True),
        begun.application.applicant,
    ):
        assert refusal(partial(save, begun, by, {0: 4})) == "not-allowed"
    assert AssessmentScore.objects.get().value == 2


def test_person_who_has_left_the_hub_writes_no_more(begun, people) -> None:
    people[0].memberships.update(until_on=clock.today())

    assert refusal(partial(save, begun, User.objects.get(pk=people[0].pk), {0: 4})) == "not-allowed"
    assert save(begun, people[1], {0: 4})


def test_page_that_has_not_seen_what_a_colleague_wrote_overwrites_nothing(begun, people) -> None:
    seen = fingerprint(assessment_written(begun))
    save(begun, people[0], {0: 3}, "A calm lesson.", seen=seen)

    assert refusal(partial(save, begun, people[1], {0: 1}, "Restless.", seen=seen)) == "changed-elsewhere"
    begun.refresh_from_db()
    assert (begun.notes, begun.scores.get().value) == ("A calm lesson.", 3)

    save(begun, people[1], {0: 1}, "Restless.", seen=fingerprint(assessment_written(begun)))
    begun.refresh_from_db()
    assert (begun.notes, begun.scores.get().value, begun.scores.get().by) == ("Restless.", 1, people[1])


@pytest.mark.django_db(transaction=True)
def test_two_who_save_in_the_same_moment_lose_nothing(begun, people) -> None:
    seen = fingerprint(assessment_written(begun))

    def second() -> str:
        with pytest.raises(DomainError) as refused:
            save(begun, people[1], {0: 1}, "Restless.", seen=seen)
        return refused.value.code

    assert overtaken(second, by=lambda: save(begun, people[0], {0: 3}, "Calm.", seen=seen)) == "changed-elsewhere"


@pytest.mark.django_db(transaction=True)
def test_two_bookings_of_one_person_in_the_same_moment_are_pointed_out(application, hub, people, lead) -> None:
    other = ApplicationFactory(state=State.COMPLETE, hub=hub)
    arrange = partial(assessment_arrange, by=lead, kind=INTERVIEW, booking=booking(people))

    def second() -> str:
        with pytest.raises(DomainError) as refused:
            arrange(application=application)
        return refused.value.code

    assert overtaken(second, by=lambda: arrange(application=other)) == "double-booked"


def test_score_can_be_taken_back(begun, people) -> None:
    save(begun, people[0], {0: 3})
    save(begun, people[0], {0: None})

    assert begun.scores.count() == 0


def test_cancelled_one_is_not_scored(begun, people) -> None:
    Assessment.objects.filter(pk=begun.pk).update(state=AssessmentState.CANCELLED)

    assert refusal(partial(save, begun, people[0], {0: 3})) == "cancelled"


def test_criterion_that_is_ticked_is_not_scored(begun, people) -> None:
    ticked = begun.application.terms.criteria.exclude(shown="evidenced").first()
    told_: dict[str, Any] = {"assessment": begun, "by": people[0], "notes": "", "seen": None}

    assert refusal(partial(assessment_scores_save, scores={ticked: 3}, **told_)) == "not-scored"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda row: {"second": row.first},
        lambda row: {"ends_at": row.starts_at},
        lambda row: {"place": "", "link": ""},
    ],
)
def test_database_refuses_what_no_service_would_write(begun, wrong) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(pk=begun.pk).update(**wrong(begun))


def test_database_holds_one_of_a_kind(begun) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AssessmentFactory(application=begun.application)
