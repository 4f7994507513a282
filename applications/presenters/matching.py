"""A proposal of moves between hubs, in figures and in words."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from applications.models import MatchingMove, MatchingProposal
from applications.presenters.referrals import referral_tag
from mastery_hub.common.templatetags.moments import moment

NOT_SENT = {"text": "Not sent", "colour": "grey"}


def figures(proposal: MatchingProposal, moves: Sequence[MatchingMove]) -> list[dict[str, Any]]:
    """For components/stats.html."""
    miles = sum((move.miles for move in moves), Decimal(0))
    found = [
        {"value": proposal.places, "label": "Free places"},
        {"value": proposal.candidates, "label": "Strong candidates without a place"},
        {"value": len(moves), "label": "Places filled"},
    ]
    if moves:
        found += [
            {"value": f"{miles / len(moves):.0f}", "label": "Miles on average"},
            {"value": f"{sum(move.score for move in moves) / len(moves):.2f}", "label": "Score on average"},
        ]
    return found


def made_rows(proposal: MatchingProposal) -> list[dict[str, str]]:
    reach = f"Neighbouring hubs, and any within {proposal.reach} miles" if proposal.reach else "Neighbouring hubs"
    sent = f"{moment(proposal.sent_at)} by {proposal.sent_by}" if proposal.sent_at else ""
    pairs = (
        ("Made", f"{moment(proposal.made_at)} by {proposal.made_by}"),
        ("Lowest score", f"{proposal.least_score.normalize():f}"),
        ("Within reach", reach),
        ("One point of the score is worth", f"{proposal.miles_a_point} miles"),
        ("Sent to the hubs", sent),
    )
    return [{"key": key, "value": value} for key, value in pairs if value]


def in_words(move: MatchingMove) -> str:
    return (
        f"{move.application.applicant}, {move.application.school}, from {move.from_hub} to {move.to_hub}: "
        f"{move.miles} miles, score {move.score}"
    )


def move_tag(move: MatchingMove) -> dict[str, str]:
    return referral_tag(move.referral) if move.referral else NOT_SENT
