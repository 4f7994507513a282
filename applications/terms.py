"""What a version of a round's terms lacks before anybody can apply under it: every problem at once."""

from collections.abc import Iterator

from applications.enums import Shown
from applications.models import Criterion, Question, RoundTerms


def terms_problems(terms: RoundTerms) -> list[str]:
    criteria = list(terms.criteria.prefetch_related("questions"))
    questions = list(terms.questions.prefetch_related("criteria"))
    return [*criteria_problems(criteria), *questions_problems(questions)]


def criteria_problems(criteria: list[Criterion]) -> Iterator[str]:
    if not any(criterion.is_essential for criterion in criteria):
        yield "Add at least one essential criterion"
    for criterion in criteria:
        if criterion.shown == Shown.EVIDENCED and not criterion.questions.all():
            yield f"No question serves “{criterion}”: choose one, or say how else it is shown"


def questions_problems(questions: list[Question]) -> Iterator[str]:
    if not questions:
        yield "Add at least one question"
    for question in questions:
        if not question.criteria.all():
            yield f"Question {question.order}, “{question}”, serves no criterion: choose what it is scored for"
