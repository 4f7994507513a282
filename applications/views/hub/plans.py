"""How a hub selects in each of its rounds: all of the hub and NCETM read it, its leads write it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from applications.forms.plans import SelectionPlanForm
from applications.hub_presenters.plans import need_rows, plan_rows, round_row, selection_links
from applications.models import Round, SelectionPlan
from applications.permissions import can_write_plan
from applications.services.plans import Plan, plan_seen, selection_plan_save
from applications.views.hub.base import HubMixin
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import ServiceFormView

ROUNDS = 4  # of which the page tells, newest first


class HubRoundsMixin(HubMixin):
    @property
    def rounds(self) -> QuerySet[Round]:
        """Those that the hub takes part in."""
        return Round.objects.published().with_programme().filter(cohort__hub_places__hub=self.hub)


class HubRoundMixin(HubRoundsMixin):
    """One round of the hub's, and how it selects there."""

    @cached_property
    def round(self) -> Round:
        return get_object_or_404(self.rounds, code=self.kwargs["code"])

    @cached_property
    def plan(self) -> SelectionPlan:
        return SelectionPlan.objects.of(self.round, self.hub)

    @property
    def caption(self) -> str:  # type: ignore[override]
        return str(self.round.cohort)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [*super().get_crumbs(), (HubSelectionView.title, reverse("hub_selection", args=[self.hub.slug]))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"round": self.round, "plan": self.plan}


class HubSelectionView(HubRoundsMixin, TemplateView):
    title = "Selection"
    template_name = "applications/hub_selection.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rounds = list(self.rounds.order_by("-opens_at", "pk")[:ROUNDS])
        saved = {plan.round_id: plan for plan in SelectionPlan.objects.filter(hub=self.hub, round__in=rounds)}
        plans = {round: saved.get(round.pk) or SelectionPlan(round=round, hub=self.hub) for round in rounds}
        rows = [round_row(self.request.user, self.hub, round, plan) for round, plan in plans.items()]
        return super().get_context_data(rounds=rows, **kwargs)


class HubPlanView(HubRoundMixin, TemplateView):
    title = "How your hub selects"
    template_name = "applications/hub_plan.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        links = [link for link in selection_links(user, self.hub, self.round) if link["href"] != self.request.path]
        edit = reverse("hub_plan_edit", args=[self.hub.slug, self.round.code])
        return super().get_context_data(**kwargs) | {
            "rows": plan_rows(self.plan),
            "needs": need_rows(self.plan),
            "links": links,
            "actions": [{"text": "Change", "href": edit}] if can_write_plan(user, self.hub) else [],
        }


class HubPlanEditView(HubRoundMixin, ServiceFormView):
    title = "Change how your hub selects"
    form_class = SelectionPlanForm
    success_message = "How your hub selects is saved."

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (self.round and can_write_plan(self.request.user, self.hub)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        known = {"hub": self.hub, "plan": Plan.of(self.plan), "seen": plan_seen(self.plan)}
        return super().get_form_kwargs() | known

    def get_crumbs(self) -> list[tuple[str, str]]:
        return []

    def get_back(self) -> str:
        return self.get_success_url()

    def get_success_url(self) -> str:
        return reverse("hub_plan", args=[self.hub.slug, self.round.code])

    def show_refusal(self, form: SelectionPlanForm, refused: DomainError) -> None:
        super().show_refusal(form, refused)
        form.now_seen(plan_seen(self.plan))

    def perform(self, form: SelectionPlanForm) -> SelectionPlan:
        told: dict[str, Any] = {"round": self.round, "hub": self.hub, "by": self.request.user}
        return selection_plan_save(**told, seen=form.cleaned_data["seen"] or "", wanted=form.wanted)
