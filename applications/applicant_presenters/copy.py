"""One's own application as it is printed: what its applicant wrote and may see, and nothing of the headteacher's."""

from datetime import datetime
from typing import Any

from applications.applicant_presenters.answers import answer_cards
from applications.applicant_presenters.status import status_of
from applications.models import Application
from mastery_hub.common.templatetags.moments import moment

LONGEST = 50_000  # characters; no word limit comes near it


def copy_of(application: Application, now: datetime) -> dict[str, Any]:
    cards = answer_cards(application, changeable=False)
    return {
        "title": f"Application {application.reference}",
        "reference": application.reference,
        "name": application.applicant.full_name or application.applicant.email,
        "facts": [
            f"{application.round.cohort}",
            f"{status_of(application)['text']}. {_when(application)}",
            f"This copy was made on {moment(now)}.",
        ],
        "cards": [{"title": card["title"], "rows": [_row(row) for row in card["rows"]]} for card in cards],
    }


def _when(application: Application) -> str:
    if application.submitted_at:
        return f"Submitted on {moment(application.submitted_at)}."
    return f"Not submitted. Last saved on {moment(application.saved_at)}."


def _row(row: dict[str, Any]) -> dict[str, Any]:
    value = str(row["value"] or row["missing"])
    lines = [line for line in value[:LONGEST].splitlines() if line.strip()]
    if len(value) > LONGEST:
        lines.append("This text is too long for a copy: read the rest in the service.")
    return {"key": row["key"], "lines": lines + ([row["count"]] if row["value"] and "count" in row else [])}
