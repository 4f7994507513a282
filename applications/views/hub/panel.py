"""The panel: candidates compared, put in order, and printed. For leads of the hub; NCETM reads."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView, View

from applications import permissions
from applications.hub_presenters.pack import pack_of
from applications.hub_presenters.panel import Candidate, Panel
from applications.models import Application
from applications.services.panel import panel_order_move
from applications.views.hub.plans import HubRoundMixin
from mastery_hub.common.errors import DomainError
from mastery_hub.common.files.responses import HEADERS
from mastery_hub.common.pdf import pdf
from mastery_hub.common.views import ServiceActionView


class HubPanelMixin(HubRoundMixin):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (self.round and permissions.can_see_panel(self.request.user, self.hub)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def panel(self) -> Panel:
        return Panel(self.hub, self.round, self.plan, self.request.user)

    @property
    def address(self) -> str:
        return reverse("hub_panel", args=[self.hub.slug, self.round.code])

    @cached_property
    def one(self) -> Candidate | None:
        """Whom the address names, where it names one."""
        reference = self.request.GET.get("one", "")
        candidate = self.panel.one(reference)
        if reference and candidate is None:
            raise Http404
        return candidate


class HubPanelView(HubPanelMixin, TemplateView):
    def get_title(self) -> str:
        return self.one.name if self.one else "Panel"

    def get_template_names(self) -> list[str]:
        return ["applications/hub_panel_one.html" if self.one else "applications/hub_panel.html"]

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [*super().get_crumbs(), *([("Panel", self.address)] if self.one else [])]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pack, here = reverse("hub_panel_pack", args=[self.hub.slug, self.round.code]), [self.hub.slug, self.round.code]
        more: dict[str, Any] = {"panel": self.panel, "move": reverse("hub_panel_move", args=here), "pack": pack}
        if self.one:
            more |= {"candidate": self.one, "address": self.address} | self.panel.beside(self.one)
        return super().get_context_data(**kwargs) | more


class HubPanelMoveView(HubPanelMixin, ServiceActionView):
    """One up, one down, or to a place; `seen` is the place that the page showed."""

    def perform(self) -> str:
        sent = self.request.POST
        wanted = self.applications.filter(round=self.round).select_related("applicant")
        application: Application = get_object_or_404(wanted, reference=sent.get("reference", ""))
        seen, how = _number(sent.get("seen", "")), sent.get("move")
        where: dict[str, Any] = {"up": how == "up"}
        if how not in ("up", "down"):
            where = {"to": _number(sent.get("to", ""))}
            if where["to"] is None:
                raise DomainError("Enter the place as a number.", code="place-wrong")
        place = panel_order_move(application=application, by=self.request.user, seen=seen, **where)
        return f"{application.applicant} is now in place {place}."

    def get_next_url(self) -> str:
        reference = self.request.POST.get("reference", "")
        if not reference.replace("-", "").isalnum():
            return self.address
        return f"{self.address}?one={reference}" if "one" in self.request.POST else f"{self.address}#{reference}"


class HubPanelPackView(HubPanelMixin, View):
    """A file, like every document here: of all candidates, or of one."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        data = pack_of(self.panel, [self.one] if self.one else self.panel.candidates, self.request.arrived_at)
        written = pdf("applications/panel_pack.typ", data)
        response = HttpResponse(written, content_type="application/pdf", headers=HEADERS)
        name = self.one.reference if self.one else f"panel-{self.round.code}"
        response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
        return response


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else None
