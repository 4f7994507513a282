"""Answering an offer, withdrawing, and deleting a draft."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView

from applications.applicant_presenters.status import until_words
from applications.eligibility import current_support
from applications.enums import Action, State, SupportState, WithdrawalReason
from applications.forms.applicant import OfferForm, WithdrawForm
from applications.models import Application, Offer
from applications.presenters import release_facts
from applications.services.applications import offer_accept, offer_decline
from applications.services.deletion import application_delete
from applications.services.engines import APPLICATION
from applications.services.withdrawal import application_withdraw
from applications.views.applicant.base import OwnApplicationMixin
from applications.views.applicant.pages import open_offer
from mastery_hub.common.errors import DomainError


class ApplicationOfferView(OwnApplicationMixin, FormView):
    title = "Accept or decline your place"
    form_class = OfferForm
    template_name = "applications/application_offer.html"

    @cached_property
    def offer(self) -> Offer | None:
        return open_offer(self.application, self.request.arrived_at)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.offer else redirect(self.application)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cohort = self.application.round.cohort
        return super().get_context_data(
            until=until_words(self.offer.reply_by, self.request.arrived_at) if self.offer else "",
            release=release_facts(cohort),
            residentials=cohort.residentials.all(),
            **kwargs,
        )

    def form_valid(self, form: OfferForm) -> HttpResponse:
        told = {"application": self.application, "by": self.request.user, "at": self.request.arrived_at}
        try:
            if form.cleaned_data["answer"] == "accept":
                offer_accept(**told)
                messages.success(self.request, "You have accepted the place. Congratulations!")
            else:
                offer_decline(**told, reason=form.cleaned_data["reason"])
                messages.success(self.request, "You have declined the place.")
        except DomainError as error:
            return self.refuse(error)
        return redirect(self.application)


class ApplicationWithdrawView(OwnApplicationMixin, FormView):
    """A draft is nobody's to ask about; a place that was accepted is given back, and the page says what that means."""

    template_name = "components/confirm.html"

    def get_form_class(self) -> type[Form]:
        return Form if self.application.is_draft else WithdrawForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if Action.WITHDRAW not in APPLICATION.available(self.application, request.user):
            return redirect(self.application)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        hub, cohort = self.application.hub, self.application.round.cohort
        question, action = "Withdraw this application?", "Withdraw the application"
        means = "Your answers are kept, but nobody will consider them."
        if self.application.shown_state == State.DEFERRED:
            question, action = "Give up the place that is kept for you?", "Give up the place and withdraw"
            means = f"{hub} keeps no place for you in the next cohort any more."
        elif self.application.shown_state == State.ACCEPTED:
            question, action = "Give up your place?", "Give up the place and withdraw"
            means = (
                f"{hub} can offer your place to somebody else, and you are no longer a Mastery Specialist "
                f"in {cohort.name}."
            )
        return super().get_context_data(
            question=question,
            explanation=f"Application {self.application.reference}: {cohort}.",
            warning_text=f"You cannot undo this. {means}",
            action=action,
            cancel=self.application.get_absolute_url(),
            warning=True,
            **kwargs,
        )

    def form_valid(self, form: Form) -> HttpResponse:
        why = form.cleaned_data.get("why")
        told = {"why": WithdrawalReason(why), "words": form.cleaned_data["words"]} if why else {}
        try:
            application_withdraw(application=self.application, by=self.request.user, **told)
        except DomainError as error:
            return self.refuse(error)
        messages.success(self.request, "You have withdrawn the application.")
        return redirect(self.application)


class ApplicationDeleteView(OwnApplicationMixin, TemplateView):
    """For good, so it asks once more; a second click is told that it is done."""

    template_name = "components/confirm.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        by: Any = request.user
        if Application.objects.deleted_by(by).filter(reference=self.kwargs["reference"]).exists():
            messages.info(request, "This draft is deleted.")
            return redirect("application_list")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if Action.DELETE not in APPLICATION.available(self.application, request.user):
            return redirect(self.application)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = current_support(self.application)
        told = f" We tell {asked.full_name}." if asked and asked.state != SupportState.DECLINED else ""
        instead = "To keep what you wrote for another time, withdraw the application instead."
        return super().get_context_data(
            question="Delete this draft?",
            explanation=f"Application {self.application.reference}: {self.application.round.cohort}.{told} {instead}",
            warning_text="You cannot undo this. Everything you wrote in it is deleted.",
            action="Delete the draft",
            cancel=self.application.get_absolute_url(),
            warning=True,
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            application_delete(application=self.application, by=self.request.user)
        except DomainError as error:
            return self.refuse(error)
        messages.success(request, f"You have deleted the draft of application {self.application.reference}.")
        return redirect("application_list")
