"""A hub's own pages: its numbers, what needs doing, and its specialists."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView, View
from django.views.generic.base import ContextMixin

from applications.models import SchoolChange
from cohorts.models import Specialist
from mastery_hub.accounts.enums import Role
from mastery_hub.common.access import HUB
from mastery_hub.common.views import TableView
from mastery_hub.dashboards.hubs import (
    deferrals_waiting,
    headteachers_due,
    hub_rounds,
    hub_work,
    places_coming,
    rounds_current,
)
from mastery_hub.dashboards.presenters import round_card
from mastery_hub.dashboards.specialists import working_in
from mastery_hub.dashboards.tables import HubSpecialistTable
from mastery_hub.directory.models import MathsHub


class HubMixin(ContextMixin, View):
    """`hub` is the hub of the address; `access` has found it to be one's own."""

    access = HUB
    hub: MathsHub

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        hubs = MathsHub.objects.visible_to(request.user).select_related("region")
        self.hub = get_object_or_404(hubs, slug=kwargs["hub"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"hub": self.hub}


class HubHomeView(HubMixin, TemplateView):
    template_name = "dashboards/hub_home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        rounds = hub_rounds(user, self.hub, rounds_current([self.hub.pk]))
        return super().get_context_data(**kwargs) | {
            "rounds": [(round_card(each.round), each) for each in rounds],
            "work": hub_work(user, self.hub),
            "coming": places_coming(self.hub),
            "heads": headteachers_due(user, [self.hub]).get(self.hub.pk, []),
            "reads_deferrals": user.is_national or self.hub.pk in user.hub_ids(Role.HUB_LEAD, Role.HUB_REVIEWER),
            "school_changes": SchoolChange.objects.visible_to(user).to_decide(self.hub).count(),
            "deferrals": deferrals_waiting(user, self.hub),
            "specialists": working_in(Specialist.objects.visible_to(user), self.hub.pk).count(),
            "can_manage": user.is_national or self.hub.pk in user.hub_ids(Role.HUB_LEAD),
        }


class HubSpecialistsView(HubMixin, TableView):
    title = "Mastery Specialists"
    table_class = HubSpecialistTable

    def get_rows(self) -> QuerySet[Specialist]:
        return working_in(Specialist.objects.visible_to(self.request.user), self.hub.pk).with_placements()

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [(str(self.hub), reverse("hub_home", kwargs={"hub": self.hub.slug}))]
