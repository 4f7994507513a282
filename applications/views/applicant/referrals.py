"""The applicant's consent that another hub considers them: asked for, given, taken back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property

from applications.applicant_presenters.status import until_words
from applications.enums import ReferralState
from applications.forms.referrals import ReferralConsentForm
from applications.models import Referral
from applications.presenters.referrals import distance_words, referral_under_way
from applications.services.referrals import referral_consent, referral_refuse, referral_take_back
from applications.views.applicant.base import OwnApplicationMixin
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import ServiceActionView, ServiceFormView


class ApplicationReferralMixin(OwnApplicationMixin):
    @cached_property
    def referral(self) -> Referral:
        """Raises DomainError `nothing-asked` where none waits any more."""
        referral = referral_under_way(self.application)
        if referral is None:
            raise DomainError("There is nothing to answer any more.", code="nothing-asked")
        return referral

    def get_success_url(self) -> str:
        return self.application.get_absolute_url()

    def get_next_url(self) -> str:
        return self.application.get_absolute_url()


class ApplicationReferralView(ApplicationReferralMixin, ServiceFormView):
    form_class = ReferralConsentForm
    template_name = "applications/application_referral.html"

    def get_title(self) -> str:
        return f"Would you like {self.referral.to_hub} to consider you?"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.waits else redirect(self.application)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.waits:
            return self.refuse(DomainError("There is nothing to answer any more.", code="nothing-asked"))
        return super().post(request, *args, **kwargs)

    @property
    def waits(self) -> bool:
        referral = referral_under_way(self.application)
        return referral is not None and referral.state == ReferralState.ASKED

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            referral=self.referral,
            distance=distance_words(self.application, self.referral.to_hub),
            until=until_words(self.referral.reply_by, self.request.arrived_at),
            **kwargs,
        )

    def perform(self, form: ReferralConsentForm) -> Referral:
        told = {"referral": self.referral, "by": self.request.user}
        if form.cleaned_data["answer"] == "yes":
            return referral_consent(**told, at=self.request.arrived_at)
        return referral_refuse(**told)

    def get_success_message(self) -> str:
        if self.result.state == ReferralState.CONSENTED:
            return f"{self.result.to_hub} can read your application now. We email you when it has answered."
        return f"{self.result.to_hub} does not see your application. We have told {self.result.from_hub}."


class ApplicationReferralBackView(ApplicationReferralMixin, ServiceActionView):
    def perform(self) -> str:
        referral = referral_take_back(referral=self.referral, by=self.request.user)
        return f"You have taken your consent back. {referral.to_hub} can no longer read your application."
