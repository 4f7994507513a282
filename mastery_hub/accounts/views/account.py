"""Your account: contact details, email addresses and what you are in hub, school or NCETM."""

from typing import Any

from allauth.account.internal import flows
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.account.views import ConfirmEmailVerificationCodeView
from allauth.decorators import rate_limit
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.generic import FormView, TemplateView, View

from mastery_hub.accounts.forms import TRN_TAKEN, AddressCodeForm, AddressForm, DetailsForm
from mastery_hub.accounts.models import User
from mastery_hub.common.access import PUBLIC, SIGNED_IN
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import PageMixin, ServiceFormView


class ThereAndBackMixin(PageMixin):
    """`next` names the page of ours that somebody came from and goes back to; the account without one."""

    request: Any

    def get_back(self) -> str:
        return self.get_success_url()

    def get_success_url(self) -> str:
        return get_next_redirect_url(self.request) or reverse("account")

    def passing_on(self, name: str) -> str:
        return passthrough_next_redirect_url(self.request, reverse(name), "next")


class AccountView(PageMixin, TemplateView):
    access = SIGNED_IN
    request: Any
    template_name = "accounts/account.html"
    title = "Your account"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, change = self.request.user, reverse("account_details")
        rows = [
            {"key": "Name", "value": user.full_name, "href": change, "hidden": "name"},
            {"key": "Email address", "value": user.email, "href": reverse("account_email"), "hidden": "email address"},
            {"key": "Telephone number", "value": user.telephone, "href": change, "hidden": "telephone number"},
            {"key": "TRN", "value": user.trn, "href": change, "hidden": "TRN"},
            {"key": "NCETM username", "value": user.ncetm_username, "href": change, "hidden": "NCETM username"},
        ]
        others = user.emailaddress_set.filter(verified=True, primary=False).order_by("email")
        return super().get_context_data(rows=rows, others=others, memberships=user.current_memberships, **kwargs)


class DetailsView(ThereAndBackMixin, ServiceFormView):
    access = SIGNED_IN
    form_class = DetailsForm
    title = "Your contact details"
    success_message = "Your contact details have been saved."

    def get_form_kwargs(self) -> dict[str, Any]:
        person = User.objects.get(pk=self.request.user.pk)  # the header keeps the saved name
        return super().get_form_kwargs() | {"instance": person}

    def perform(self, form: DetailsForm) -> None:
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError:  # two people gave the same TRN in the same moment
            raise DomainError(TRN_TAKEN, code="taken") from None


@method_decorator(rate_limit(action="manage_email"), name="dispatch")
class AddressView(ThereAndBackMixin, FormView):
    access = SIGNED_IN
    form_class = AddressForm
    template_name = "components/form_page.html"
    title = "Change your email address"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: AddressForm) -> HttpResponse:
        flows.manage_email.add_email(self.request, form)
        return HttpResponseRedirect(self.passing_on("account_email_verification_sent"))


class AddressCodeView(ThereAndBackMixin, ConfirmEmailVerificationCodeView):
    access = PUBLIC  # a code under way in this session is the key
    form_class = AddressCodeForm
    template_name = "account/address_code.html"
    title = "Check your email"

    def get_back(self) -> str:
        return self.passing_on("account_email")

    def _resend_form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "We have sent you another email. Use the newest code.")
        return super()._resend_form_valid(form)

    def _verify_form_valid(self, form: AddressCodeForm) -> HttpResponse:
        response = super()._verify_form_valid(form)
        return HttpResponseRedirect(self.get_success_url()) if self.request.user.is_authenticated else response


@method_decorator(rate_limit(action="manage_email"), name="dispatch")
class AddressActionView(View):
    """One of the person's other proven addresses becomes the main one, or goes."""

    access = SIGNED_IN
    request: Any
    http_method_names = ("post",)
    action = staticmethod(flows.manage_email.mark_as_primary)

    def post(self, request: Any, pk: int) -> HttpResponse:
        address = get_object_or_404(request.user.emailaddress_set.filter(verified=True), pk=pk)
        self.action(request, address)
        return HttpResponseRedirect(reverse("account"))


class AddressRemoveView(AddressActionView):
    action = staticmethod(flows.manage_email.delete_email)
