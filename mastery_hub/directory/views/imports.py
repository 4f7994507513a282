"""NCETM brings in the schools register: an upload, its progress and result, the history of all imports."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView, View

from mastery_hub.common.access import NATIONAL
from mastery_hub.common.exports import csv_response
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.common.views import PageMixin, ServiceFormView, TableView
from mastery_hub.directory.forms.imports import MEGABYTES, ImportInsistForm, ImportUploadForm
from mastery_hub.directory.models import RegisterImport
from mastery_hub.directory.services.register import register_insist, register_upload, register_why_not_insist
from mastery_hub.directory.tables import STATUS_COLOURS, ImportTable

REJECTIONS_SHOWN = 20


class ImportListView(TableView):
    access = NATIONAL
    title = "Schools register"
    table_class = ImportTable

    def get_rows(self) -> QuerySet[RegisterImport]:
        return RegisterImport.objects.visible_to(self.request.user).select_related("by").defer("rejections")

    def get_actions(self) -> list[dict[str, Any]]:
        return [{"text": "Upload a file", "href": reverse("national_import_upload")}]


class ImportUploadView(ServiceFormView):
    access = NATIONAL
    title = "Upload the schools register"
    form_class = ImportUploadForm
    template_name = "directory/import_upload.html"
    upload_megabytes = MEGABYTES

    def get_back(self) -> str:
        return reverse("national_import_list")

    def perform(self, form: ImportUploadForm) -> RegisterImport:
        return register_upload(file=form.cleaned_data["file"], by=self.request.user)

    def get_success_url(self) -> str:
        return self.result.get_absolute_url()


class ImportMixin:
    kwargs: dict[str, Any]
    request: HttpRequest
    caption = "Schools register"

    @cached_property
    def run(self) -> RegisterImport:
        runs = RegisterImport.objects.visible_to(self.request.user).select_related("by")
        return get_object_or_404(runs, pk=self.kwargs["pk"])


class ImportView(ImportMixin, PageMixin, TemplateView):
    access = NATIONAL
    template_name = "directory/import_detail.html"

    def get_title(self) -> str:
        return self.run.file_name

    def get_back(self) -> str:
        return reverse("national_import_list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.run
        return super().get_context_data(**kwargs) | {
            "run": run,
            "tag": run.get_status_display(),
            "colour": STATUS_COLOURS[run.status],
            "facts": self.facts(),
            "counts": [{"key": label, "value": f"{count:,}"} for label, count in run.counts.items()],
            "authorities": f"No hub has these new authorities yet: {', '.join(run.new_authorities)}",
            "rejections": run.rejections[:REJECTIONS_SHOWN],
        }

    def facts(self) -> list[dict[str, Any]]:
        run = self.run
        shown = [("Holds", run.get_kind_display()), ("By", run.by), ("Began", moment(run.started_at))]
        if run.finished_at:
            shown.append(("Ended", moment(run.finished_at)))
        if run.forced:
            shown.append(("Few rows", "Somebody checked that the file is complete"))
        if run.checksum:
            shown.append(("SHA-256", run.checksum))
        return [{"key": key, "value": value} for key, value in shown]


class ImportInsistView(ImportMixin, ServiceFormView):
    """For a file that was refused as too short, and no other."""

    access = NATIONAL
    form_class = ImportInsistForm
    title = "Import a file with so few rows?"
    template_name = "directory/import_insist.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """An old tab is told, and led to the run that imports the file if there is one."""
        if self.run.may_be_insisted_on:
            return super().dispatch(request, *args, **kwargs)
        messages.info(request, register_why_not_insist(self.run))
        return HttpResponseRedirect((self.run.insisted_on_as or self.run).get_absolute_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"run": self.run}

    def get_back(self) -> str:
        return self.run.get_absolute_url()

    def perform(self, form: ImportInsistForm) -> RegisterImport:
        return register_insist(run=self.run, by=self.request.user)

    def get_success_url(self) -> str:
        return self.result.get_absolute_url()


class ImportRejectedView(ImportMixin, View):
    access = NATIONAL

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return csv_response(f"rejected-{self.run.pk}.csv", ["Line", "URN", "Reason"], self.run.rejections)
