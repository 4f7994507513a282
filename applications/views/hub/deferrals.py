"""Requests to begin in the next cohort: a lead keeps a place or refuses, and takes a promised one up."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView

from applications.enums import DeferralAction
from applications.filters import DeferralFilter
from applications.forms.deferrals import DeferralDecisionForm
from applications.models import Deferral
from applications.presenters.deferrals import deferral_rows, deferral_tag, may
from applications.services.deferrals import deferral_decide, deferral_take_up
from applications.tables import DeferralTable
from applications.views.hub.base import HubMixin
from cohorts.models import HubPlaces
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import ServiceActionView, TableView

WITH = ("application__applicant", "application__school", "application__round__cohort__programme", "hub", "decided_by")


class HubDeferralsMixin(HubMixin):
    @property
    def deferrals(self) -> QuerySet[Deferral]:
        found = Deferral.objects.visible_to(self.request.user).filter(hub=self.hub)
        return found.select_related(*WITH, "places__cohort__programme")

    @cached_property
    def deferral(self) -> Deferral:
        return get_object_or_404(self.deferrals, pk=self.kwargs["pk"])


class HubDeferralListView(HubDeferralsMixin, TableView):
    title = "Places kept for the next cohort"
    table_class = DeferralTable
    filterset_class = DeferralFilter

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"exclude": ("hub",)}

    def get_rows(self) -> QuerySet[Deferral]:
        return self.deferrals


class HubDeferralView(HubDeferralsMixin, FormView):
    """Two leads at once: the second is told what the first has decided, beside what they typed themselves."""

    form_class = DeferralDecisionForm
    template_name = "applications/hub_deferral.html"

    def get_title(self) -> str:
        return str(self.deferral.application.applicant)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [*super().get_crumbs(), (HubDeferralListView.title, reverse("hub_deferral_list", args=[self.hub.slug]))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        deferral = get_object_or_404(self.deferrals, pk=self.kwargs["pk"])
        application, by = deferral.application, self.request.user
        form = kwargs.pop("form", None) or self.get_form()
        return super().get_context_data(
            form=form,
            deferral=deferral,
            application=application,
            tag=deferral_tag(deferral),
            rows=deferral_rows(deferral),
            next_places=next_places_words(deferral),
            deciding=may(deferral, by, DeferralAction.REFUSE) or form.is_bound,
            may_take_up=may(deferral, by, DeferralAction.TAKE_UP),
            page=reverse("hub_application", args=[self.hub.slug, application.reference]),
            **kwargs,
        )

    def form_valid(self, form: DeferralDecisionForm) -> HttpResponse:
        grant, reason = form.cleaned_data["answer"] == "grant", form.cleaned_data["reason"]
        try:
            deferral_decide(deferral=self.deferral, by=self.request.user, grant=grant, reason=reason)
        except DomainError as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        done = "A place is kept" if grant else "The request is refused"
        messages.success(self.request, f"{done}. We have written to {self.deferral.application.applicant}.")
        return redirect("hub_deferral", hub=self.hub.slug, pk=self.deferral.pk)


class HubDeferralTakeUpView(HubDeferralsMixin, ServiceActionView):
    def perform(self) -> str:
        deferral = deferral_take_up(deferral=self.deferral, by=self.request.user)
        return f"The place in {deferral.places} is taken. We have written to {deferral.application.applicant}."

    def get_next_url(self) -> str:
        return reverse("hub_deferral", args=[self.hub.slug, self.kwargs["pk"]])


def next_places_words(deferral: Deferral) -> str:
    """What keeping a place, or taking one up, would meet now; nothing once the place is taken."""
    if deferral.places:
        return ""
    row = HubPlaces.objects.next_for(deferral.hub_id, deferral.application.round.cohort)
    if row is None:
        return "The next cohort, or your hub’s places in it, is not set up yet: a kept place is a promise until it is."
    return f"{row.cohort}: {row.left} of {row.places} places left."
