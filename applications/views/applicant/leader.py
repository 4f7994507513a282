"""Your subject leader: asked, reminded or replaced, in the draft and, until somebody has signed, after submitting."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import FormView

from applications.applicant_presenters.headteacher import support_track
from applications.applicant_presenters.status import leader_words, until_words
from applications.eligibility import current_leader
from applications.enums import Section, SupportState
from applications.forms.leaders import SubjectLeaderForm
from applications.models import SubjectLeaderSupport
from applications.permissions import can_name_headteacher
from applications.services.leaders import leader_request
from applications.services.support import support_remind
from applications.views.applicant.base import OwnApplicationMixin
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError

FIELDS = {"own-address": "email", "already-asked": "email", "same-person": "email", "role-missing": "role"}


class ApplicationSubjectLeaderView(OwnApplicationMixin, FormView):
    title = Section.SUBJECT_LEADER.label
    form_class = SubjectLeaderForm
    template_name = "applications/application_subject_leader.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.application.round.asks_subject_leader:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def support(self) -> SubjectLeaderSupport | None:
        return current_leader(self.application)

    @property
    def is_naming(self) -> bool:
        return self.support is None or (self.support.state != SupportState.SIGNED and "change" in self.request.GET)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not can_name_headteacher(self.request.user, self.application):
            return redirect(self.application)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.remind() if "remind" in request.POST else super().post(request, *args, **kwargs)

    def get_initial(self) -> dict[str, str]:
        names = ("first_name", "last_name", "email", "role")
        return {name: getattr(self.support, name) for name in names} if self.support else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"application": self.application}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        support, end = self.support, self.application.support_closes_at
        form = kwargs.pop("form", None) or self.get_form()
        return super().get_context_data(
            form=form,
            naming=self.is_naming or form.is_bound,
            support=support,
            support_words=leader_words(support),
            track=support_track(support) if support else [],
            waiting=support is not None and support.is_waiting,
            may_remind=support is not None and clock.now() >= support.reminder_from,
            declined=support is not None and support.state == SupportState.DECLINED,
            closed=self.request.arrived_at >= end,
            until=until_words(end, self.request.arrived_at),
            statement_words=self.application.round.statement_words,
            **kwargs,
        )

    def form_valid(self, form: SubjectLeaderForm) -> HttpResponse:
        at, by = self.request.arrived_at, self.request.user
        try:
            support = leader_request(application=self.application, by=by, at=at, **form.cleaned_data)
        except DomainError as error:
            form.add_error(FIELDS.get(error.code), self.refusal(error))
            return self.form_invalid(form)
        if self.support and support.pk == self.support.pk:
            words = f"We have put the details right: {support.full_name}, {support.role_words}."
            messages.success(self.request, words)
        else:
            messages.success(self.request, f"We are sending the request to {support.full_name} at {support.email}.")
        return redirect("application_subject_leader", reference=self.application.reference)

    def remind(self) -> HttpResponse:
        if self.support:
            try:
                support_remind(support=self.support, by=self.request.user, at=self.request.arrived_at)
            except DomainError as error:
                messages.error(self.request, error.message)
            else:
                messages.success(self.request, f"We are sending a reminder to {self.support.email}.")
        return redirect("application_subject_leader", reference=self.application.reference)
