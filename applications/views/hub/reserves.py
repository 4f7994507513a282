"""A hub's reserve list, in the order in which its leads would offer places."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.views.generic import TemplateView

from applications import permissions
from applications.enums import State
from applications.hub_presenters.reserves import reserves_page
from applications.services.panel import panel_order_move
from applications.views.hub.releases import DecidingRoundMixin
from mastery_hub.common.views import ServiceActionView


class HubReservesView(DecidingRoundMixin, TemplateView):
    title = "Reserve list"
    template_name = "applications/hub_reserves.html"

    def allowed(self) -> bool:
        return permissions.can_read_decisions(self.request.user, self.hub)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = reserves_page(self.round, self.hub, self.request.user, self.plan)
        return super().get_context_data(**kwargs, **page)


class HubReserveMoveView(DecidingRoundMixin, ServiceActionView):
    """One place up or down, as long as the list is as the page showed it."""

    def perform(self) -> str:
        application = get_object_or_404(
            self.applications.filter(round=self.round).select_related("applicant"),
            reference=self.request.POST.get("reference", ""),
        )
        direction, _, seen = self.request.POST.get("move", "").partition("-")
        if direction not in ("up", "down") or not (seen.isascii() and seen.isdecimal() and len(seen) < 5):
            raise PermissionDenied
        place = panel_order_move(
            application=application,
            by=self.request.user,
            up=direction == "up",
            seen=int(seen),
            among=(State.RESERVED,),
        )
        return f"{application.applicant} is number {place} on the reserve list now."

    def get_next_url(self) -> str:
        return self.href("hub_reserves")
