"""Decisions as they were proposed and released, and the letters that go with them."""

from itertools import groupby
from typing import Any

from django.db.models import Prefetch

from applications.enums import Outcome
from applications.models import Application, Decision
from mastery_hub.common.templatetags.moments import moment

OUTCOME_COLOURS = {Outcome.OFFER: "green", Outcome.RESERVE: "purple", Outcome.UNSUCCESSFUL: "red"}


DECISIONS = Prefetch(
    "decisions",
    Decision.objects.select_related("proposed_by", "released_by", "undone_by", "confirmed_by", "returned_by"),
)


def decisions(application: Application) -> list[dict[str, Any]]:
    """Those read with `DECISIONS`."""
    return [
        {
            "text": decision.get_outcome_display(),
            "colour": OUTCOME_COLOURS[Outcome(decision.outcome)] if _stands(decision) else "grey",
            "standing": _standing(decision),
            "rows": decision_rows(decision),
        }
        for decision in application.decisions.all()
    ]


def _stands(decision: Decision) -> bool:
    return bool(decision.released_at) and not decision.undone_at


def _standing(decision: Decision) -> str:
    if decision.undone_at:
        return "Sent in error"
    if decision.released_at:
        return "Released"
    return "Taken back" if decision.closed_at else "Proposed"


def decision_rows(decision: Decision) -> list[dict[str, str]]:
    released = f"{moment(decision.released_at)} by {decision.released_by}" if decision.released_at else ""
    undone = f"{moment(decision.undone_at)} by {decision.undone_by}" if decision.undone_at else ""
    confirmed = f"{moment(decision.confirmed_at)} by {decision.confirmed_by}" if decision.confirmed_at else ""
    returned = f"{moment(decision.returned_at)} by {decision.returned_by}" if decision.returned_at else ""
    order = f"{decision.score_place} of {decision.score_of}, when it was proposed" if decision.score_place else ""
    rows = [
        ("Proposed", f"{moment(decision.proposed_at)} by {decision.proposed_by}"),
        ("By score", order),
        ("Departs from the scores", decision.departure),
        ("Confirmed by NCETM", confirmed),
        ("Returned by NCETM", f"{returned}: {decision.return_reason}" if returned else ""),
        ("Released", released),
        ("Taken back", f"{undone}: {decision.undo_reason}" if undone else ""),
        ("In the letter", decision.feedback),
        ("Hub’s words in the letter", decision.letter),
        ("Hub’s record", decision.reason),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def letter_parts(text: str) -> list[dict[str, Any]]:
    """A plain text by paragraphs; what an email quotes with `>` is marked as quoted."""
    found = []
    for quoted, lines in groupby(text.strip().splitlines(), lambda line: line.startswith(">")):
        part = "\n".join(line.removeprefix(">").removeprefix(" ") if quoted else line for line in lines)
        found.append({"quoted": quoted, "text": part.strip()})
    return found
