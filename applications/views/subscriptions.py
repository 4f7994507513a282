"""Reminders that anybody may ask for, and the pages behind the links in their emails. No GET confirms or stops one."""

from contextlib import suppress
from functools import cached_property
from typing import Any

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView, View

from applications.applicant_presenters.deadlines import at_words
from applications.forms.asked import AddressForm
from applications.models import Round, Subscription
from applications.outlook import Outlook, asked_words, cohort_words, outlook
from applications.services.subscriptions import (
    can_remind,
    subscription_ask,
    subscription_cancel,
    subscription_confirm,
)
from cohorts.models import Programme
from mastery_hub.common.access import BY_LINK, PUBLIC
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash
from mastery_hub.common.views import PageMixin, ServiceActionView, ServiceFormView

SESSION_KEY = "reminder_link"
TOO_MANY = "We got many requests from your network. Try again in an hour."


class AskView(ServiceFormView):
    access = PUBLIC
    form_class = AddressForm
    template_name = "applications/subscription_ask.html"

    @property
    def about(self) -> Round | Programme:
        raise NotImplementedError

    def get_back(self) -> str:
        return self.about.get_absolute_url()

    def get_initial(self) -> dict[str, Any]:
        return {"email": getattr(self.request.user, "email", "")}

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.cancel = self.get_back()
        return form

    def perform(self, form: AddressForm) -> None:
        """Too often for one address is told to nobody: whoever asked last may not be who asks now."""
        if not ratelimit.consume(self.request, action="reminder"):
            raise DomainError(TOO_MANY, code="too-many")
        email = form.cleaned_data["email"]
        if ratelimit.consume(self.request, action="reminder_address", key=email.lower()):
            subscription_ask(email=email, about=self.about)

    def get_success_url(self) -> str:
        return reverse("reminder_asked")


class DeadlineAskView(AskView):
    """Where there is no time for a reminder left, the round's page says why."""

    title = "Remind me before it closes"

    @cached_property
    def about(self) -> Round:
        return get_object_or_404(Round.objects.published().with_programme(), code=self.kwargs["code"])

    @property
    def caption(self) -> str:  # type: ignore[override]
        return cohort_words(self.about)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if can_remind(self.about) else redirect(self.about)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(closing=at_words(self.about.closes_at), **kwargs)


class OpeningAskView(AskView):
    title = "Tell me when it opens"

    @cached_property
    def about(self) -> Programme:
        return get_object_or_404(Programme, slug=self.kwargs["programme"])

    @property
    def caption(self) -> str:  # type: ignore[override]
        return self.about.name

    @cached_property
    def outlook(self) -> Outlook:
        return outlook(self.about)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(outlook=self.outlook, **kwargs)


class AskedView(PageMixin, TemplateView):
    access = PUBLIC
    title = "Check your email"
    template_name = "applications/subscription_asked.html"


@method_decorator(csrf_exempt, name="dispatch")
class ReminderLinkView(View):
    """What the emails link to: opened, it confirms nothing and stops nothing.

    A mail program whose “unsubscribe” is pressed posts here for the reader, without a page, a session or a cookie
    (RFC 8058): that stops it.
    """

    access = BY_LINK
    http_method_names = ("get", "head", "post")

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        hashed = token_hash(token)
        if not Subscription.objects.by_link(hashed).exists():
            return redirect("reminder_gone")
        request.session[SESSION_KEY] = hashed
        return redirect("reminder")

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        if request.POST.get("List-Unsubscribe") != "One-Click":
            return HttpResponseBadRequest("Open this link to stop the reminder.", content_type="text/plain")
        subscription = Subscription.objects.by_link(token_hash(token)).first()
        if subscription:
            with suppress(DomainError):  # what is over or gone sends nothing anyway
                subscription_cancel(subscription=subscription)
        return HttpResponse("We will send you nothing more for this reminder.", content_type="text/plain")


class ReminderGoneView(PageMixin, TemplateView):
    access = BY_LINK
    title = "This link no longer works"
    template_name = "applications/subscription_gone.html"

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return super().render_to_response(context, status=410, **kwargs)


class ByLink(View):
    access = BY_LINK

    @cached_property
    def subscription(self) -> Subscription | None:
        hashed = self.request.session.get(SESSION_KEY, "")
        return Subscription.objects.by_link(hashed).with_subject().first()


class ReminderView(ByLink, PageMixin, TemplateView):
    template_name = "applications/subscription_page.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.subscription else redirect("reminder_gone")

    def get_title(self) -> str:
        assert self.subscription, "else this page is not shown"
        if self.subscription.cancelled_at:
            return "This reminder is stopped"
        if self.subscription.is_over:
            return "This reminder is over"
        if self.subscription.has_expired:
            return "This link has expired"
        return "Your reminder" if self.subscription.confirmed_at else "Confirm your reminder"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        assert self.subscription, "else this page is not shown"
        subject = self.subscription.subject
        return super().get_context_data(
            subscription=self.subscription, subject=subject, asked=asked_words(subject), **kwargs
        )


class ReminderActionView(ByLink, ServiceActionView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.subscription is None:
            return HttpResponseRedirect(reverse("reminder_gone"))
        return super().post(request, *args, **kwargs)

    def get_next_url(self) -> str:
        return reverse("reminder")


class ReminderConfirmView(ReminderActionView):
    def perform(self) -> str:
        assert self.subscription, "post has looked"
        subscription_confirm(subscription=self.subscription)
        return f"You have confirmed it. We will send you {asked_words(self.subscription.subject)}."


class ReminderStopView(ReminderActionView):
    def perform(self) -> str:
        assert self.subscription, "post has looked"
        subscription_cancel(subscription=self.subscription)
        return "We will send you nothing more for this reminder."
