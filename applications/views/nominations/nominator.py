"""Whoever nominates: make a nomination, see how far it has come, send its link again, correct it, withdraw it."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView, View

from applications.applicant_presenters.deadlines import at_words
from applications.forms.nominations import NominationWithdrawForm, NomineeForm, SchoolNominateForm
from applications.models import Nomination, Round
from applications.presenters import timeline
from applications.presenters.nominations import (
    EVENT_TITLES,
    nomination_actions,
    nomination_facts,
    progress,
    round_words,
)
from applications.services.nominations import (
    nomination_correct,
    nomination_make,
    nomination_send_again,
    nomination_withdraw,
)
from applications.tables import NominationTable
from mastery_hub.common.access import SIGNED_IN
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import PageMixin, ServiceActionView, ServiceFormView, TableView

FIELDS = {
    "own-address": "email",
    "already-nominated": "email",
    "too-soon": "email",
    "role-missing": "role",
    "reason-missing": "reason",
    "no-hub": "school",
}


class NominateView(ServiceFormView):
    """Open to anybody signed in: who they say they are is told to the school's hub."""

    access = SIGNED_IN
    request: Any
    title = "Nominate a teacher"
    form_class = SchoolNominateForm
    template_name = "applications/nominate.html"

    @cached_property
    def round(self) -> Round:
        return get_object_or_404(Round.objects.published().with_programme(), code=self.kwargs["code"])

    @property
    def caption(self) -> str:  # type: ignore[override]
        return round_words(self.round)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Where nobody is nominated, or not now, the round's page says all there is."""
        over = request.method == "GET" and not self.round.is_open(self.request.arrived_at)
        return redirect(self.round) if over or not self.round.by_nomination else super().dispatch(request)

    def get_back(self) -> str:
        return self.round.get_absolute_url()

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"knows_name": bool(self.request.user.full_name)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(round=self.round, closing=at_words(self.round.closes_at), **kwargs)

    def perform(self, form: SchoolNominateForm) -> Nomination:
        by, at = self.request.user, self.request.arrived_at
        return nomination_make(round=self.round, by=by, at=at, own_names=form.own_names, **form.told)

    def show_refusal(self, form: Any, refused: DomainError) -> None:
        form.add_error(FIELDS.get(refused.code), refused.message)

    def get_success_message(self) -> str:
        return f"You have nominated {self.result.full_name}. We are asking them to accept, and telling your Maths Hub."

    def get_success_url(self) -> str:
        return self.result.get_absolute_url()


class NominationListView(TableView):
    access = SIGNED_IN
    title = "Your nominations"
    table_class = NominationTable

    def get_rows(self) -> QuerySet[Nomination]:
        return Nomination.objects.visible_to(self.request.user).filter(nominated_by=self.request.user).with_all()


class NominationMixin(PageMixin, View):
    access = SIGNED_IN
    request: Any  # signed in; `arrived_at` is set by the middleware

    @cached_property
    def nomination(self) -> Nomination:
        found = Nomination.objects.visible_to(self.request.user).with_all()
        return get_object_or_404(found, pk=self.kwargs["pk"])

    @property
    def caption(self) -> str:  # type: ignore[override]
        return round_words(self.nomination.round)

    @property
    def page(self) -> str:
        return self.nomination.get_absolute_url()

    def get_back(self) -> str:
        return self.page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(nomination=self.nomination, **kwargs)


class NominationPageView(NominationMixin, TemplateView):
    template_name = "applications/nomination_page.html"

    def get_title(self) -> str:
        return self.nomination.full_name

    def get_back(self) -> str:
        mine = self.nomination.nominated_by_id == self.request.user.pk
        hub = self.nomination.home_hub.slug
        return reverse("nomination_list") if mine else reverse("hub_nomination_list", kwargs={"hub": hub})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        nomination = self.nomination
        return super().get_context_data(
            tag=progress(nomination, self.request.user),
            rows=nomination_facts(nomination, self.request.user),
            steps=timeline(reversed(nomination.events.select_related("by")), EVENT_TITLES),
            **nomination_actions(nomination, self.request.user),
            **kwargs,
        )


class NominationSendAgainView(NominationMixin, ServiceActionView):
    def perform(self) -> str:
        at = self.request.arrived_at
        nomination_send_again(nomination=self.nomination, by=self.request.user, at=at)
        return f"We are sending the link to {self.nomination.email} again."

    def get_next_url(self) -> str:
        return self.page


class NominationChangeView(NominationMixin, ServiceFormView):
    """What may be done only until the nominee has answered."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        allowed = nomination_actions(self.nomination, self.request.user)["may_change"]
        return super().get(request, *args, **kwargs) if allowed else redirect(self.page)

    def get_success_url(self) -> str:
        return self.page

    def show_refusal(self, form: Any, refused: DomainError) -> None:
        form.add_error(FIELDS.get(refused.code) if form.fields else None, refused.message)


class NominationCorrectView(NominationChangeView):
    title = "Correct the name or the address"
    form_class = NomineeForm
    template_name = "applications/nomination_correct.html"
    success_message = "It is corrected. Another address gets a link of its own, and the one before works no more."

    def get_initial(self) -> dict[str, str]:
        return {name: getattr(self.nomination, name) for name in NomineeForm.base_fields}

    def perform(self, form: NomineeForm) -> Nomination:
        at = self.request.arrived_at
        return nomination_correct(nomination=self.nomination, by=self.request.user, at=at, **form.cleaned_data)


class NominationWithdrawView(NominationChangeView):
    form_class = NominationWithdrawForm
    template_name = "applications/nomination_withdraw.html"
    success_message = "The nomination is withdrawn. We are telling the teacher."

    def get_title(self) -> str:
        return f"Withdraw the nomination of {self.nomination.full_name}?"

    def perform(self, form: NominationWithdrawForm) -> Nomination:
        return nomination_withdraw(nomination=self.nomination, by=self.request.user)
