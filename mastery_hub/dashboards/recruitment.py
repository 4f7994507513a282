"""A round's figures as rows, one for each hub, for the page and for its download."""

from collections import Counter
from typing import Any

from django.urls import reverse

from applications.models import Round
from mastery_hub.common import clock
from mastery_hub.dashboards import measures
from mastery_hub.dashboards.measures import Figures, Measure
from mastery_hub.directory.models import MathsHub

COUNTED = (*measures.NATIONAL, measures.TAKEN, measures.UNLISTED)
NO_SCHOOL = "School not chosen yet"


def recruitment_rows(user: Any, round: Round) -> list[dict[str, Any]]:
    """Every hub of today, and any other that the round counts something for; drafts without a school come last."""
    figures, today = measures.figures([round], seen_by=user, wanted=COUNTED)[round], clock.today()
    rows = [
        {
            "hub": hub.name,
            "region": hub.region.name,
            "href": reverse("hub_home", kwargs={"hub": hub.slug}),
            **_counted(figures, hub.pk),
        }
        for hub in MathsHub.objects.visible_to(user).select_related("region")
        if hub.closed_on is None or hub.closed_on > today or hub.pk in figures.by_hub
    ]
    if None in figures.by_hub:
        rows.append({"hub": NO_SCHOOL, "region": "", "href": None, **_counted(figures, None)})
    return rows


def _counted(figures: Figures, hub: int | None) -> dict[str, int]:
    return {measure.key: figures.of(hub, measure) for measure in COUNTED}


def by_region(rows: list[dict[str, Any]], measure: Measure) -> list[tuple[str, int]]:
    """Totals of regions in the order of their names; what belongs to no hub belongs to no region."""
    regions = Counter[str]()
    for row in rows:
        if row["region"]:
            regions[row["region"]] += row[measure.key]
    return sorted(regions.items())
