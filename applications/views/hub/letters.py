"""One letter: its words before it goes out, and taking it back when it went out in error."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from applications.enums import Action
from applications.forms.releases import LetterForm, UndoForm
from applications.hub_presenters.decisions import letter_parts
from applications.permissions import UNDO_HOURS
from applications.services.letters import letter_of, letter_reset, letter_save
from applications.services.releases import KEY
from applications.services.undoing import decision_undo
from applications.views.hub.decisions import DecidingMixin
from mastery_hub.common import clock
from mastery_hub.common.views import ServiceActionView, ServiceFormView


class HubLetterView(DecidingMixin, ServiceFormView):
    title = "The letter"
    form_class = LetterForm
    template_name = "applications/hub_letter.html"
    success_message = "The letter is saved. Nothing is sent before it is released."

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.open_decision else self.too_late()

    def get_initial(self) -> dict[str, Any]:
        decision = self.open_decision
        if decision is None:
            return {}
        return {"text": letter_of(self.application, decision, at=clock.now()).words, "decision": decision.pk}

    def perform(self, form: LetterForm) -> Any:
        return letter_save(application=self.application, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("hub_letter", args=[self.hub.slug, self.application.reference])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        decision = self.open_decision
        if decision is None:
            return context
        letter = letter_of(self.application, decision, at=clock.now()).rendered
        return context | {"decision": decision, "letter": letter, "letter_parts": letter_parts(letter.text)}


class HubLetterResetView(DecidingMixin, ServiceActionView):
    def perform(self) -> str:
        key = self.request.POST.get("decision", "")
        read = int(key) if KEY.fullmatch(key) else 0
        letter_reset(application=self.application, by=self.request.user, decision=read)
        return "The letter has your hub’s words for the round again."

    def get_next_url(self) -> str:
        return reverse("hub_letter", args=[self.hub.slug, self.application.reference])


class HubUndoView(DecidingMixin, ServiceFormView):
    """Asks once more; everybody who was sent the letter is told that it does not stand."""

    form_class = UndoForm
    template_name = "components/confirm.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if Action.UNDO_RELEASE in self.available:
            return super().get(request, *args, **kwargs)
        messages.error(request, f"This letter cannot be taken back. That is possible for {UNDO_HOURS} hours.")
        return redirect(self.page)

    def get_initial(self) -> dict[str, Any]:
        latest = self.application.decisions.filter(released_at__isnull=False, undone_at=None).first()
        return {"decision": latest.pk} if latest else {}

    def perform(self, form: UndoForm) -> Any:
        said = form.cleaned_data
        return decision_undo(
            application=self.application, by=self.request.user, reason=said["reason"], read=said["decision"]
        )

    def get_success_message(self) -> str:
        return f"The letter is taken back. We have written to {self.application.applicant}."

    def get_success_url(self) -> str:
        return self.page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            question="Take this letter back?",
            explanation="Do this only if the letter was sent in error. The applicant and the headteacher are told that "
            "it does not stand, and the application is with your hub again.",
            action="Take the letter back",
            cancel=self.page,
            warning=True,
            **kwargs,
        )
