"""Beginning an application, and the list of one's own."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView

from applications.applicant_presenters.deadlines import at_words, closing_words
from applications.applicant_presenters.status import progress_of, status_of
from applications.forms.applicant import StartForm
from applications.models import Application, InformationDocument, Round
from applications.services.applications import application_start
from mastery_hub.common.access import SIGNED_IN
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import PageMixin


class ApplicationStartView(PageMixin, FormView):
    """Asks whether the information document was read; an application already begun is opened instead."""

    access = SIGNED_IN
    request: Any
    form_class = StartForm
    template_name = "applications/application_start.html"

    @cached_property
    def round(self) -> Round:
        return get_object_or_404(Round.objects.published().with_programme(), code=self.kwargs["code"])

    @cached_property
    def document(self) -> InformationDocument | None:
        return self.round.current_document

    @property
    def is_open(self) -> bool:
        return self.round.is_open(self.request.arrived_at) and self.document is not None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user: Any = request.user
        own = Application.objects.visible_to(user).filter(applicant=user, round=self.round)
        if live := own.live().first():
            return redirect(live)
        return super().get(request, *args, **kwargs) if self.is_open else self.not_open()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().post(request, *args, **kwargs) if self.document else self.not_open()

    def not_open(self) -> HttpResponse:
        early = self.request.arrived_at < self.round.opens_at
        words = f"Applications open {at_words(self.round.opens_at)}"
        if not early:
            words = f"Applications closed {at_words(self.round.closes_at)}"
        context = {"round": self.round, "words": words, "early": early}
        template = ["applications/application_not_open.html"]
        return self.response_class(request=self.request, template=template, context=context)

    def get_back(self) -> str:
        return self.round.get_absolute_url()

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"round": self.round, "document": self.document}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        closing = closing_words(self.round.closes_at, self.request.arrived_at)
        return super().get_context_data(round=self.round, document=self.document, closing=closing, **kwargs)

    def form_valid(self, form: StartForm) -> HttpResponse:
        try:
            application = application_start(
                by=self.request.user,
                round=self.round,
                document=form.cleaned_data["document"],
                at=self.request.arrived_at,
            )
        except DomainError as error:
            messages.error(self.request, error.message)
            return redirect("application_start", code=self.round.code)
        return redirect(application)


class ApplicationListView(PageMixin, TemplateView):
    access = SIGNED_IN
    request: Any
    title = "Your applications"
    template_name = "applications/application_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, now = self.request.user, self.request.arrived_at
        own = Application.objects.visible_to(user).filter(applicant=user).with_people().with_deadlines()
        cards = [
            {"application": each, "status": status_of(each), "progress": progress_of(each, now)}
            for each in own.prefetch_related("supports", "offers")
        ]
        busy = own.live().values("round")
        rounds = Round.objects.open().with_programme().exclude(pk__in=busy)
        return super().get_context_data(cards=cards, rounds=rounds, **kwargs)
