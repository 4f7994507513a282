"""The demo's own pages: who to be, every email, and the clock. Installed in the demo and the tests only."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.generic import DetailView, TemplateView, View

from applications.models import Round
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.access import PUBLIC
from mastery_hub.common.views import PageMixin, ServiceActionView, TableView
from mastery_hub.demo.clock import offset
from mastery_hub.demo.mail import EmailFilter, EmailTable
from mastery_hub.demo.personas import PERSONAS, READERS
from mastery_hub.demo.services import clock_move, deadline
from mastery_hub.messaging.looks import as_a_mail_program, in_our_look
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body


def crumbs_to(*pages: str) -> list[tuple[str, str]]:
    return [("Demo", reverse("demo_home")), *((page.title(), reverse(f"demo_{page}")) for page in pages)]


class HomeView(PageMixin, TemplateView):
    access = PUBLIC
    template_name = "demo/home.html"
    title = "Try Mastery Hub"
    extra_context = {"personas": PERSONAS.values(), "readers": READERS}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        closed = Round.objects.published().filter(closes_at__lte=clock.now()).order_by("-closes_at").first()
        return super().get_context_data(closed=closed, **kwargs)


class SignInView(View):
    """One press signs in as a persona; by POST alone, as a link could be followed unawares."""

    access = PUBLIC
    http_method_names = ("post",)

    def post(self, request: HttpRequest, persona: str) -> HttpResponse:
        if persona not in PERSONAS:
            raise Http404
        user = get_object_or_404(User, email=PERSONAS[persona].email)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect("home")


class MailboxView(TableView):
    access = PUBLIC
    template_name = "demo/mailbox.html"
    title = "Mailbox"
    table_class = EmailTable
    filterset_class = EmailFilter
    extra_context = {"personas": PERSONAS.values()}

    def get_crumbs(self) -> list[tuple[str, str]]:
        return crumbs_to()

    def get_rows(self) -> QuerySet[Email]:
        return Email.objects.all()


class EmailView(PageMixin, DetailView):
    access = PUBLIC
    model = Email
    template_name = "demo/email.html"

    def get_crumbs(self) -> list[tuple[str, str]]:
        return crumbs_to("mailbox")

    def get_title(self) -> str:
        return self.object.subject

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        body = email_body(self.object)
        return super().get_context_data(**kwargs) | {"text": body.text, "html": in_our_look(body.html)}


@method_decorator(as_a_mail_program, name="dispatch")
class EmailAsSentView(DetailView):
    access = PUBLIC
    model = Email

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return HttpResponse(email_body(self.object).html)


class ClockView(PageMixin, TemplateView):
    access = PUBLIC
    template_name = "demo/clock.html"
    title = "Clock"

    def get_crumbs(self) -> list[tuple[str, str]]:
        return crumbs_to()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        times = {"now": clock.now(), "real": timezone.now(), "moved": bool(offset()), "deadline": deadline()}
        return super().get_context_data(**kwargs) | times


class ClockMoveView(ServiceActionView):
    access = PUBLIC

    def perform(self) -> str:
        clock_move(move=self.request.POST.get("move", ""))
        return "The clock has been moved."

    def get_next_url(self) -> str:
        return reverse("demo_clock")
