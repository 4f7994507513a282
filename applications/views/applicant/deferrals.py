"""Asking to keep a place for the next cohort, and taking that back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from applications.forms.deferrals import DeferForm
from applications.models import Deferral
from applications.permissions import can_ask_to_defer
from applications.services.deferrals import deferral_ask, deferral_take_back
from applications.views.applicant.base import OwnApplicationMixin
from mastery_hub.common.views import ServiceActionView, ServiceFormView


class ApplicationDeferView(OwnApplicationMixin, ServiceFormView):
    title = "Ask to begin in the next cohort"
    form_class = DeferForm
    template_name = "applications/application_defer.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = self.application.deferrals.live().exists() or self.application.school_changes.open().exists()
        if asked or not can_ask_to_defer(self.request.user, self.application):
            return redirect(self.application)
        return super().get(request, *args, **kwargs)

    def perform(self, form: DeferForm) -> Deferral:
        return deferral_ask(application=self.application, by=self.request.user, **form.cleaned_data)

    def get_success_message(self) -> str:
        return f"We are telling {self.application.hub}. Your place is yours until it has decided."

    def get_success_url(self) -> str:
        return self.application.get_absolute_url()


class ApplicationDeferBackView(OwnApplicationMixin, ServiceActionView):
    def perform(self) -> str:
        deferral_take_back(application=self.application, by=self.request.user)
        return "You have taken the request back. You keep the place that you have accepted."

    def get_next_url(self) -> str:
        return self.application.get_absolute_url()
