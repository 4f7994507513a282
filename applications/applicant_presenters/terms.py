"""What an applicant is told when the terms change while they write, and what they wrote that is no longer asked."""

from typing import Any

from applications.models import Answer, Application


def terms_notices(application: Application) -> list[dict[str, Any]]:
    """What changed in each version that came into force since the draft was begun, until it is put aside."""
    found = application.terms_notices.filter(dismissed_at=None).select_related("terms")
    return [{"version": n.terms.version, "at": n.terms.published_at, "changes": n.terms.changes} for n in found]


def unasked(application: Application) -> list[Answer]:
    """Answers to questions that are no longer asked; reads `answers` with their questions, as prefetched."""
    return [
        answer
        for answer in application.answers.all()
        if answer.text.strip() and answer.question.terms_id != application.terms_id
    ]
