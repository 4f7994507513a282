"""Signing up and signing in are one flow: name an address, type in the code we sent there."""

from typing import Any

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.mixins import NextRedirectMixin, RedirectAuthenticatedUserMixin
from allauth.account.stages import LoginStage
from allauth.account.views import AccountInactiveView, ConfirmLoginCodeView, LogoutView, RequestLoginCodeView
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.generic import FormView, TemplateView

from mastery_hub.accounts.forms import SignInCodeForm, SignInForm, SignUpForm
from mastery_hub.accounts.models import User
from mastery_hub.accounts.services import person_names_keep, person_sign_up
from mastery_hub.common.access import PUBLIC, SIGNED_IN
from mastery_hub.common.typed import typed_kept
from mastery_hub.common.views import PageMixin

SIGNING_UP = "signing_up"  # in the session: what was typed, and whom it made, until the code proves the address

GONE = "This code no longer works. Enter your email address to get a new one."


class EntranceMixin(PageMixin):
    access = PUBLIC

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> None:
        """Whoever comes back while a code is under way wants to correct the address."""


class SignInView(EntranceMixin, RequestLoginCodeView):
    form_class = SignInForm
    template_name = "account/sign_in.html"
    title = "Sign in"


@method_decorator(rate_limit(action="signup"), name="dispatch")
class SignUpView(EntranceMixin, RedirectAuthenticatedUserMixin, NextRedirectMixin, FormView):
    form_class = SignUpForm
    template_name = "account/sign_up.html"
    title = "Create an account"

    def get_initial(self) -> dict[str, Any]:
        return self.request.session.get(SIGNING_UP) or {"email": self.request.GET.get("email", "")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sign_in = self.passthrough_next_url(reverse("account_login"))
        return super().get_context_data(**kwargs) | {"sign_in": sign_in}

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        session, typed = self.request.session, form.cleaned_data
        before = User.objects.filter(pk=session.get(SIGNING_UP, {}).get("made")).first()
        person, made = person_sign_up(**typed, instead_of=before)
        session[SIGNING_UP] = typed | {"made": person.pk if made else None}
        LoginCodeVerificationProcess.initiate(request=self.request, user=person, email=typed["email"])
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_confirm_login_code")))


class SignInCodeView(PageMixin, ConfirmLoginCodeView):
    access = PUBLIC
    form_class = SignInCodeForm
    template_name = "account/sign_in_code.html"
    title = "Check your email"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Where the code cannot be used any more, the way back keeps `next` and says why."""
        response = super().dispatch(request, *args, **kwargs)
        sign_in = reverse("account_login")
        if response.status_code != 302 or response.url != sign_in:
            return response
        if request.method == "POST" and getattr(self, "_process", None) is None:
            messages.error(request, "This code no longer works. Enter your email address to get a new one.")
        return HttpResponseRedirect(self.passthrough_next_url(sign_in))

    def get_back(self) -> str:
        typed = self.request.session.get(SIGNING_UP, {})
        signing_up = typed.get("email") == self._process.state.get("email")
        return self.passthrough_next_url(reverse("account_signup" if signing_up else "account_login"))

    def _resend_form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "We have sent you another email. Use the newest code.")
        return super()._resend_form_valid(form)

    def _verify_form_valid(self, form: SignInCodeForm) -> HttpResponse:
        if self._process.user is None:  # whoever was signing up has corrected the address in another window
            self._process.abort()
            messages.error(self.request, GONE)
            return HttpResponseRedirect(reverse("account_login"))
        first_time = self._process.user.last_login is None
        response = super()._verify_form_valid(form)
        user, session = self.request.user, self.request.session
        if user.is_authenticated:
            session.set_expiry(settings.SESSION_KEPT_DAYS * 86_400 if form.cleaned_data["remember"] else 0)
            typed_kept(self.request)  # and so forgotten, if it was somebody else's
            typed = session.pop(SIGNING_UP, None)
            if first_time and typed and typed["email"] == user.email:
                person_names_keep(by=user, first_name=typed["first_name"], last_name=typed["last_name"])
        return response


class TypedView(PageMixin, TemplateView):
    """What somebody typed and sent when their session had ended: theirs again, not saved yet."""

    access = SIGNED_IN
    template_name = "account/typed.html"
    title = "What you typed is not saved yet"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        typed = typed_kept(request)
        if typed is None:
            return HttpResponseRedirect(reverse("home"))
        typed.csrf_token = get_token(request)
        return self.render_to_response(self.get_context_data(typed=typed))


class SignOutView(PageMixin, LogoutView):
    access = PUBLIC
    template_name = "account/sign_out.html"
    title = "Sign out"


class ClosedView(PageMixin, AccountInactiveView):
    access = PUBLIC
    template_name = "account/closed.html"
    title = "This account is closed"
