"""The eligibility questions in an application, and asking the hub for an exception."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property

from applications.applicant_presenters.eligibility import answer_rows, exception_told, reasons
from applications.applicant_presenters.sections import section_href
from applications.enums import Section
from applications.forms.eligibility import EligibilityForm, ExceptionForm, words_of
from applications.models.eligibility import NotMet
from applications.rules import (
    answers_given,
    essential,
    exception_covering,
    has_eligibility,
    hub_has_changed_rules,
    not_met,
    unanswered,
    values_given,
)
from applications.services.eligibility import eligibility_save, exception_ask, values_stored
from applications.views.applicant.base import SectionView
from mastery_hub.common.writing import fingerprint


class ApplicationEligibilityView(SectionView):
    """The questions until all are answered, then what came of them; `?change` asks them again."""

    section = Section.ELIGIBILITY
    form_class = EligibilityForm
    template_name = "applications/application_eligibility.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if has_eligibility(self.application) else redirect(self.next_href)

    @property
    def own_page(self) -> str:
        return self.with_from(section_href(self.application, Section.ELIGIBILITY))

    @property
    def is_asking(self) -> bool:
        rules = self.application.eligibility_rules
        return bool(rules) and (
            "change" in self.request.GET or bool(unanswered(rules, answers_given(self.application)))
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        values = values_given(self.application)
        return super().get_form_kwargs() | {
            "rules": self.application.eligibility_rules,
            "values": values,
            "initial": {"seen": fingerprint(values_stored(values))},
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or self.get_form()
        failures = not_met(self.application)
        failing = essential(failures)
        ask = reverse("application_exception", args=[self.application.reference])
        may_ask = bool(failing) and self.application.hub is not None
        return super().get_context_data(
            form=form,
            asking=self.is_asking or form.is_bound,
            hub_has_changed=hub_has_changed_rules(self.application),
            rows=answer_rows(self.application),
            reasons=reasons(failures),
            failing=bool(failing),
            exception=exception_told(self.application),
            ask_href=self.with_from(ask) if may_ask and not exception_covering(self.application, failing) else "",
            change_href=f"{self.own_page}{'&' if self.from_check else '?'}change=1",
            next_href=self.next_href,
            **kwargs,
        )

    def save(self, form: EligibilityForm) -> None:
        seen = form.cleaned_data["seen"]
        eligibility_save(application=self.application, by=self.request.user, answers=form.answers, seen=seen)

    def form_valid(self, form: EligibilityForm) -> HttpResponse:
        return super().form_valid(form) if form.later else redirect(self.own_page)


class ApplicationExceptionView(SectionView):
    section = Section.ELIGIBILITY
    form_class = ExceptionForm
    template_name = "applications/application_exception.html"

    def get_title(self) -> str:
        return "Ask for an exception"

    @property
    def own_page(self) -> str:
        return self.with_from(section_href(self.application, Section.ELIGIBILITY))

    def get_back(self) -> str:
        return self.own_page

    @cached_property
    def failing(self) -> list[NotMet]:
        return essential(not_met(self.application))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.failing or not self.application.hub or exception_covering(self.application, self.failing):
            return redirect(self.own_page)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(rows=words_of(self.failing), **kwargs)

    def save(self, form: ExceptionForm) -> None:
        if not form.errors:
            exception_ask(application=self.application, by=self.request.user, reason=form.cleaned_data["reason"])

    def form_valid(self, form: ExceptionForm) -> HttpResponse:
        messages.success(self.request, f"We are telling {self.application.hub}. You can go on meanwhile.")
        return redirect(self.own_page)
