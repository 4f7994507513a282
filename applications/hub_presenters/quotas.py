"""Each hub’s places in a round as NCETM sees them: live, and with what is kept and who waits."""

from typing import Any

from django.db.models import Count, Q

from applications.enums import State
from applications.hub_presenters.places import places_seen_by
from applications.models import Application, Deferral, PlaceMove, ReleaseDelay, Round
from mastery_hub.common.templatetags.moments import day

COUNTED = {
    "proposed": State.OFFER_PROPOSED,
    "offered": State.OFFERED,
    "accepted": State.ACCEPTED,
    "reserves": State.RESERVED,
    "undecided": State.COMPLETE,
}


def quota_rows(round: Round, user: Any) -> list[dict[str, Any]]:
    """Three queries for all hubs. What is taken besides is held by people who deferred from an earlier cohort."""
    counts = {name: Count("pk", filter=Q(state=state)) for name, state in COUNTED.items()}
    here = Application.objects.filter(round__cohort=round.cohort_id).exclude(applicant=user)
    found: dict[Any, Any] = {each["hub"]: each for each in here.order_by().values("hub").annotate(**counts)}
    promised = Deferral.objects.promised(round.cohort).order_by().values_list("hub")
    kept = dict(promised.annotate(number=Count("pk")))
    rows = []
    quota: Any
    for quota in places_seen_by(user).filter(cohort=round.cohort_id).select_related("hub").order_by("hub__name"):
        numbers: dict[str, int] = found.get(quota.hub_id, dict.fromkeys(COUNTED, 0))
        rows.append(
            {name: numbers[name] for name in COUNTED}
            | {"hub": quota.hub, "places": quota.places, "left": quota.left_as_seen, "kept": kept.get(quota.hub_id, 0)}
        )
    return rows


def quota_totals(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    labels = {"places": "Places", "offered": "Offered", "accepted": "Accepted", "left": "Left", "reserves": "Reserves"}
    return [{"value": sum(row[name] for row in rows), "label": label} for name, label in labels.items()]


def recent_moves(round: Round) -> list[dict[str, Any]]:
    """For components/timeline.html."""
    moves = PlaceMove.objects.filter(round=round).select_related("from_hub", "to_hub", "by")
    return [
        {
            "title": f"{move.number} place{'' if move.number == 1 else 's'} from {move.from_hub} to {move.to_hub}",
            "at": move.at,
            "by": str(move.by),
            "text": move.reason,
        }
        for move in moves
    ]


def delay_rows(round: Round) -> list[dict[str, str]]:
    """For components/summary_list.html: the later day of each hub that has said one, in the hub's words."""
    delays = ReleaseDelay.objects.standing().filter(round=round).select_related("hub").order_by("until", "hub__name")
    return [{"key": str(delay.hub), "value": f"By {day(delay.until)}. {delay.note}"} for delay in delays]
