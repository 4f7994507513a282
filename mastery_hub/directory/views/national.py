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
from mastery_hub.common.views import PageMixin, ServiceActionView, ServiceFormView, TableView
from mastery_hub.directory.filters import AuthorityFilter, HubFilter
from mastery_hub.directory.forms.hubs import AreaAddForm, AreaEndForm, HubDetailsForm, NeighboursForm
from mastery_hub.directory.models import HubArea, LocalAuthority, MathsHub
from mastery_hub.directory.services.areas import area_add, area_confirm, area_end
from mastery_hub.directory.tables import AuthorityTable, HubTable


class HubListView(TableView):
    access = NATIONAL
    title = "Maths Hubs"
    table_class = HubTable
    filterset_class = HubFilter

    def get_rows(self) -> QuerySet[MathsHub]:
        return MathsHub.objects.visible_to(self.request.user).select_related("region")

    def get_actions(self) -> list[dict[str, Any]]:
        return [{"text": "Add a hub", "href": reverse("national_hub_add"), "secondary": True}]


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
        areas = self.hub.areas.select_related("authority").order_by("until_on", "authority__name", "district")
        return super().get_context_data(**kwargs) | {
            "hub": self.hub,
            "rows": self.details(),
            "areas": areas,
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


class AreaAddView(HubMixin, ServiceFormView):
    access = NATIONAL
    title = "Add an area"
    form_class = AreaAddForm

    def perform(self, form: AreaAddForm) -> HubArea:
        return area_add(hub=self.hub, by=self.request.user, **form.cleaned_data)

    def get_success_message(self) -> str:
        return f"{self.result} is added. Any hub that had it loses it on that day."


class AreaMixin(HubMixin):
    @cached_property
    def area(self) -> HubArea:
        return get_object_or_404(self.hub.areas.select_related("authority", "hub"), pk=self.kwargs["area"])


class AreaEndView(AreaMixin, ServiceFormView):
    access = NATIONAL
    form_class = AreaEndForm

    def get_title(self) -> str:
        return f"End {self.area}"

    def perform(self, form: AreaEndForm) -> None:
        area_end(area=self.area, by=self.request.user, **form.cleaned_data)

    def get_success_message(self) -> str:
        return f"{self.area} is no longer {self.hub}’s from that day."


class AreaConfirmView(AreaMixin, ServiceActionView):
    access = NATIONAL

    def perform(self) -> str:
        area_confirm(area=self.area, by=self.request.user)
        return f"{self.area} is confirmed."


class AuthorityListView(TableView):
    access = NATIONAL
    title = "Local authorities"
    table_class = AuthorityTable
    filterset_class = AuthorityFilter

    def get_rows(self) -> QuerySet[LocalAuthority]:
        return LocalAuthority.objects.with_areas()
