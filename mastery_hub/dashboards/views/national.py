"""What NCETM sees: every hub's numbers on one page, the rounds, all specialists."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views import View

from applications.models import Round
from cohorts.models import Specialist
from mastery_hub.common.access import NATIONAL
from mastery_hub.common.exports import csv_response
from mastery_hub.common.views import TableView
from mastery_hub.dashboards import measures
from mastery_hub.dashboards.filters import SpecialistFilter
from mastery_hub.dashboards.hubs import rounds_current
from mastery_hub.dashboards.presenters import round_card
from mastery_hub.dashboards.recruitment import by_region, recruitment_rows
from mastery_hub.dashboards.tables import RecruitmentTable, SpecialistTable


def round_chosen(request: HttpRequest, rounds: list[Round]) -> Round | None:
    """The one that the address names, else the first of the latest ones; None where no round has opened yet."""
    if code := request.GET.get("round"):
        return get_object_or_404(Round.objects.with_programme(), code=code)
    return rounds[0] if rounds else None


BY_REGION = (measures.SUBMITTED, measures.TAKEN)


class NationalHomeView(TableView):
    access = NATIONAL
    template_name = "dashboards/national_home.html"
    title = "Recruitment in England"
    table_class = RecruitmentTable

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.rounds = rounds_current()
        self.round = round_chosen(request, self.rounds)
        self.rows = recruitment_rows(request.user, self.round) if self.round else []

    def get_rows(self) -> list[dict[str, Any]]:
        return self.rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        totals = {measure: sum(row[measure.key] for row in self.rows) for measure in measures.NATIONAL}
        return super().get_context_data(**kwargs) | {
            "round": self.round,
            "card": round_card(self.round) if self.round else None,
            "rounds": [(each, each == self.round) for each in self.rounds],
            "stats": [{"value": value, "label": measure.name} for measure, value in totals.items()],
            "charts": [(f"{m.name} by region", m.counts, by_region(self.rows, m)) for m in BY_REGION],
            "measures": measures.NATIONAL,
            "unlisted": sum(row[measures.UNLISTED.key] for row in self.rows),
        }


class RecruitmentCsvView(View):
    access = NATIONAL

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        round = round_chosen(request, rounds_current())
        if round is None:
            raise Http404
        rows = recruitment_rows(request.user, round)
        head = ["Maths Hub", "Region", *(measure.name for measure in measures.NATIONAL)]
        cells = ([row["hub"], row["region"], *(row[m.key] for m in measures.NATIONAL)] for row in rows)
        return csv_response(f"recruitment-{round.code}.csv", head, cells)


class SpecialistListView(TableView):
    access = NATIONAL
    title = "Mastery Specialists"
    table_class = SpecialistTable
    filterset_class = SpecialistFilter

    def get_rows(self) -> QuerySet[Specialist]:
        return Specialist.objects.visible_to(self.request.user).with_placements()
