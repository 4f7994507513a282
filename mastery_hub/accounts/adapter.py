"""Where allauth meets the project: its emails become rows, its messages become our sentences."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.manage_email import mark_as_primary
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from mastery_hub.accounts.models import User
from mastery_hub.common.typed import typed_kept
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.services import email_queue

KINDS = {
    "account/email/login_code": "sign_in_code",
    "account/email/email_confirmation": "address_code",
    "account/email/email_confirmation_signup": "address_code",
    "account/email/unknown_account": "address_unknown",
    "account/email/email_changed": "address_changed",
    "account/email/email_deleted": "address_removed",
}
MESSAGES = {
    "account/messages/logged_out.txt": "You have signed out.",
    "account/messages/email_deleted.txt": "You have removed {email} from your account.",
    "account/messages/primary_email_set.txt": "You have changed your main email address.",
    "account/messages/cannot_delete_primary_email.txt": "You cannot remove your main email address.",
    "account/messages/unverified_primary_email.txt": "Confirm this email address before you make it your main one.",
    "account/messages/email_confirmation_failed.txt": "{email} already belongs to another account.",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed.",
        "email_taken": "This email address belongs to another account. Sign in with it, or contact your Maths Hub",
        "duplicate_email": "This email address already belongs to your account",
        "incorrect_code": "Enter the 6-digit code from the newest email we sent you",
        "too_many_login_attempts": "There have been too many attempts. Wait a few minutes, then ask for a new code",
        "rate_limited": "You have asked for too many codes. Wait a few minutes, then try again",
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """`context` carries the request too: only plain facts go on to the email."""
        facts = {name: context[name] for name in ("from_email", "to_email", "deleted_email") if name in context}
        email_queue(
            kind=KINDS[template_prefix],
            to=email,
            context=facts | {"sign_up": site_link("account_signup")},
            about=User.objects.with_address(email),
            secrets={"code": context["code"]} if "code" in context else None,
        )

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Says only what is in MESSAGES: the rest of allauth's messages repeat what the page shows."""
        sentence = message or MESSAGES.get(message_template or "", "").format_map(message_context or {})
        if sentence:
            messages.add_message(request, level, sentence, extra_tags=extra_tags)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Who proves another address while signed in wants it as the main one; the old one stays theirs."""
        confirmed = super().confirm_email(request, email_address)
        if confirmed and request.user.is_authenticated:
            mark_as_primary(request, email_address)
        return confirmed

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Whoever had typed something when the session ended finds it first."""
        if typed_kept(request):
            return reverse(settings.TYPED_URL)
        return super().get_login_redirect_url(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """X-Forwarded-For is believed from the trusted proxy alone: its last entry is whom that proxy saw."""
        address = request.META["REMOTE_ADDR"]
        forwarded = request.headers.get("X-Forwarded-For", "")
        if forwarded and settings.TRUSTED_PROXY and address == settings.TRUSTED_PROXY:
            return forwarded.rpartition(",")[2].strip()
        return address
