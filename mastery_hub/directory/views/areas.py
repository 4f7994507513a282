"""NCETM edits the areas of hubs: asked for, shown with the schools that would move, and only then saved."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.generic import TemplateView, View

from mastery_hub.common.access import NATIONAL
from mastery_hub.common.errors import DomainError
from mastery_hub.common.exports import csv_response
from mastery_hub.common.templatetags.moments import day
from mastery_hub.common.views import PageMixin, ServiceActionView
from mastery_hub.directory.area_plans import area_add_plan, area_end_plan, area_keep_plan, area_remove_plan
from mastery_hub.directory.area_presenters import CSV_HEADS, AreaPreview
from mastery_hub.directory.areas import AreaChange
from mastery_hub.directory.forms.areas import AreaAddForm, AreaEndForm, AreaForm, AreaMoveForm
from mastery_hub.directory.models import HubArea
from mastery_hub.directory.services.areas import area_add, area_confirm, area_end, area_keep, area_remove
from mastery_hub.directory.views.national import HubMixin


class AreaChangeView(HubMixin, PageMixin, TemplateView):
    """All steps have one address: its query holds what is asked, GET shows what that would change, POST saves it.

    A plan that is refused asks again; `edit` asks again too, with what was typed. A save is refused when anything
    differs from what was shown, and shows it anew.
    """

    access = NATIONAL
    form_class: type[AreaForm] = AreaForm  # which asks nothing
    template_name = "directory/area_change.html"

    def plan(self, **asked: Any) -> AreaChange:
        raise NotImplementedError

    def save(self, **asked: Any) -> HubArea:
        raise NotImplementedError

    def get_success_message(self, area: HubArea) -> str:
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.form.is_valid() or "edit" in request.GET:
            return self.ask()
        try:
            preview = AreaPreview(self.plan(**self.form.cleaned_data))
        except DomainError as refused:
            self.form.add_error(None, refused.message)
            return self.ask()
        if "csv" in request.GET:
            return csv_response(f"schools-that-move-{self.hub.slug}.csv", CSV_HEADS, preview.csv_rows())
        addresses = {"csv": self.with_query("csv"), "cancel": self.get_success_url()}
        if self.form.fields:
            addresses["back"] = self.with_query("edit")
        return self.render_to_response(self.get_context_data(preview=preview, **addresses))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.form.is_valid():
            return self.ask()
        try:
            area = self.save(**self.form.cleaned_data, by=request.user, seen=request.POST.get("seen", ""))
        except DomainError as refused:
            messages.error(request, refused.message)
            if refused.code == "changed":
                return self.get(request)
        else:
            messages.success(request, self.get_success_message(area))
        return HttpResponseRedirect(self.get_success_url())

    def with_query(self, name: str) -> str:
        """This address with what is asked and one word more."""
        asked = self.request.GET.copy()
        asked[name] = "1"
        return f"?{asked.urlencode()}"

    @cached_property
    def form(self) -> AreaForm:
        nothing_to_ask = not self.form_class.base_fields
        return self.form_class(self.request.GET if self.request.GET or nothing_to_ask else None)

    def ask(self) -> HttpResponse:
        template = "components/form_page.html" if self.form.fields else "directory/area_refused.html"
        return TemplateResponse(self.request, template, self.get_context_data(form=self.form))


class AreaAddView(AreaChangeView):
    title = "Add an area"
    form_class = AreaAddForm

    def plan(self, **asked: Any) -> AreaChange:
        return area_add_plan(hub=self.hub, **asked)

    def save(self, **asked: Any) -> HubArea:
        return area_add(hub=self.hub, **asked)

    def get_success_message(self, area: HubArea) -> str:
        return f"{area} is {self.hub}’s from {day(area.from_on)}."


class AreaMixin(HubMixin, View):
    """Whoever comes after a colleague has removed the area is told; an area of another hub is not found."""

    verb = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if HubArea.objects.filter(pk=self.kwargs["area"]).exists():
            return super().dispatch(request, *args, **kwargs)
        messages.error(request, f"This area is no longer in {self.hub}’s list: somebody has removed it.")
        return HttpResponseRedirect(self.get_success_url())

    @cached_property
    def area(self) -> HubArea:
        return get_object_or_404(self.hub.areas.select_related("authority", "hub"), pk=self.kwargs["area"])

    def get_title(self) -> str:
        return f"{self.verb} {self.area}"


class AreaMoveView(AreaMixin, AreaChangeView):
    verb = "Move"
    form_class = AreaMoveForm

    def plan(self, **asked: Any) -> AreaChange:
        return area_add_plan(authority=self.area.authority, district=self.area.district, **asked)

    def save(self, **asked: Any) -> HubArea:
        return area_add(authority=self.area.authority, district=self.area.district, **asked)

    def get_success_message(self, area: HubArea) -> str:
        there = reverse("national_hub", args=[area.hub.slug])
        said = '{} is <a class="govuk-notification-banner__link" href="{}">{}</a>’s from {}.'
        return format_html(said, area, there, area.hub, day(area.from_on))


class AreaEndView(AreaMixin, AreaChangeView):
    verb = "End"
    form_class = AreaEndForm

    def plan(self, **asked: Any) -> AreaChange:
        return area_end_plan(area=self.area, **asked)

    def save(self, **asked: Any) -> HubArea:
        return area_end(area=self.area, **asked)

    def get_success_message(self, area: HubArea) -> str:
        return f"{area} is no longer {self.hub}’s from {day(self.form.cleaned_data['until_on'])}."


class AreaKeepView(AreaMixin, AreaChangeView):
    verb = "Keep"

    def plan(self, **asked: Any) -> AreaChange:
        return area_keep_plan(area=self.area)

    def save(self, **asked: Any) -> HubArea:
        return area_keep(area=self.area, **asked)

    def get_success_message(self, area: HubArea) -> str:
        return f"{area} stays with {self.hub}."


class AreaRemoveView(AreaMixin, AreaChangeView):
    verb = "Remove"

    def plan(self, **asked: Any) -> AreaChange:
        return area_remove_plan(area=self.area)

    def save(self, **asked: Any) -> HubArea:
        return area_remove(area=self.area, **asked)

    def get_success_message(self, area: HubArea) -> str:
        return f"{area} is removed from {self.hub}’s list."


class AreaConfirmView(AreaMixin, ServiceActionView):
    access = NATIONAL

    def perform(self) -> str:
        area_confirm(area=self.area, by=self.request.user)
        return f"{self.area} is confirmed."
