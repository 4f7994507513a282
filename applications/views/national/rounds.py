"""All rounds, and the page of one: what is set up, what is missing, what was done."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.views.generic import TemplateView

from applications import set_up
from applications.enums import RoundStage
from applications.forms.round_dates import RoundAddForm
from applications.forms.rounds import CheckForm, RoundCopyForm
from applications.models import Round
from applications.presenters import STAGE_COLOURS
from applications.presenters.national import round_history, task_groups
from applications.presenters.rules import rules_by_hub
from applications.services.round_copy import round_copy
from applications.services.round_dates import RoundDates, dates_awkward
from applications.services.round_log import round_check
from applications.services.round_making import round_set_up
from applications.tables import RoundTable
from applications.views.national.base import NationalRoundMixin
from mastery_hub.common.access import NATIONAL, SignedInRequest
from mastery_hub.common.views import ServiceFormView, TableView


class RoundListView(TableView):
    access = NATIONAL
    title = "Rounds"
    table_class = RoundTable

    def get_rows(self) -> QuerySet[Round]:
        return Round.objects.with_programme()

    def get_actions(self) -> list[dict[str, Any]]:
        return [
            {"text": "Programmes and cohorts", "href": reverse("national_programme_list"), "secondary": True},
            {"text": "Set up a round", "href": reverse("national_round_add")},
        ]


class RoundAddView(ServiceFormView):
    """`?cohort=` chooses the cohort that has just been set up."""

    access = NATIONAL
    title = "Set up a round"
    form_class = RoundAddForm
    template_name = "applications/national_round_add.html"
    request: SignedInRequest
    success_message = "The round is set up. Nobody but NCETM sees it until you publish it."

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [("Rounds", reverse("national_rounds"))]

    def get_initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("cohort", "")
        return {"reply_days": 14, "cohort": asked if asked.isdecimal() else None}

    def perform(self, form: RoundAddForm) -> Round:
        said = form.cleaned_data
        return round_set_up(by=self.request.user, cohort=said["cohort"], code=said["code"], dates=form.dates)

    def get_success_url(self) -> str:
        return reverse("national_round", kwargs={"code": self.result.code})


class RoundView(NationalRoundMixin, TemplateView):
    template_name = "applications/national_round.html"

    def get_title(self) -> str:
        return str(self.round.cohort)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [("Rounds", reverse("national_rounds"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stage, looked = self.round.stage, set_up.look(self.round)
        return super().get_context_data(**kwargs) | {
            "caption": self.round.code,
            "tag": stage.label,
            "colour": STAGE_COLOURS[stage],
            "groups": task_groups(self.round, looked),
            "missing": set_up.missing(self.round, looked) if stage == RoundStage.SETTING_UP else [],
            "awkward": list(dates_awkward(RoundDates.of(self.round)).values()),
            "setting_up": stage == RoundStage.SETTING_UP,
            "open": stage == RoundStage.OPEN,
            "closed": stage == RoundStage.CLOSED,
            "events": round_history(self.round),
            "hub_rules": rules_by_hub(self.round),
        }


class RoundCopyView(NationalRoundMixin, ServiceFormView):
    """The next cohort's round, begun from this one."""

    title = "Copy to the next cohort"
    form_class = RoundCopyForm
    template_name = "applications/national_round_copy.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"source": self.round}

    def perform(self, form: RoundCopyForm) -> Round:
        return round_copy(source=self.round, by=self.user, **form.cleaned_data)

    def get_success_message(self) -> str:
        return "The round is copied, with its dates moved on. Check each part, then publish it."

    def get_success_url(self) -> str:
        code = self.result.code if hasattr(self, "result") else self.round.code
        return reverse("national_round", kwargs={"code": code})


class RoundCheckView(NationalRoundMixin, ServiceFormView):
    title = ""
    form_class = CheckForm
    success_message = "Marked as checked."

    def get_form_kwargs(self) -> dict[str, Any]:
        tasks = [task for task in set_up.tasks() if task.key in self.round.to_check]
        return super().get_form_kwargs() | {"tasks": tasks}

    def perform(self, form: CheckForm) -> None:
        round_check(round=self.round, by=self.user, keys=form.cleaned_data["keys"])
