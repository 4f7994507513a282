"""Candidates without a place whom this hub refers to another one, and those referred to it."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView

from applications import permissions
from applications.enums import ReferralAction, ReferralState
from applications.forms.referrals import ReferForm, ReferralDecisionForm
from applications.hubs import neighbours_with_places
from applications.models import Application, Referral
from applications.presenters.referrals import (
    DECISIONS,
    decisions_open_to,
    distance_words,
    may_refer,
    may_take_back,
    referral_rows,
    referral_tag,
)
from applications.services.referrals import (
    referral_accept,
    referral_agree,
    referral_ask,
    referral_decline,
    referral_dismiss,
    referral_take_back,
)
from applications.tables import ReferralTable
from applications.views.hub.base import HubApplicationMixin, HubMixin
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import ServiceActionView, ServiceFormView, TableView
from mastery_hub.directory.hub_schools import HubSchools, miles_in_words

SERVICES: dict[str, Any] = {
    ReferralAction.AGREE: referral_agree,
    ReferralAction.DISMISS: referral_dismiss,
    ReferralAction.ACCEPT: referral_accept,
    ReferralAction.DECLINE: referral_decline,
}
DONE: dict[str, str] = {
    ReferralAction.AGREE: "The applicant is asked whether they consent.",
    ReferralAction.DISMISS: "The candidate is not referred. Nothing else has changed.",
    ReferralAction.ACCEPT: "The application is yours. We have written to the applicant and the other hub.",
    ReferralAction.DECLINE: "The application stays with the other hub. We have written to it and to the applicant.",
}


class HubReferralsMixin(HubMixin):
    @property
    def referrals(self) -> QuerySet[Referral]:
        return Referral.objects.visible_to(self.request.user).of_hub(self.hub).with_all()


class HubReferralListView(HubReferralsMixin, TableView):
    title = "Referrals"
    table_class = ReferralTable

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"hub": self.hub}

    def get_rows(self) -> QuerySet[Referral]:
        return self.referrals


class HubReferralView(HubReferralsMixin, FormView):
    """Two leads at once: the second is told what the first has decided, beside what they typed themselves."""

    form_class = ReferralDecisionForm
    template_name = "applications/hub_referral.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whoever follows an email about one that has gone from their hub is told so."""
        gone = Referral.objects.gone_from(self.hub, self.request.user).filter(pk=kwargs["pk"])
        if not self.referrals.filter(pk=kwargs["pk"]).exists() and gone.exists():
            messages.info(request, "This referral is not with your hub any more.")
            return redirect("hub_referral_list", self.hub.slug)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def referral(self) -> Referral:
        return get_object_or_404(self.referrals, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return str(self.referral.application.applicant)

    def get_crumbs(self) -> list[tuple[str, str]]:
        here = reverse("hub_referral_list", args=[self.hub.slug])
        return [*super().get_crumbs(), (HubReferralListView.title, here)]

    def get_form_kwargs(self) -> dict[str, Any]:
        """What was on the page stays a choice, so that the service says why it no longer is."""
        posted = self.request.method == "POST"
        actions = DECISIONS if posted else decisions_open_to(self.referral, self.request.user)
        return super().get_form_kwargs() | {"actions": actions}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        referral = get_object_or_404(self.referrals, pk=self.kwargs["pk"])
        application, by = referral.application, self.request.user
        form = kwargs.pop("form", None) or self.get_form()
        open_to = decisions_open_to(referral, by)
        readable = Application.objects.visible_to(by).readable_at(self.hub).filter(pk=application.pk).exists()
        action = ReferralAction.ACCEPT if referral.state == ReferralState.CONSENTED else ReferralAction.AGREE
        return super().get_context_data(
            form=form,
            referral=referral,
            application=application,
            tag=referral_tag(referral),
            rows=referral_rows(referral),
            distance=distance_words(application, referral.to_hub) if referral.is_open else "",
            bar=permissions.what_bars_referral(referral, action) if open_to else "",
            deciding=bool(open_to) or form.is_bound,
            may_take_back=may_take_back(referral, by),
            page=reverse("hub_application", args=[self.hub.slug, application.reference]) if readable else "",
            **kwargs,
        )

    def form_valid(self, form: ReferralDecisionForm) -> HttpResponse:
        action, reason = form.cleaned_data["answer"], form.cleaned_data["reason"]
        try:
            SERVICES[action](referral=self.referral, by=self.request.user, reason=reason)
        except DomainError as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        messages.success(self.request, DONE[action])
        if action == ReferralAction.DECLINE:  # this hub sees nothing of it any more
            return redirect("hub_referral_list", hub=self.hub.slug)
        return redirect("hub_referral", hub=self.hub.slug, pk=self.referral.pk)


class HubReferralTakeBackView(HubReferralsMixin, ServiceActionView):
    def perform(self) -> str:
        referral = get_object_or_404(self.referrals, pk=self.kwargs["pk"])
        referral_take_back(referral=referral, by=self.request.user)
        return f"The referral is taken back. We have written to {referral.application.applicant}."

    def get_next_url(self) -> str:
        return reverse("hub_referral", args=[self.hub.slug, self.kwargs["pk"]])


class HubReferView(HubApplicationMixin, ServiceFormView):
    """To one of the neighbours that have places left, the nearest first."""

    title = "Refer to a neighbouring hub"
    form_class = ReferForm
    template_name = "applications/hub_refer.html"

    def allowed(self) -> bool:
        return permissions.can_decide(self.request.user, self.application)

    @cached_property
    def hubs(self) -> list[Any]:
        rows = neighbours_with_places(self.hub, self.application.round)
        school: Any = self.application.school
        miles = HubSchools(self.hub, [row.hub for row in rows]).miles_from(school)
        found = []
        for row in sorted(rows, key=lambda row: (miles.get(row.hub_id, float("inf")), str(row.hub))):
            far, left = miles_in_words(miles.get(row.hub_id)), f"{row.left} of {row.places} places left"
            found.append((row.hub, f"{left}. Its nearest school is {far}, in a straight line" if far else left))
        return found

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"hubs": self.hubs}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        bar = permissions.what_bars_referring(self.application, self.hub.pk)
        if not permissions.can_refer(self.request.user, self.application):
            bar = "A candidate can be referred once you have told them that there is no place for them."
        if not bar and not may_refer(self.application, self.request.user):
            bar = "This candidate is referred already."
        return super().get_context_data(**kwargs) | {"bar": bar, "hubs": self.hubs}

    def perform(self, form: ReferForm) -> Referral:
        return referral_ask(
            application=self.application,
            by=self.request.user,
            to_hub=form.chosen,
            reason=form.cleaned_data["reason"],
        )

    def get_success_message(self) -> str:
        return f"We are asking {self.application.applicant} whether {self.result.to_hub} may consider them."

    def get_success_url(self) -> str:
        return reverse("hub_referral", args=[self.hub.slug, self.result.pk])
