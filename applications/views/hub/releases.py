"""All of a hub's decisions of a round: side by side, with their letters, released together."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from applications import permissions
from applications.enums import Outcome
from applications.forms.releases import ReleaseDelayForm, WordingForm
from applications.hub_presenters.releases import decisions_page, letters_to_release
from applications.models import ReleaseDelay
from applications.services.letters import wording_of, wording_save, wordings
from applications.services.releases import decisions_release, release_delay_end, release_delay_set
from applications.views.hub.plans import HubRoundMixin
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import ServiceActionView, ServiceFormView


class DecidingRoundMixin(HubRoundMixin):
    """`allowed` says who may come here at all."""

    @property
    def leads(self) -> bool:
        return permissions.can_lead_selection(self.request.user, self.hub)

    def allowed(self) -> bool:
        return self.leads

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (self.round and self.allowed()):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def href(self, name: str, *more: str) -> str:
        return reverse(name, args=[self.hub.slug, self.round.code, *more])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"leads": self.leads}


class HubDecisionsMixin(DecidingRoundMixin):
    """Pages that lead back to the decisions."""

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [*super().get_crumbs(), ("Decisions", self.href("hub_decisions"))]

    def get_success_url(self) -> str:
        return self.href("hub_decisions")

    def get_next_url(self) -> str:
        return self.href("hub_decisions")


class HubDecisionsView(DecidingRoundMixin, TemplateView):
    title = "Decisions"
    template_name = "applications/hub_decisions.html"

    def allowed(self) -> bool:
        return permissions.can_read_decisions(self.request.user, self.hub)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = decisions_page(self.round, self.hub, self.request.user)
        return super().get_context_data(**kwargs, **page)


class HubDecisionsReleaseView(HubDecisionsMixin, TemplateView):
    """Every letter as it would go out now. The POST names the letters that were read: no others are released."""

    title = "Check and release"
    template_name = "applications/hub_decisions_release.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = letters_to_release(self.round, self.hub, self.request.user)
        return super().get_context_data(**kwargs, **page)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        read = request.POST.getlist("letter")
        try:
            told = decisions_release(round=self.round, hub=self.hub, by=self.request.user, read=read)
        except DomainError as refused:
            messages.error(request, refused.message)
            return redirect(self.get_success_url())
        if told.released:
            is_one = told.released == 1
            messages.success(
                request, f"{told.released} decision{' is' if is_one else 's are'} released, and the letters are sent."
            )
        if told.before:
            messages.info(request, f"{told.before} of them had been released before.")
        for application, why in told.refused:
            messages.error(request, f"{application.applicant} was not released: {why}")
        if not read:
            messages.error(request, "Nothing was released: there was no letter to release.")
        return redirect(self.get_success_url())


class HubWordingView(HubDecisionsMixin, ServiceFormView):
    form_class = WordingForm
    template_name = "applications/hub_wording.html"
    success_message = "The words are saved. They are in every letter of this kind that has no words of its own."

    @cached_property
    def outcome(self) -> Outcome:
        if self.kwargs["outcome"] not in Outcome.values:
            raise Http404
        return Outcome(self.kwargs["outcome"])

    def get_title(self) -> str:
        return f"Letters: {self.outcome.label.lower()}"

    def get_initial(self) -> dict[str, Any]:
        return {"text": wording_of(wordings(self.hub, self.round), self.outcome)}

    def perform(self, form: WordingForm) -> Any:
        text = form.cleaned_data["text"]
        return wording_save(round=self.round, hub=self.hub, by=self.request.user, outcome=self.outcome, text=text)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"outcome": self.outcome}


class HubReleaseDelayView(HubDecisionsMixin, ServiceFormView):
    title = "Your hub writes later"
    form_class = ReleaseDelayForm
    success_message = "Your applicants who have not heard yet, and NCETM, now see when your hub writes."

    @cached_property
    def standing(self) -> ReleaseDelay | None:
        return ReleaseDelay.objects.standing().filter(round=self.round, hub=self.hub).first()

    def get_initial(self) -> dict[str, Any]:
        return {"until": self.standing.until, "note": self.standing.note} if self.standing else {}

    def perform(self, form: ReleaseDelayForm) -> ReleaseDelay:
        return release_delay_set(round=self.round, hub=self.hub, by=self.request.user, **form.cleaned_data)


class HubReleaseDelayEndView(HubDecisionsMixin, ServiceActionView):
    def perform(self) -> str:
        release_delay_end(round=self.round, hub=self.hub, by=self.request.user)
        return "The later day is taken back."
