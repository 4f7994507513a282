"""NCETM keeps the directory: hubs, their areas and neighbours, authorities."""

from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView

from mastery_hub.common.access import NATIONAL
from mastery_hub.common.templatetags.moments import day
from mastery_hub.common.views import PageMixin, ServiceFormView, TableView
from mastery_hub.directory.area_presenters import AreaRow
from mastery_hub.directory.filters import AuthorityFilter, HubFilter
from mastery_hub.directory.forms.hubs import HubDetailsForm, NeighboursForm
from mastery_hub.directory.models import LocalAuthority, MathsHub
from mastery_hub.directory.tables import AuthorityTable, HubTable


class HubListView(TableView):
    access = NATIONAL
    title = "Maths Hubs"
    table_class = HubTable
    filterset_class = HubFilter

    def get_rows(self) -> QuerySet[MathsHub]:
        return MathsHub.objects.visible_to(self.request.user).select_related("region")

    def get_actions(self) -> list[dict[str, Any]]:
        return [
            {"text": "Local authorities", "href": reverse("national_authority_list"), "secondary": True},
            {"text": "Add a hub", "href": reverse("national_hub_add"), "secondary": True},
        ]


class HubMixin:
    kwargs: dict[str, Any]
    request: HttpRequest

    @cached_property
    def hub(self) -> MathsHub:
        hubs = MathsHub.objects.visible_to(self.request.user).select_related("region")
        return get_object_or_404(hubs, slug=self.kwargs["hub"])

    @property
    def caption(self) -> str:
        return str(self.hub)

    def get_back(self) -> str:
        return self.get_success_url()

    def get_success_url(self) -> str:
        return reverse("national_hub", kwargs={"hub": self.hub.slug})

    def get_next_url(self) -> str:
        return self.get_success_url()


class HubView(HubMixin, PageMixin, TemplateView):
    access = NATIONAL
    template_name = "directory/hub_detail.html"
    caption = ""

    def get_title(self) -> str:
        return str(self.hub)

    def get_back(self) -> str:
        return reverse("national_hub_list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        areas = (
            self.hub.areas.select_related("authority").with_next().order_by("authority__name", "district", "from_on")
        )
        hubs = MathsHub.objects.in_bulk({area.next_hub for area in areas if area.next_hub})
        shown = [AreaRow(area, self.hub, hubs.get(area.next_hub)) for area in areas]
        return super().get_context_data(**kwargs) | {
            "hub": self.hub,
            "rows": self.details(),
            "areas": [row for row in shown if not row.is_over],
            "areas_before": [row for row in shown if row.is_over],
            "neighbours": self.hub.neighbours.all(),
        }

    def details(self) -> list[dict[str, Any]]:
        shown = [(field.label, getattr(self.hub, field.name)) for field in HubDetailsForm(instance=self.hub)]
        return [{"key": label, "value": day(value) if isinstance(value, date) else value} for label, value in shown]


class HubFormView(HubMixin, ServiceFormView):
    """A form about one hub that saves one row by itself."""

    access = NATIONAL
    success_message = "Your changes are saved."

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.hub}

    def perform(self, form: Any) -> None:
        form.save()


class HubDetailsView(HubFormView):
    title = "Details"
    form_class = HubDetailsForm


class HubAddView(ServiceFormView):
    access = NATIONAL
    title = "Add a hub"
    form_class = HubDetailsForm
    success_message = "The hub is added. Now give it an area."

    def get_back(self) -> str:
        return reverse("national_hub_list")

    def perform(self, form: HubDetailsForm) -> MathsHub:
        return form.save()

    def get_success_url(self) -> str:
        return reverse("national_hub", kwargs={"hub": self.result.slug})


class HubNeighboursView(HubFormView):
    title = ""
    form_class = NeighboursForm


class AuthorityListView(TableView):
    access = NATIONAL
    title = "Local authorities"
    table_class = AuthorityTable
    filterset_class = AuthorityFilter

    def get_back(self) -> str:
        return reverse("national_hub_list")

    def get_rows(self) -> QuerySet[LocalAuthority]:
        return LocalAuthority.objects.with_areas()
