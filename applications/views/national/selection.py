"""NCETM on a round's selection: each hub's places and who holds them, places moved, decisions confirmed or returned."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from applications.forms.selection import ConfirmForm, PlaceMoveForm
from applications.hub_presenters.confirming import hub_proposals, hubs_waiting
from applications.hub_presenters.quotas import delay_rows, quota_rows, quota_totals, recent_moves
from applications.services.confirmations import decisions_confirm, decisions_return
from applications.services.place_moves import places_move
from applications.views.national.base import NationalRoundMixin
from cohorts.models import HubPlaces
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import ServiceFormView
from mastery_hub.directory.models import MathsHub


class NationalQuotasView(NationalRoundMixin, TemplateView):
    title = "Places and offers"
    template_name = "applications/national_quotas.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = quota_rows(self.round, self.user)
        page = {"rows": rows, "stats": quota_totals(rows), "moves": recent_moves(self.round)}
        page["delays"] = delay_rows(self.round)
        return super().get_context_data(**kwargs, **page)


class NationalPlaceMoveView(NationalRoundMixin, ServiceFormView):
    title = "Move places between hubs"
    form_class = PlaceMoveForm
    success_message = "The places are moved. We have written to the leads of both hubs."

    def get_form_kwargs(self) -> dict[str, Any]:
        rows = HubPlaces.objects.filter(cohort=self.round.cohort_id).select_related("hub")
        return super().get_form_kwargs() | {"rows": list(rows), "hubs": MathsHub.objects.current()}

    def perform(self, form: PlaceMoveForm) -> Any:
        return places_move(round=self.round, by=self.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("national_quotas", args=[self.round.code])

    def get_crumbs(self) -> list[tuple[str, str]]:
        above = [("Rounds", reverse("national_rounds"))]
        above.append((str(self.round), reverse("national_round", args=[self.round.code])))
        return [*above, (NationalQuotasView.title, self.get_success_url())]


class NationalConfirmationsView(NationalRoundMixin, TemplateView):
    title = "Decisions to confirm"
    template_name = "applications/national_confirmations.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"rows": hubs_waiting(self.round, self.user)}


class NationalConfirmationView(NationalRoundMixin, TemplateView):
    """All proposals of one hub. The POST names those that were read, so that none is confirmed unseen."""

    template_name = "applications/national_confirmation.html"

    @cached_property
    def hub(self) -> MathsHub:
        return get_object_or_404(MathsHub, slug=self.kwargs["hub"])

    def get_title(self) -> str:
        return str(self.hub)

    @property
    def back(self) -> str:
        return reverse("national_confirmations", args=[self.round.code])

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [*super().get_crumbs(), (NationalConfirmationsView.title, self.back)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = hub_proposals(self.round, self.hub, self.user)
        form = kwargs.pop("form", None) or ConfirmForm(waiting=[row["key"] for row in rows if row["waits"]])
        context = super().get_context_data(**kwargs)
        return context | {"hub": self.hub, "rows": rows, "form": form, "back": "", "waits": len(form.waiting)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ConfirmForm(request.POST, waiting=[])
        if not form.is_valid():
            return self.shown_again(form)
        said = {"round": self.round, "hub": self.hub, "by": self.user, "read": form.read}
        try:
            if form.confirms:
                number = decisions_confirm(**said)
            else:
                number = decisions_return(**said, reason=form.cleaned_data["reason"])
        except DomainError as refused:
            form.add_error("reason" if refused.code == "reason-missing" else None, refused.message)
            return self.shown_again(form)
        what = "confirmed" if form.confirms else "returned"
        messages.success(request, f"{number} decision{'' if number == 1 else 's'} of {self.hub} {what}.")
        return redirect(self.back)

    def shown_again(self, form: ConfirmForm) -> HttpResponse:
        form.waiting = [row["key"] for row in hub_proposals(self.round, self.hub, self.user) if row["waits"]]
        return self.render_to_response(self.get_context_data(form=form))
