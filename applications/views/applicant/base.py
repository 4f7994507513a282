"""What the applicant's pages share: only their own applications, and refusals that give nothing away."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views.generic import FormView, View

from applications.applicant_presenters.deadlines import before_words
from applications.applicant_presenters.sections import check_href
from applications.applicant_presenters.status import status_of
from applications.enums import Section
from applications.forms.applicant import SectionForm
from applications.models import Answer, Application, Declaration, SupportingDocument
from applications.permissions import can_edit
from applications.presenters import with_requests
from mastery_hub.common.access import SIGNED_IN, wants_json
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import PageMixin
from mastery_hub.common.writing import ChangedElsewhereError

ROWS = (
    "round__cohort__programme",
    "terms",
    "document",
    "applicant",
    "school__authority",
    "hub",
    "home_hub",
    "pledge__commitment_set",
)
LISTS = (
    "terms__criteria",
    "terms__questions",
    Prefetch("answers", Answer.objects.select_related("question")),
    Prefetch("declarations", Declaration.objects.select_related("criterion")),
    "supports__renewals",
    Prefetch("supporting_documents", SupportingDocument.objects.select_related("criterion")),
)


class OwnApplicationMixin(PageMixin, View):
    """Finds the person's own application; anybody else's is a 404, even one that their hub may read elsewhere."""

    access = SIGNED_IN
    request: Any
    kwargs: dict[str, Any]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.reference = self.application.reference  # looked up first: not found, by whatever method it is asked for
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def application(self) -> Application:
        own = Application.objects.visible_to(self.request.user).filter(applicant=self.request.user)
        whole = with_requests(own.select_related(*ROWS).prefetch_related(*LISTS).with_deadlines())
        application = get_object_or_404(whole, reference=self.kwargs["reference"])
        if application.round.asks_subject_leader:
            prefetch_related_objects([application], "leader_supports")
        return application

    def get_back(self) -> str:
        return self.application.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(application=self.application, **kwargs)

    @property
    def is_open_draft(self) -> bool:
        """A draft whose round has closed waits only for the job that ends it."""
        in_time = self.request.arrived_at < self.application.closes_at
        return can_edit(self.request.user, self.application) and in_time

    def refusal(self, error: DomainError) -> str:
        """What to say; the engine's own words for a stale page name the true state, which may still be a secret."""
        if error.code != "stale":
            return error.message
        shown = Application.objects.visible_to(self.request.user).get(pk=self.application.pk)
        return f"Nothing was changed: this application is now “{status_of(shown)['text'].lower()}”."

    def refuse(self, error: DomainError) -> HttpResponse:
        messages.error(self.request, self.refusal(error))
        return redirect(self.application)


class SectionView(OwnApplicationMixin, FormView):
    """One section of a draft. What is valid is saved even when the rest is not, and what is not stays on the page."""

    section: Section
    form_class: type[SectionForm]

    def get_title(self) -> str:
        return self.section.label

    def get_back(self) -> str:
        return self.next_href if self.from_check else super().get_back()

    @property
    def from_check(self) -> bool:
        return self.request.GET.get("from") == "check"

    @property
    def next_href(self) -> str:
        return check_href(self.application) if self.from_check else self.application.get_absolute_url()

    def with_from(self, href: str) -> str:
        """Whoever came from the page of all answers goes back to it, however many pages later."""
        return f"{href}?from=check" if self.from_check else href

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.is_open_draft else redirect(self.application)

    def get_form_kwargs(self) -> dict[str, Any]:
        later = "later" in self.request.POST or wants_json(self.request)
        return super().get_form_kwargs() | {"application": self.application, "later": later}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        form.full_clean()
        try:
            self.save(form)
        except ChangedElsewhereError as error:
            form.show_changed(error)
        except DomainError as error:
            form.add_error(self.field_of(error), self.refusal(error))
        return self.form_invalid(form) if form.errors else self.form_valid(form)

    def field_of(self, error: DomainError) -> str | None:
        """The field that a refusal is about."""
        return None

    def save(self, form: Any) -> None:
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        if form.later:
            closing = before_words(self.application.closes_at)
            messages.success(self.request, f"Saved. Come back and submit your application {closing}.")
            return redirect(self.application)
        return redirect(self.next_href)
