"""Whether the programme is open to everybody: how far each group comes, for NCETM."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.views import View
from django.views.generic import TemplateView

from mastery_hub.common.access import NATIONAL
from mastery_hub.common.exports import csv_response
from mastery_hub.common.views import PageMixin
from mastery_hub.dashboards.fairness import FEWEST, STAGES, Breakdown, fairness
from mastery_hub.dashboards.hubs import rounds_current
from mastery_hub.dashboards.views.national import NationalHomeView, round_chosen

HIDDEN = "Hidden"


class FairnessView(PageMixin, TemplateView):
    access = NATIONAL
    template_name = "dashboards/fairness.html"
    title = "How far each group comes"

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [(NationalHomeView.title, reverse("national_home"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rounds = rounds_current()
        round = round_chosen(self.request, rounds)
        return super().get_context_data(**kwargs) | {
            "caption": str(round.cohort) if round else "",
            "round": round,
            "rounds": [each for each in rounds if each != round],
            "breakdowns": [(each, list(_rows(each))) for each in fairness(round)] if round else [],
            "stages": STAGES.values(),
            "fewest": FEWEST,
        }


def _rows(breakdown: Breakdown) -> Iterator[tuple[str, list[str]]]:
    for group in breakdown.groups:
        cells = []
        for stage, count in group.counts.items():
            share = group.share(stage) if stage != "submitted" else None
            cells.append(HIDDEN if count is None else f"{count}" if share is None else f"{count} ({share:.0%})")
        yield group.name, cells


class FairnessCsvView(View):
    access = NATIONAL

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        round = round_chosen(request, rounds_current())
        if round is None:
            raise Http404
        lines = (
            [breakdown.title, group.name, *(HIDDEN if count is None else count for count in group.counts.values())]
            for breakdown in fairness(round)
            for group in breakdown.groups
        )
        return csv_response(f"groups-{round.code}.csv", ["Breakdown", "Group", *STAGES.values()], lines)
