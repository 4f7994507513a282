"""What hubs propose in a round, for NCETM to confirm or return."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from applications.enums import Outcome
from applications.hub_presenters.decisions import OUTCOME_COLOURS
from applications.hub_presenters.releases import confirmation_tag, open_decisions
from applications.models import Decision, Round
from mastery_hub.directory.models import MathsHub


def hubs_waiting(round: Round, user: Any) -> list[dict[str, Any]]:
    """Each hub that proposes anything, with how much of it waits."""
    ours = Decision.objects.open().filter(application__round=round).exclude(application__applicant=user)
    waits = Q(confirmed_at=None, returned_at=None)
    counted = (
        ours.order_by()
        .values("application__hub__name", "application__hub__slug")
        .annotate(
            proposed=Count("pk"),
            waiting=Count("pk", filter=waits),
            confirmed=Count("pk", filter=Q(confirmed_at__isnull=False)),
            returned=Count("pk", filter=Q(returned_at__isnull=False)),
        )
    )
    return [
        {
            "hub": each["application__hub__name"],
            "href": reverse("national_confirmation", args=[round.code, each["application__hub__slug"]]),
            "numbers": [each["proposed"], each["waiting"], each["confirmed"], each["returned"]],
        }
        for each in sorted(counted, key=lambda each: each["application__hub__name"])
    ]


def hub_proposals(round: Round, hub: MathsHub, user: Any) -> list[dict[str, Any]]:
    return [_row(hub, decision) for decision in open_decisions(round, hub, user)]


def _row(hub: MathsHub, decision: Decision) -> dict[str, Any]:
    application: Any = decision.application
    mean = application.mean_score
    return {
        "key": decision.pk,
        "name": str(application.applicant),
        "school": str(application.school),
        "href": reverse("hub_application", args=[hub.slug, application.reference]),
        "outcome": decision.get_outcome_display(),
        "colour": OUTCOME_COLOURS[Outcome(decision.outcome)],
        "score": "" if mean is None else f"{mean:.1f}",
        "order": f"{decision.score_place} of {decision.score_of}" if decision.score_place else "",
        "departure": decision.departure,
        "tag": confirmation_tag(decision),
        "returned": decision.return_reason,
        "waits": not (decision.confirmed_at or decision.returned_at),
    }
