"""NCETM gives a hub or an applicant more time, sees what was given and why, and takes a mistake back."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from applications.enums import AnnouncementKind
from applications.forms.extensions import ExtensionCancelForm, ExtensionForm
from applications.models import Extension
from applications.presenters.national import being_told
from applications.services.extensions import (
    ExtensionError,
    extension_cancel,
    extension_give,
    extension_relied_on,
)
from applications.tables import ExtensionTable
from applications.views.national.base import NationalRoundMixin
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import ServiceFormView, TableView


class ExtensionsMixin(NationalRoundMixin):
    request: Any  # whose user is NCETM's

    def get_success_url(self) -> str:
        return reverse("national_extensions", kwargs={"code": self.round.code})

    def get_crumbs(self) -> list[tuple[str, str]]:
        page = reverse("national_round", kwargs={"code": self.round.code})
        listed = [("Rounds", reverse("national_rounds")), (str(self.round), page)]
        return [*listed, ("More time", self.get_success_url())]


class ExtensionListView(ExtensionsMixin, TableView):
    title = "More time"
    table_class = ExtensionTable

    def get_crumbs(self) -> list[tuple[str, str]]:
        return super().get_crumbs()[:-1]

    def get_rows(self) -> QuerySet[Extension]:
        return self.round.extensions.select_related("round", "hub", "applicant", "by", "cancelled_by")

    def get_actions(self) -> list[dict[str, Any]]:
        return [{"text": "Give more time", "href": reverse("national_extension_give", args=[self.round.code])}]


class ExtensionGiveView(ExtensionsMixin, ServiceFormView):
    title = "Give more time"
    form_class = ExtensionForm
    template_name = "applications/national_extension_give.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"round": self.round}

    def show_refusal(self, form: ExtensionForm, refused: DomainError) -> None:
        if isinstance(refused, ExtensionError):
            form.add_problems(refused.problems)
        else:
            super().show_refusal(form, refused)

    def perform(self, form: ExtensionForm) -> Extension:
        return extension_give(round=self.round, by=self.request.user, **form.told)

    def get_success_message(self) -> str:
        told = being_told(self.round, AnnouncementKind.EXTENSION_GIVEN, "We are telling everybody concerned.")
        return f"{self.result.hub or self.result.applicant} has more time. {told}"


class ExtensionCancelView(ExtensionsMixin, ServiceFormView):
    title = "Take the extra time back"
    form_class = ExtensionCancelForm
    template_name = "applications/national_extension_cancel.html"

    @cached_property
    def extension(self) -> Extension:
        rows = self.round.extensions.select_related("round", "hub", "applicant", "cancelled_by")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(self.get_success_url()) if self.extension.cancelled_at else super().get(request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = {"extension": self.extension, "relied_on": extension_relied_on(self.extension)}
        return super().get_context_data(**(page | kwargs))

    def perform(self, form: ExtensionCancelForm) -> Extension:
        return extension_cancel(extension=self.extension, by=self.request.user, reason=form.cleaned_data["reason"])

    def get_success_message(self) -> str:
        told = being_told(self.round, AnnouncementKind.EXTENSION_CANCELLED, "We are telling everybody concerned.")
        return f"The extra time of {self.result.hub or self.result.applicant} is taken back. {told}"
