"""The request passed on to whoever signs for the school."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.generic import FormView, TemplateView

from applications.forms.support import PassOnForm
from applications.services.signatories import support_pass_on
from applications.views.support.base import SupportPage
from mastery_hub.common.access import BY_LINK
from mastery_hub.common.errors import DomainError

FIELDS = {
    "own-address": "email",
    "same-address": "email",
    "same-person": "email",
    "role-missing": "role",
    "reason-missing": "reason",
}


class SupportPassOnView(SupportPage, FormView):
    template_name = "applications/support_pass_on.html"
    form_class = PassOnForm

    def form_valid(self, form: PassOnForm) -> HttpResponse:
        at = self.request.arrived_at
        try:
            support_pass_on(support=self.support, by=self.person, at=at, **form.cleaned_data)
        except DomainError as error:
            form.add_error(FIELDS.get(error.code), error.message)
            return self.form_invalid(form)
        del self.request.session[self.session_key]
        return redirect("support_passed")


class SupportPassedView(TemplateView):
    access = BY_LINK
    template_name = "applications/support_passed.html"
