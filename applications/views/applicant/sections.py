"""About you, your declarations, your evidence and your commitments."""

from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from applications.applicant_presenters.sections import answer_href, question_tasks, section_href
from applications.enums import Section, Shown
from applications.forms.applicant import AboutForm, AnswerForm, CommitmentsForm, DeclarationsForm
from applications.models import Answer, Question
from applications.services.applications import (
    PERSON,
    PLACE,
    about_stored,
    application_save_about,
    application_save_answer,
    application_save_declarations,
    application_sign,
    commitment_set_for,
    declared_stored,
)
from applications.views.applicant.base import OwnApplicationMixin, SectionView
from cohorts.enums import Whose
from cohorts.models import CommitmentSet
from mastery_hub.accounts.forms import TRN_TAKEN
from mastery_hub.common.errors import DomainError
from mastery_hub.common.writing import AutosaveMixin, fingerprint


class ApplicationAboutView(SectionView):
    section = Section.ABOUT
    form_class = AboutForm
    template_name = "applications/application_section.html"

    def get_initial(self) -> dict[str, str]:
        stored = about_stored(self.application, self.application.applicant)
        return stored | {"seen": fingerprint(stored)}

    def save(self, form: AboutForm) -> None:
        place = {name: form.cleaned_data.get(name, getattr(self.application, name)) for name in PLACE}
        person = {name: form.cleaned_data[name] for name in PERSON if name in form.cleaned_data}
        try:
            with transaction.atomic():
                application_save_about(
                    application=self.application,
                    by=self.request.user,
                    person=person,
                    seen=form.cleaned_data["seen"],
                    **place,
                )
        except IntegrityError:  # two people gave the same TRN in the same moment
            form.add_error("trn", TRN_TAKEN)


class ApplicationDeclarationsView(SectionView):
    section = Section.DECLARATIONS
    form_class = DeclarationsForm
    template_name = "applications/application_section.html"

    def get_initial(self) -> dict[str, str]:
        own = (d for d in self.application.declarations.all() if d.criterion.shown == Shown.DECLARED)
        return {"seen": fingerprint(declared_stored(own))}

    def save(self, form: DeclarationsForm) -> None:
        seen = form.cleaned_data["seen"]
        application_save_declarations(application=self.application, by=self.request.user, met=form.met, seen=seen)


class ApplicationEvidenceView(OwnApplicationMixin, TemplateView):
    """The questions, with how much of each is written."""

    template_name = "applications/application_evidence.html"
    title = Section.EVIDENCE.label

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.is_open_draft else redirect(self.application)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(groups=[{"tasks": question_tasks(self.application)}], **kwargs)


class ApplicationAnswerView(AutosaveMixin, SectionView):
    """One question. Every text is saved as it was typed; one that is too long is only said to be so."""

    section = Section.EVIDENCE
    form_class = AnswerForm
    template_name = "applications/application_answer.html"

    @cached_property
    def questions(self) -> list[Question]:
        return list(self.application.terms.questions.all())

    @cached_property
    def question(self) -> Question:
        found = next((q for q in self.questions if q.order == self.kwargs["number"]), None)
        if found is None:
            raise Http404
        return found

    def get_title(self) -> str:
        return self.question.text

    def get_back(self) -> str:
        return super().get_back() if self.from_check else section_href(self.application, Section.EVIDENCE)

    def get_initial(self) -> dict[str, str]:
        answer = next((a for a in self.application.answers.all() if a.question_id == self.question.pk), None)
        return {"text": answer.text, "seen": answer.mark} if answer else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"question": self.question}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        place = f"Question {self.questions.index(self.question) + 1} of {len(self.questions)}"
        return super().get_context_data(
            question=self.question, criteria=self.question.criteria.all(), caption=place, **kwargs
        )

    def save(self, form: AnswerForm) -> None:
        if "text" in form.cleaned_data:
            form.saw(self.keep(form).mark)
            if not form.later:
                form.length_check()

    def keep(self, form: AnswerForm) -> Answer:
        return application_save_answer(
            application=self.application,
            by=self.request.user,
            question=self.question,
            text=form.cleaned_data["text"],
            page=form.page,
        )

    def form_valid(self, form: AnswerForm) -> HttpResponse:
        following = next((q for q in self.questions if q.order > self.question.order), None)
        if form.later or self.from_check or following is None:
            return super().form_valid(form)
        return redirect(answer_href(self.application, following))


class ApplicationCommitmentsView(SectionView):
    section = Section.COMMITMENTS
    form_class = CommitmentsForm
    template_name = "applications/application_commitments.html"

    @cached_property
    def commitment_set(self) -> CommitmentSet:
        return commitment_set_for(self.application, Whose.APPLICANT)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"commitment_set": self.commitment_set}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pledge = self.application.pledge
        commitments = pledge.commitment_set.commitments.all() if pledge else []
        return super().get_context_data(pledge=pledge, commitments=commitments, **kwargs)

    def save(self, form: CommitmentsForm) -> None:
        if form.errors:
            return
        if self.application.pledge_id:
            raise DomainError("You have already signed your commitments.", code="already-signed")
        application_sign(application=self.application, by=self.request.user, **form.cleaned_data)
