"""All rounds, and the page of one: what is set up, what is missing, what was done."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.views.generic import TemplateView

from applications import set_up
from applications.models import Round
from applications.national_presenters import task_groups
from applications.presenters import STAGE_COLOURS
from applications.tables import RoundTable
from applications.views.national.base import NationalRoundMixin
from mastery_hub.common.access import NATIONAL
from mastery_hub.common.views import TableView


class RoundListView(TableView):
    access = NATIONAL
    title = "Rounds"
    table_class = RoundTable

    def get_rows(self) -> QuerySet[Round]:
        return Round.objects.with_programme()


class RoundView(NationalRoundMixin, TemplateView):
    template_name = "applications/national_round.html"

    def get_title(self) -> str:
        return str(self.round.cohort)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [("Rounds", reverse("national_rounds"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stage = self.round.stage
        return super().get_context_data(**kwargs) | {
            "caption": self.round.code,
            "tag": stage.label,
            "colour": STAGE_COLOURS[stage],
            "groups": task_groups(self.round),
            "missing": set_up.missing(self.round),
        }
