"""One application: screened, given to a colleague, noted upon."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from applications import permissions
from applications.duplicates import duplicates
from applications.eligibility import current_support
from applications.forms.casework import CaseForm, NoteCorrectForm, NoteForm, ScreeningForm
from applications.hub_presenters.casework import screening_tag
from applications.hub_presenters.people import register_rows
from applications.models import CaseHolder, Note, Screening
from applications.presenters.eligibility import eligibility_shown, exceptions_shown
from applications.services.casework import case_give, note_add, note_correct, screening_record
from applications.views.hub.base import HubApplicationMixin
from mastery_hub.accounts.models import User
from mastery_hub.common.views import ServiceFormView


class HubCaseworkMixin(HubApplicationMixin):
    def get_success_url(self) -> str:
        return f"{self.page}#casework"


class HubScreeningView(HubCaseworkMixin, ServiceFormView):
    """The answers to the rules, and what was said beside the register, stand above the question. NCETM reads it."""

    title = "Screening"
    form_class = ScreeningForm
    template_name = "applications/hub_screening.html"

    @property
    def may_screen(self) -> bool:
        return permissions.can_screen(self.request.user, self.application)

    def allowed(self) -> bool:
        reads = self.request.user.is_national and self.request.method != "POST"
        return reads or permissions.can_give_case(self.request.user, self.application)

    def perform(self, form: ScreeningForm) -> Screening:
        return screening_record(application=self.application, by=self.request.user, **form.finding)

    def get_success_message(self) -> str:
        return "Your screening is saved."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        application, user = self.application, self.request.user
        done = list(application.screenings.select_related("by"))
        return super().get_context_data(
            tag=screening_tag(done[0] if done else None),
            screenings=[{"tag": screening_tag(each), "screening": each} for each in done],
            register_rows=register_rows(application, current_support(application)),
            eligibility=eligibility_shown(application, exceptions_shown(application), user),
            duplicates=duplicates(application, user),
            may_screen=self.may_screen,
            **kwargs,
        )


class HubCaseView(HubCaseworkMixin, ServiceFormView):
    """Takes the case over, hands it on, or leaves it to nobody."""

    form_class = CaseForm

    def allowed(self) -> bool:
        return permissions.can_give_case(self.request.user, self.application)

    @cached_property
    def holder(self) -> CaseHolder | None:
        return CaseHolder.objects.current().filter(application=self.application).select_related("person").first()

    def get_form_kwargs(self) -> dict[str, Any]:
        people = User.objects.of_hub(self.hub).exclude(pk=self.application.applicant_id)
        return super().get_form_kwargs() | {"people": people, "user": self.request.user}

    def get_initial(self) -> dict[str, Any]:
        return {"person": self.holder.person_id if self.holder else "nobody"}

    def perform(self, form: CaseForm) -> CaseHolder | None:
        return case_give(application=self.application, by=self.request.user, person=form.chosen)

    def get_success_message(self) -> str:
        given = self.result
        if given is None:
            return "Nobody has this case now."
        return "You have this case now." if given.person == self.request.user else f"{given.person} has this case now."


class HubNoteAddView(HubCaseworkMixin, ServiceFormView):
    title = "Write a note"
    form_class = NoteForm

    def allowed(self) -> bool:
        return permissions.can_note(self.request.user, self.application)

    def get_form_kwargs(self) -> dict[str, Any]:
        sees = permissions.can_see_evidence(self.request.user, self.application)
        return super().get_form_kwargs() | {"sees_evidence": sees}

    def perform(self, form: NoteForm) -> Note:
        return note_add(application=self.application, by=self.request.user, **form.note)

    def get_success_message(self) -> str:
        return "Your note is saved."


class HubNoteView(HubCaseworkMixin, ServiceFormView):
    title = "Correct your note"
    form_class = NoteCorrectForm

    @cached_property
    def note(self) -> Note:
        notes = Note.objects.visible_to(self.request.user).filter(application=self.application)
        return get_object_or_404(notes.select_related("application"), pk=self.kwargs["pk"])

    def allowed(self) -> bool:
        """Whoever comes too late is told so by the service, with what they typed before them."""
        return self.note.by_id == self.request.user.pk

    def get_initial(self) -> dict[str, Any]:
        return {"text": self.note.text}

    def perform(self, form: NoteCorrectForm) -> Note:
        return note_correct(note=self.note, by=self.request.user, text=form.cleaned_data["text"])

    def get_success_message(self) -> str:
        return "Your note is corrected."
