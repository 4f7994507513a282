"""What a decision rests on: ticks, answers and documents."""

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import OuterRef, Subquery
from django.urls import reverse

from applications.enums import Shown
from applications.models import Answer, Application, Criterion, Question
from mastery_hub.common.forms.words import words_count


def ticks(application: Application, criteria: list[Criterion]) -> list[dict[str, Any]]:
    """Criteria that are facts: met by the word of the applicant or of the headteacher, and not scored. What a
    headteacher confirmed before the words changed is shown in those words."""
    every = application.declarations.select_related("by", "criterion").order_by("at")
    given = {d.criterion.key: d for d in every} | {d.criterion.key: d for d in every if d.criterion in criteria}
    found = []
    for criterion in criteria:
        if criterion.shown == Shown.EVIDENCED:
            continue
        said = given.get(criterion.key)
        tick = {"criterion": criterion, "met": said.met if said else None, "by": str(said.by) if said else ""}
        found.append(tick | {"then": said.criterion.declaration if said and said.criterion != criterion else ""})
    return found


def answers(application: Application, criteria: list[Criterion]) -> list[dict[str, Any]]:
    given = Answer.objects.filter(application=application, question=OuterRef("pk")).values("text")[:1]
    questions = Question.objects.filter(terms=application.terms_id)
    found = []
    for question in questions.annotate(served=ArrayAgg("criteria"), given=Subquery(given)):
        text = question.given or ""
        serves = [criterion for criterion in criteria if criterion.pk in question.served]
        found.append({"question": question, "text": text, "words": words_count(text), "serves": serves})
    return found


def documents(application: Application) -> list[dict[str, str]]:
    assert application.hub, "what was submitted has a hub"
    here = {"hub": getattr(application, "reading_hub", application.hub).slug, "reference": application.reference}
    return [
        {
            "name": str(document),
            "criterion": str(document.criterion),
            "href": reverse("hub_document_file", kwargs=here | {"key": document.criterion.key}),
        }
        for document in application.supporting_documents.select_related("criterion")
    ]


def review_groups(application: Application, criteria: list[Criterion], form: Any) -> list[dict[str, Any]]:
    """Each answer with the criteria scored beside it; a criterion stands with the first answer that serves it."""
    shown = answers(application, criteria)
    first = {c.pk: min((q.order for q in c.questions.all()), default=None) for c in criteria}
    groups = [
        answer
        | {
            "items": [
                scored(c, answer["question"].order, form) for c in criteria if first[c.pk] == answer["question"].order
            ]
        }
        for answer in shown
    ]
    alone = [scored(criterion, None, form) for criterion in criteria if first[criterion.pk] is None]
    return [*groups, {"question": None, "items": alone}] if alone else groups


def scored(criterion: Criterion, order: int | None, form: Any) -> dict[str, Any]:
    others = [str(question.order) for question in criterion.questions.all() if question.order != order]
    also = f"See also question {' and '.join(others)}" if others else ""
    return {"fields": form.fields_of(criterion), "also": also, "importance": criterion.get_importance_display()}
