"""A headteacher signs again, or declines to: one page, by a link of its own. GET writes nothing."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView, View
from django.views.generic.base import ContextMixin

from applications.enums import SupportState
from applications.forms.support import RenewalDeclineForm, RenewForm
from applications.models import PledgeRenewal
from applications.presenters import release_facts
from applications.services.applications import commitments_in_force
from applications.services.renewals import pledge_of, renewal_decline, renewal_person, renewal_sign
from applications.views.support.links import LinkView
from applications.views.support.pages import SIGN_FIELDS
from cohorts.enums import Whose
from cohorts.models import Cohort
from cohorts.terms import Terms, terms_changed, terms_mark, terms_of
from mastery_hub.common.access import BY_LINK
from mastery_hub.common.errors import DomainError

RENEWAL_KEY = "renewal_link"


def renewal_by_hash(hashed: str) -> PledgeRenewal | None:
    return (
        PledgeRenewal.objects.filter(token_hash=hashed, closed_at=None, support__state=SupportState.SIGNED)
        .select_related(
            "support__application__applicant",
            "support__application__school",
            "support__application__hub",
            "support__application__round__cohort__programme",
            "support__pledge",
            "pledge__commitment_set",
        )
        .first()
    )


class RenewalLinkView(LinkView):
    kind = "renewal"

    def by_hash(self, hashed: str, *, is_in: bool = False) -> PledgeRenewal | None:
        return renewal_by_hash(hashed)


class RenewalPage(ContextMixin, View):
    """Finds the request behind the link, and turns away whoever has no business here, with what they typed."""

    access = BY_LINK
    request: Any  # `arrived_at` is set by the middleware
    renewal: PledgeRenewal

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        renewal = renewal_by_hash(request.session.get(RENEWAL_KEY, ""))
        if renewal is None:
            return self.stop("gone", 410)
        self.renewal, self.application = renewal, renewal.support.application
        if self.request.user == self.application.applicant:
            return self.stop("own", 403)
        if renewal.answered_at and self.application.moved_since(renewal.asked_at):
            return self.stop("moved", 410)
        if request.arrived_at >= renewal.link_expires_at:
            return self.stop("again_expired", 410)
        return self.elsewhere() or super().dispatch(request, *args, **kwargs)

    @cached_property
    def cohort(self) -> Cohort | None:
        return self.application.place_cohort

    def elsewhere(self) -> HttpResponse | None:
        if self.renewal.answered_at:
            return redirect("renewal_done")
        return self.stop("again_over", 410) if self.cohort is None else None

    def stop(self, why: str, status: int) -> HttpResponse:
        renewal = getattr(self, "renewal", None)
        context = {
            "renewal": renewal,
            "support": renewal.support if renewal else None,
            "typed": self.request.POST.get("reason", ""),
        }
        return render(self.request, f"applications/support_{why}.html", context, status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"renewal": self.renewal, "application": self.application}


class RenewalStartView(RenewalPage, FormView):
    """What has changed, what is asked now, and the commitments to sign; `read` is the terms that the page showed."""

    template_name = "applications/support_again.html"
    form_class = RenewForm

    @cached_property
    def terms(self) -> Terms:
        assert self.cohort, "what is over asks nobody"
        return terms_of(self.cohort)

    def get_form_kwargs(self) -> dict[str, Any]:
        assert self.cohort, "what is over asks nobody"
        commitments = commitments_in_force(self.cohort.pk, Whose.HEADTEACHER)[0].commitments.all()
        return super().get_form_kwargs() | {"commitments": commitments}

    def get_initial(self) -> dict[str, Any]:
        return {"read": terms_mark(self.terms)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cohort = self.cohort
        assert cohort, "what is over asks nobody"
        return super().get_context_data(
            cohort=cohort,
            changed=terms_changed(pledge_of(self.renewal.support).terms, self.terms),
            release=release_facts(cohort),
            residentials=cohort.residentials.all(),
            **kwargs,
        )

    def form_valid(self, form: RenewForm) -> HttpResponse:
        try:
            renewal_sign(
                renewal=self.renewal,
                by=renewal_person(self.renewal),
                at=self.request.arrived_at,
                read=form.cleaned_data["read"],
                agreed=form.cleaned_data["agreed"],
                signed_as=form.cleaned_data["signed_as"],
            )
        except DomainError as error:
            form.read_again(self.get_initial()["read"])
            form.add_error(SIGN_FIELDS.get(error.code), error.message)
            return self.form_invalid(form)
        return redirect("renewal_done")


class RenewalDeclineView(RenewalPage, FormView):
    template_name = "applications/support_again_decline.html"
    form_class = RenewalDeclineForm

    def form_valid(self, form: RenewalDeclineForm) -> HttpResponse:
        by, at = renewal_person(self.renewal), self.request.arrived_at
        try:
            renewal_decline(renewal=self.renewal, by=by, at=at, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        return redirect("renewal_done")


class RenewalDoneView(RenewalPage, TemplateView):
    template_name = "applications/support_again_done.html"

    def elsewhere(self) -> HttpResponse | None:
        return None if self.renewal.answered_at else redirect("renewal_start")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pledge = self.renewal.pledge
        commitments = pledge.commitment_set.commitments.all() if pledge else []
        return super().get_context_data(commitments=commitments, **kwargs)
