"""Whom the hub wants to see in a round, with what is arranged for each."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.generic import TemplateView

from applications import permissions
from applications.hub_presenters.shortlists import shortlist_rows
from applications.permissions import can_write_plan
from applications.services.shortlists import shortlist_put, shortlist_take_off
from applications.views.hub.base import HubApplicationMixin
from applications.views.hub.plans import HubRoundMixin
from mastery_hub.common.views import ServiceActionView


class HubShortlistView(HubRoundMixin, TemplateView):
    """Leads keep it and administrators arrange what follows; reviewers see what is given to them."""

    title = "Shortlist"
    template_name = "applications/hub_shortlist.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (self.round and permissions.can_see_shortlist(self.request.user, self.hub)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = shortlist_rows(self.hub, self.round, self.request.user)
        return super().get_context_data(
            **kwargs,
            changes=can_write_plan(self.request.user, self.hub),
            sees_scores=permissions.can_see_panel(self.request.user, self.hub),
            listed=[row for row in rows if row["is_listed"]],
            others=[row for row in rows if not row["is_listed"]],
        )


class HubShortlistActionView(HubApplicationMixin, ServiceActionView):
    def get_next_url(self) -> str:
        return reverse("hub_shortlist", args=[self.hub.slug, self.application.round.code])


class HubShortlistPutView(HubShortlistActionView):
    def perform(self) -> str:
        shortlist_put(application=self.application, by=self.request.user)
        return f"{self.application.applicant} is on the shortlist."


class HubShortlistOffView(HubShortlistActionView):
    def perform(self) -> str:
        shortlist_take_off(application=self.application, by=self.request.user)
        return f"{self.application.applicant} is no longer on the shortlist."
