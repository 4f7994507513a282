"""The nominee's pages, by link: read who nominates and why, go on to accept signed in, or decline; to decline, being
signed in with the address that was nominated does as well.

GET moves no state, since mail scanners follow links; the session keeps the token's hash.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.generic import FormView, TemplateView, View
from django.views.generic.base import ContextMixin

from applications.enums import NominationState
from applications.forms.nominations import NominationDeclineForm
from applications.models import Nomination
from applications.presenters.nominations import round_words
from applications.services.nominations import nomination_decline, nomination_person
from mastery_hub.accounts.models import User
from mastery_hub.common.access import BY_LINK, SIGNED_IN
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash

SESSION_KEY = "nomination_link"


def nomination_by_hash(hashed: str) -> Nomination | None:
    return Nomination.objects.filter(token_hash=hashed).with_all().first() if hashed else None


class NominatedLinkView(View):
    access = BY_LINK

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        hashed = token_hash(token)
        if nomination_by_hash(hashed) is None:
            return redirect("nominated_gone")
        request.session[SESSION_KEY] = hashed
        return redirect("nominated")


class NominatedGoneView(TemplateView):
    access = BY_LINK
    template_name = "applications/nominated_gone.html"

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return super().render_to_response(context, status=410, **kwargs)


class NominatedPage(ContextMixin, View):
    access = BY_LINK
    request: Any  # `arrived_at` is set by the middleware
    nomination: Nomination

    def find(self) -> Nomination | None:
        return nomination_by_hash(self.request.session.get(SESSION_KEY, ""))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        nomination = self.find()
        if nomination is None:
            return self.stop("gone", 410)
        self.nomination = nomination
        if not nomination.is_invited or request.arrived_at >= nomination.link_expires_at:
            over = nomination.state in (NominationState.ACCEPTED, NominationState.DECLINED)
            return self.stop("over", 409 if request.method == "POST" else 200 if over else 410)
        return super().dispatch(request, *args, **kwargs)

    def stop(self, why: str, status: int) -> HttpResponse:
        context = {"nomination": getattr(self, "nomination", None), "typed": self.request.POST.get("reason", "")}
        return render(self.request, f"applications/nominated_{why}.html", context, status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = {"nomination": self.nomination, "caption": round_words(self.nomination.round)}
        return super().get_context_data(**(page | kwargs))


class NominatedView(NominatedPage, TemplateView):
    template_name = "applications/nominated.html"


class NominatedDeclineView(NominatedPage, FormView):
    template_name = "applications/nominated_decline.html"
    form_class = NominationDeclineForm

    def get_back(self) -> str:
        return reverse("nominated")

    def get_nominee(self) -> User:
        return nomination_person(self.nomination)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**({"back": self.get_back()} | kwargs))

    def form_valid(self, form: NominationDeclineForm) -> HttpResponse:
        by, at = self.get_nominee(), self.request.arrived_at
        try:
            nomination_decline(nomination=self.nomination, by=by, at=at, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        return self.declined()

    def declined(self) -> HttpResponse:
        return redirect("nominated")


class NomineeDeclineView(NominatedDeclineView):
    """Without the link: whoever is signed in has proven the address that it went to."""

    access = SIGNED_IN

    def find(self) -> Nomination:
        own = Nomination.objects.of(self.request.user).exclude(nominated_by=self.request.user)
        return get_object_or_404(own.with_all(), pk=self.kwargs["pk"])

    def get_back(self) -> str:
        return reverse("application_start", args=[self.nomination.round.code])

    def get_nominee(self) -> User:
        return self.request.user

    def declined(self) -> HttpResponse:
        told = f"You have declined the nomination. We are telling {self.nomination.nominated_by}."
        messages.success(self.request, told)
        return redirect("home")
