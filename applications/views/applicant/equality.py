"""Equality questions: optional, after submitting, and no part of the application."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import FormView

from applications.forms.equality import EqualityForm
from applications.models import EqualityAnswers
from applications.permissions import can_answer_equality
from applications.services.equality import equality_save
from applications.views.applicant.base import OwnApplicationMixin
from mastery_hub.common.access import SignedInRequest
from mastery_hub.common.errors import DomainError


class ApplicationEqualityView(OwnApplicationMixin, FormView):
    title = "Equality questions"
    request: SignedInRequest
    form_class = EqualityForm
    template_name = "applications/application_equality.html"

    @cached_property
    def answers(self) -> EqualityAnswers | None:
        return EqualityAnswers.objects.visible_to(self.request.user).filter(application=self.application).first()

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not can_answer_equality(request.user, self.application):
            return redirect(self.application)
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"answers": self.answers}

    def form_valid(self, form: EqualityForm) -> HttpResponse:
        removes = "remove" in self.request.POST
        answers = dict.fromkeys(form.fields, "") if removes else form.cleaned_data
        try:
            kept = equality_save(application=self.application, by=self.request.user, answers=answers)
        except DomainError as error:
            return self.refuse(error)
        if kept:
            messages.success(self.request, "Thank you. Your answers are saved, apart from your application.")
        elif removes:
            messages.success(self.request, "Your answers are removed.")
        return redirect(self.application)
