"""Deciding: propose, look at the letter, release; or take the proposal back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView

from applications import permissions
from applications.enums import Action, Outcome, State
from applications.forms.hub import DecisionForm, TakeBackForm
from applications.hub_presenters.decisions import letter_parts
from applications.hub_presenters.places import places_left
from applications.models import Decision, SelectionPlan
from applications.services.engines import APPLICATION
from applications.services.letters import letter_of
from applications.services.score_order import score_order
from applications.services.selection import PROPOSE, decision_propose, decision_release, decision_take_back
from applications.views.hub.base import HubApplicationMixin
from applications.workflow import RELEASES
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError


class DecidingMixin(HubApplicationMixin):
    """Hub leads alone. Whoever comes too late gets a sentence and the application's page."""

    def allowed(self) -> bool:
        return permissions.can_decide(self.request.user, self.application)

    @cached_property
    def available(self) -> set[str]:
        return set(APPLICATION.available(self.application, self.request.user))

    @property
    def open_decision(self) -> Decision | None:
        return self.application.decisions.filter(released_at=None, closed_at=None).select_related("proposed_by").first()

    def too_late(self, message: str = "") -> HttpResponse:
        state = State(self.application.state).label.lower()
        messages.error(self.request, message or f"Nothing was changed: this is now “{state}”.")
        return redirect(self.page)

    def done(self, message: str) -> HttpResponse:
        messages.success(self.request, message)
        return redirect(self.page)


FIELDS = {"no-places": "outcome", "barred": "outcome", "reason-missing": "reason"}


class HubDecisionView(DecidingMixin, FormView):
    form_class = DecisionForm
    template_name = "applications/hub_decision.html"
    title = "Propose a decision"

    @property
    def outcomes(self) -> list[Outcome]:
        return [outcome for outcome in Outcome if PROPOSE[outcome] in self.available]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.outcomes else self.too_late()

    def get_form_kwargs(self) -> dict[str, Any]:
        """A POST is read with every outcome, so that a stale page is told so and loses nothing typed."""
        outcomes = list(Outcome) if self.request.method == "POST" else self.outcomes
        order = score_order(self.application)
        departing = [outcome for outcome in outcomes if order.departs(outcome)]
        plan = SelectionPlan.objects.of(self.application.round, self.hub) if departing else None
        return super().get_form_kwargs() | {
            "outcomes": outcomes,
            "places": places_left(self.application, self.request.user),
            "departing": departing,
            "needs": [need.title for need in plan.needs.all()] if plan and plan.pk else [],
        }

    def form_valid(self, form: DecisionForm) -> HttpResponse:
        try:
            decision_propose(application=self.application, by=self.request.user, **form.proposal)
        except DomainError as error:
            if error.code == "stale" and self.is_kept(form):
                return self.too_late(error.message)
            form.add_error(FIELDS.get(error.code), error.message)
            return self.form_invalid(form)
        return self.done("Your proposal is saved. The applicant sees nothing of it until you release it.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        first = permissions.what_comes_first(self.application, Action.PROPOSE_OFFER)
        plan = SelectionPlan.objects.of(self.application.round, self.hub)
        order = score_order(self.application).words
        return super().get_context_data(first=first, order=order, strategy=plan.strategic_plan, **kwargs)

    def is_kept(self, form: DecisionForm) -> bool:
        """A second click, or a page on which nothing was typed: no text would be lost by leaving."""
        said = form.proposal
        if not (said["feedback"] or said["reason"]):
            return True
        said.pop("departure")  # kept only where it was asked for
        return self.application.decisions.filter(proposed_by=self.request.user, **said).exists()


class HubReleaseView(DecidingMixin, TemplateView):
    """Shows the letter as it would go out now. The POST names the letter that was read: no other is released."""

    template_name = "applications/hub_release.html"
    title = "Release the decision"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        decision = self.open_decision
        if decision is None or not self.available & RELEASES:
            return self.too_late()
        read = letter_of(self.application, decision, at=clock.now())
        shown = {"letter": read.rendered, "letter_parts": letter_parts(read.rendered.text), "mark": read.mark}
        context = {"decision": decision, "may_undo": decision.outcome != Outcome.OFFER} | shown
        return self.render_to_response(self.get_context_data(**context))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        read = request.POST.get("letter") or "none"
        try:
            decision_release(application=self.application, by=self.request.user, read=read)
        except DomainError as error:
            return self.too_late(error.message)
        return self.done(f"The decision is released. We have written to {self.application.applicant}.")


class HubTakeBackView(DecidingMixin, FormView):
    form_class = TakeBackForm
    template_name = "components/confirm.html"

    @property
    def takes(self) -> set[str]:
        return self.available & {Action.RETRACT, Action.RETURN_TO_RESERVE}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.takes else self.too_late()

    def form_valid(self, form: TakeBackForm) -> HttpResponse:
        try:
            decision_take_back(application=self.application, by=self.request.user, reason=form.cleaned_data["reason"])
        except DomainError as error:
            return self.too_late(error.message)
        return self.done("The proposal is taken back.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        back = Action.RETURN_TO_RESERVE in self.takes
        return super().get_context_data(
            question="Take the proposal back?",
            explanation="The applicant stays on the reserve list and sees nothing of this."
            if back
            else "The application goes back to where it was, and a place that the proposal held is free again. "
            "The applicant sees nothing of this.",
            action="Take the proposal back",
            cancel=self.page,
            **kwargs,
        )
