"""Taking an offer or an accepted place along to another school."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from applications.forms.school_changes import SchoolChangeForm
from applications.models import SchoolChange
from applications.permissions import can_ask_to_move
from applications.rules import values_given
from applications.services.school_changes import school_change_ask, school_change_take_back
from applications.views.applicant.base import OwnApplicationMixin
from mastery_hub.common.views import ServiceActionView, ServiceFormView


class ApplicationSchoolChangeView(OwnApplicationMixin, ServiceFormView):
    title = "Change your school"
    form_class = SchoolChangeForm
    template_name = "applications/application_school_change.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = self.application.school_changes.open().exists() or self.application.deferrals.live().exists()
        if asked or not can_ask_to_move(self.request.user, self.application):
            return redirect(self.application)
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        rules, values = self.application.eligibility_rules, values_given(self.application)
        return super().get_form_kwargs() | {"rules": rules, "values": values}

    def perform(self, form: SchoolChangeForm) -> SchoolChange:
        told = {name: form.cleaned_data[name] for name in ("school", "from_on", "job_title", "words")}
        return school_change_ask(
            application=self.application, by=self.request.user, head=form.head, answers=form.answers, **told
        )

    def get_success_message(self) -> str:
        return f"We are telling {self.application.hub}. Your place is held for you."

    def get_success_url(self) -> str:
        return self.application.get_absolute_url()


class ApplicationSchoolChangeBackView(OwnApplicationMixin, ServiceActionView):
    def perform(self) -> str:
        school_change_take_back(application=self.application, by=self.request.user)
        return "You have taken the change of school back. You keep your place at your present school."

    def get_next_url(self) -> str:
        return self.application.get_absolute_url()
