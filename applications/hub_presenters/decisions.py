"""Decisions as they were proposed and released, and the letters that go with them."""

from itertools import groupby
from typing import Any

from applications.enums import Outcome
from applications.models import Application, Decision
from applications.services import notices
from applications.services.selection import reply_by_from
from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.messaging.rendering import Rendered

OUTCOME_COLOURS = {Outcome.OFFER: "green", Outcome.RESERVE: "purple", Outcome.UNSUCCESSFUL: "red"}


def decisions(application: Application) -> list[dict[str, Any]]:
    return [
        {
            "text": decision.get_outcome_display(),
            "colour": OUTCOME_COLOURS[Outcome(decision.outcome)] if decision.released_at else "grey",
            "standing": "Released" if decision.released_at else "Taken back" if decision.closed_at else "Proposed",
            "rows": decision_rows(decision),
        }
        for decision in application.decisions.select_related("proposed_by", "released_by")
    ]


def decision_rows(decision: Decision) -> list[dict[str, str]]:
    released = f"{moment(decision.released_at)} by {decision.released_by}" if decision.released_at else ""
    rows = [
        ("Proposed", f"{moment(decision.proposed_at)} by {decision.proposed_by}"),
        ("Released", released),
        ("In the letter", decision.feedback),
        ("Hub’s record", decision.reason),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def letter(application: Application, decision: Decision) -> Rendered:
    """As it would go out if the decision were released now."""
    return notices.outcome_letter(application, decision, reply_by_from(clock.now(), application.round.reply_days))


def letter_parts(text: str) -> list[dict[str, Any]]:
    """A plain text by paragraphs; what an email quotes with `>` is marked as quoted."""
    found = []
    for quoted, lines in groupby(text.strip().splitlines(), lambda line: line.startswith(">")):
        part = "\n".join(line.removeprefix(">").removeprefix(" ") if quoted else line for line in lines)
        found.append({"quoted": quoted, "text": part.strip()})
    return found
