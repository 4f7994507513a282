"""The steps that every request by link has, whoever it went to: open it, write, decline, and look back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.generic import FormView, TemplateView

from applications.enums import SupportState
from applications.forms.support import DeclineForm, StatementForm
from applications.services.support import support_decline, support_open, support_save_statement
from applications.views.support.base import ANSWERED, RequestPage
from mastery_hub.common.access import wants_json
from mastery_hub.common.errors import DomainError
from mastery_hub.common.writing import AutosaveMixin, ChangedElsewhereError, Written


class StartPage(RequestPage, TemplateView):
    needs_opening = False
    then: str

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            support_open(support=self.support, by=self.person)
        except DomainError as error:
            return self.refused(error)
        return self.go(self.then)


class StatementPage(AutosaveMixin, RequestPage, FormView):
    form_class = StatementForm
    then: str

    def elsewhere(self) -> HttpResponse | None:
        return super().elsewhere() or (self.go(self.then) if self.limit is None else None)

    def get_initial(self) -> dict[str, Any]:
        saved = self.statement
        return {"statement": saved.text, "seen": saved.mark} if saved else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"support": self.support, "max_words": self.limit}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What was typed is saved even when it is not yet as it should be."""
        if wants_json(request):
            return super().post(request, *args, **kwargs)
        form = self.get_form()
        form.full_clean()
        try:
            form.saw(self.keep(form).mark)
        except ChangedElsewhereError as error:
            form.show_changed(error)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            form.length_check()
        return self.go(self.then) if form.is_valid() else self.form_invalid(form)

    def keep(self, form: StatementForm) -> Written:
        return support_save_statement(support=self.support, by=self.person, text=form.written, page=form.page)


class SignPage(RequestPage, FormView):
    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"statement_problem": self.statement_problem}

    @property
    def statement_problem(self) -> str:
        if self.limit is None:
            return ""
        saved = self.statement
        form = StatementForm({"statement": saved.text if saved else ""}, support=self.support, max_words=self.limit)
        form.full_clean()
        form.length_check()
        return " ".join(map(str, form["statement"].errors)).replace("Your answer", "Your statement")


class DeclinePage(RequestPage, FormView):
    form_class = DeclineForm

    def form_valid(self, form: DeclineForm) -> HttpResponse:
        by, at = self.person, self.request.arrived_at
        try:
            support_decline(support=self.support, by=by, at=at, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        return self.go("done")


class DonePage(RequestPage, TemplateView):
    def elsewhere(self) -> HttpResponse | None:
        if self.is_own or self.support.state not in ANSWERED:
            return super().elsewhere() or self.go("start")
        return self.stop("expired", 410) if self.has_expired else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(signed=self.support.state == SupportState.SIGNED, **kwargs)
