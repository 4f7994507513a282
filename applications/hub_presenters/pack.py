"""What a panel takes along on paper: each candidate with scores, notes, answers and the headteacher's statement."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F

from applications.enums import AssessmentState, SupportState
from applications.hub_presenters.panel import Candidate, Panel
from applications.models import Answer, Assessment, HeadteacherStatement
from applications.presenters.assessments import assessment_rows
from mastery_hub.common.templatetags.moments import moment


def pack_of(panel: Panel, candidates: Sequence[Candidate], now: datetime) -> dict[str, Any]:
    """Three queries besides the panel's own, for one candidate as for thirty."""
    keys = [each.application.pk for each in candidates]
    answers, statements, assessed = _answers(keys), _statements(keys, panel), _assessed(keys, panel)
    title = f"Panel pack: {candidates[0].name}" if len(candidates) == 1 else "Panel pack"
    return {
        "title": title,
        "footer": f"{panel.hub}, {panel.round.code}. For the panel alone.",
        "facts": [str(panel.round.cohort), str(panel.hub), panel.places, f"Made on {moment(now)}."],
        "candidates": [
            {
                "name": f"{each.place}. {each.name}",
                "facts": _facts(each),
                "scores": _scores(each),
                "parts": [
                    *assessed[each.application.pk],
                    *answers[each.application.pk],
                    *statements[each.application.pk],
                ],
            }
            for each in candidates
        ],
    }


def _facts(candidate: Candidate) -> list[dict[str, str]]:
    application = candidate.application
    rows = [
        ("Reference", application.reference),
        ("School", f"{application.school}, {application.school.authority}" if application.school else ""),
        ("Role", application.job_title),
        ("Phase", application.phases_in_words),
        ("State", candidate.tag["text"]),
        ("Headteacher’s rank", candidate.rank),
        ("Serves", ", ".join(map(str, candidate.serves))),
        ("Average in writing", candidate.average),
        ("Observation", candidate.observation),
        ("Interview", candidate.interview),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def _scores(candidate: Candidate) -> list[list[str]]:
    return [
        [
            cell.criterion.text,
            cell.criterion.get_importance_display() + (" – below the threshold" if cell.is_below else ""),
            f"{cell.words} ({cell.spread})" if cell.spread else cell.words,
            str(cell.observation),
            str(cell.interview),
        ]
        for cell in candidate.cells
    ]


def _part(title: str, text: str) -> dict[str, Any]:
    return {"title": title, "lines": [line for line in text.splitlines() if line.strip()]}


def _grouped(rows: Iterable[tuple[int, dict[str, Any]]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for application, part in rows:
        found[application].append(part)
    return found


def _answers(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    asked = Answer.objects.filter(application__in=keys, question__terms=F("application__terms"))
    rows = asked.select_related("question").order_by("question__order", "pk")
    return _grouped((row.application_id, _part(f"{row.question.order}. {row.question.text}", row.text)) for row in rows)


def _statements(keys: list[int], panel: Panel) -> dict[int, list[dict[str, Any]]]:
    given = HeadteacherStatement.objects.visible_to(panel.user).order_by("pk")
    signed = given.filter(support__application__in=keys, support__state=SupportState.SIGNED)
    rows = signed.values_list("support__application", "text")
    return _grouped((application, _part("The headteacher’s statement", text)) for application, text in rows)


def _assessed(keys: list[int], panel: Panel) -> dict[int, list[dict[str, Any]]]:
    held = Assessment.objects.scored_for(panel.user).filter(application__in=keys, hub=panel.hub)
    rows = held.filter(state=AssessmentState.HELD).select_related("first", "second").order_by("starts_at", "pk")
    return _grouped((row.application_id, _part(row.get_kind_display(), _told(row))) for row in rows)


def _told(assessment: Assessment) -> str:
    facts = [f"{row['key']}: {row['value']}" for row in assessment_rows(assessment)]
    return "\n".join([*facts, assessment.notes])
