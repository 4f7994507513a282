"""Exceptions that applicants ask a hub for, of drafts too; a lead makes or refuses each."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView

from applications.enums import ExceptionState
from applications.filters import ExceptionFilter
from applications.forms.eligibility import ExceptionDecisionForm
from applications.models import EligibilityException
from applications.presenters.eligibility import exception_rows, exception_tag, may_decide, outcome_rows
from applications.services.eligibility import exception_decide
from applications.tables import ExceptionTable
from applications.views.hub.base import HubMixin
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import TableView


class HubExceptionsMixin(HubMixin):
    @property
    def exceptions(self) -> QuerySet[EligibilityException]:
        found = EligibilityException.objects.visible_to(self.request.user).filter(hub=self.hub).current()
        return found.select_related(
            "application__applicant",
            "application__school__authority",
            "application__round__cohort__programme",
            "outcome",
            "hub",
            "decided_by",
        )


class HubExceptionListView(HubExceptionsMixin, TableView):
    title = "Exceptions asked for"
    table_class = ExceptionTable
    filterset_class = ExceptionFilter

    def get_rows(self) -> QuerySet[EligibilityException]:
        return self.exceptions


class HubExceptionView(HubExceptionsMixin, FormView):
    """Two leads at once: the second is told what the first has decided, beside what they typed themselves."""

    form_class = ExceptionDecisionForm
    template_name = "applications/hub_exception.html"

    @cached_property
    def exception(self) -> EligibilityException:
        return get_object_or_404(self.exceptions, pk=self.kwargs["pk"])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        by: Any = request.user
        ended = EligibilityException.objects.visible_to(by).filter(hub=self.hub, pk=self.kwargs["pk"])
        if ended.filter(state=ExceptionState.CANCELLED).exists():
            messages.error(request, "Nothing was decided: the applicant has changed what the exception was asked for.")
            return redirect("hub_exception_list", hub=self.hub.slug)
        return super().post(request, *args, **kwargs)

    def get_title(self) -> str:
        return str(self.exception.application.applicant)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [*super().get_crumbs(), ("Exceptions asked for", reverse("hub_exception_list", args=[self.hub.slug]))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        exception = get_object_or_404(self.exceptions, pk=self.exception.pk)
        application = exception.application
        submitted = application.submitted_at is not None
        form = kwargs.pop("form", None) or self.get_form()
        return super().get_context_data(
            form=form,
            exception=exception,
            application=application,
            tag=exception_tag(exception),
            rows=exception_rows(exception, self.request.user),
            outcome=outcome_rows(exception.outcome),
            deciding=may_decide(exception, self.request.user) or form.is_bound,
            page=reverse("hub_application", args=[self.hub.slug, application.reference]) if submitted else "",
            **kwargs,
        )

    def form_valid(self, form: ExceptionDecisionForm) -> HttpResponse:
        grant = form.cleaned_data["answer"] == "grant"
        try:
            exception_decide(
                exception=self.exception, by=self.request.user, grant=grant, reason=form.cleaned_data["reason"]
            )
        except DomainError as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        done = "The exception is made" if grant else "The exception is refused"
        messages.success(self.request, f"{done}. We have written to {self.exception.application.applicant}.")
        return redirect("hub_exception_list", hub=self.hub.slug)
