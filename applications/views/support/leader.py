"""What a subject leader does with a request: open it, read and write, sign or decline, and see what was answered."""

from typing import Any

from django.http import HttpResponse

from applications.forms.leaders import LeaderSignForm
from applications.services.leaders import leader_sign
from applications.views.support.base import LeaderPage
from applications.views.support.steps import DeclinePage, DonePage, SignPage, StartPage, StatementPage
from mastery_hub.common.errors import DomainError

FIELDS = {"declaration-missing": "declared", "signature-missing": "signed_as", "role-missing": "role"}


class LeaderStartView(LeaderPage, StartPage):
    template_name = "applications/leader_start.html"
    then = "statement"


class LeaderStatementView(LeaderPage, StatementPage):
    """The answers as written so far, and the statement about them."""

    template_name = "applications/leader_statement.html"
    then = "sign"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(answers=self.answers, **kwargs)


class LeaderSignView(LeaderPage, SignPage):
    template_name = "applications/leader_sign.html"
    form_class = LeaderSignForm

    def get_initial(self) -> dict[str, Any]:
        return {"role": self.support.role}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"application": self.application}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(answers=self.answers if self.limit is None else [], **kwargs)

    def form_valid(self, form: LeaderSignForm) -> HttpResponse:
        at = self.request.arrived_at
        try:
            leader_sign(support=self.support, by=self.person, at=at, **form.cleaned_data)
        except DomainError as error:
            form.add_error(FIELDS.get(error.code), error.message)
            return self.form_invalid(form)
        return self.go("done")


class LeaderDeclineView(LeaderPage, DeclinePage):
    template_name = "applications/leader_decline.html"


class LeaderDoneView(LeaderPage, DonePage):
    template_name = "applications/leader_done.html"
