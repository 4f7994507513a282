"""About you, your declarations, your evidence and your commitments."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from applications.applicant_presenters.documents import document_tasks
from applications.applicant_presenters.sections import answer_href, question_tasks, section_href
from applications.applicant_presenters.terms import unasked
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
from cohorts.years import years_kept
from mastery_hub.accounts.forms import TRN_TAKEN
from mastery_hub.common.errors import DomainError
from mastery_hub.common.writing import AutosaveMixin, ChangedElsewhereError, Seen, fingerprint


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
        terms = self.application.terms_id
        every = self.application.declarations.all()
        own = (d for d in every if d.criterion.shown == Shown.DECLARED and d.criterion.terms_id == terms)
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
        return super().get_context_data(
            groups=[{"tasks": question_tasks(self.application)}],
            documents=[{"tasks": document_tasks(self.application)}],
            unasked=unasked(self.application),
            **kwargs,
        )


class ApplicationAnswerView(AutosaveMixin, SectionView):
    """One question. Every text is saved as it was typed; one that is too long is only said to be so."""

    section = Section.EVIDENCE
    form_class = AnswerForm
    template_name = "applications/application_answer.html"

    @cached_property
    def questions(self) -> list[Question]:
        return list(self.application.terms.questions.all())

    @cached_property
    def asked(self) -> Question:
        """The question that was on the page: another may stand at its number by now, or none."""
        sent = self.request.POST.get("question", "")
        of_round = Question.objects.filter(terms__round=self.application.round_id).select_related("terms")
        found = of_round.filter(pk=sent).first() if sent.isdecimal() and len(sent) < 19 else None
        found = found or next((q for q in self.questions if q.order == self.kwargs["number"]), None)
        if found is None:
            raise Http404
        return found

    @cached_property
    def question(self) -> Question:
        """As it is asked now."""
        return next((q for q in self.questions if q.key == self.asked.key), self.asked)

    @property
    def was_other(self) -> bool:
        """The page was opened before the questions changed."""
        return self.asked.terms_id != self.application.terms_id

    @property
    def is_begun(self) -> bool:
        return self.request.method == "POST" or bool(self.get_initial().get("text", "").strip())

    @cached_property
    def earlier(self) -> Answer | None:
        rows = Answer.objects.earlier_than(self.application, self.question)
        return rows.select_related("application__round__cohort__programme").first()

    def get_title(self) -> str:
        return self.question.text

    def get_back(self) -> str:
        return super().get_back() if self.from_check else section_href(self.application, Section.EVIDENCE)

    def get_initial(self) -> dict[str, str]:
        answer = next((a for a in self.application.answers.all() if a.question.key == self.question.key), None)
        return {"text": answer.text, "seen": answer.mark} if answer else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"question": self.question, "shown": self.asked}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.question in self.questions
        place = f"Question {self.question.order} of {len(self.questions)}" if asked else "No longer asked"
        return super().get_context_data(
            question=self.question,
            criteria=self.question.criteria.all(),
            caption=place,
            earlier=None if self.is_begun else self.earlier,
            **kwargs,
        )

    def save(self, form: AnswerForm) -> None:
        if "text" in form.cleaned_data:
            form.saw(self.keep(form).mark)
            if not form.later and self.question in self.questions:
                form.length_check()

    def keep(self, form: AnswerForm) -> Answer:
        return application_save_answer(
            application=self.application,
            by=self.request.user,
            question=self.asked,
            text=form.cleaned_data["text"],
            page=form.page,
        )

    def form_valid(self, form: AnswerForm) -> HttpResponse:
        if self.was_other:
            return self.moved_on()
        following = next((q for q in self.questions if q.order > self.question.order), None)
        if form.later or self.from_check or following is None:
            return super().form_valid(form)
        return redirect(answer_href(self.application, following))

    def moved_on(self) -> HttpResponse:
        """What was written on an old page is saved; whoever wrote it is shown where."""
        if self.question not in self.questions:
            messages.warning(
                self.request,
                f"“{self.asked}” is no longer asked. What you wrote is kept below, so that you can copy from it.",
            )
            return redirect(self.with_from(section_href(self.application, Section.EVIDENCE)))
        messages.warning(
            self.request,
            "The questions have changed since you opened that page. Your answer is saved: check that it still fits.",
        )
        return redirect(self.with_from(answer_href(self.application, self.question)))


class ApplicationReuseView(ApplicationAnswerView):
    """An earlier answer becomes the start of this one, where nothing is written yet."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        earlier, here = self.earlier, self.with_from(answer_href(self.application, self.question))
        if earlier is None:
            return redirect(here)
        try:
            application_save_answer(
                application=self.application,
                by=self.request.user,
                question=self.question,
                text=earlier.text,
                page=Seen(),
            )
        except ChangedElsewhereError:
            messages.error(request, "Nothing was changed: this question has an answer already.")
        except DomainError as error:
            return self.refuse(error)
        else:
            messages.success(request, "We have copied your earlier answer. Change it so that it fits this question.")
        return redirect(here)


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
        years = pledge.years if pledge else years_kept(self.application.round.cohort)
        return super().get_context_data(pledge=pledge, commitments=commitments, years=years, **kwargs)

    def save(self, form: CommitmentsForm) -> None:
        if form.errors:
            return
        if self.application.pledge_id:
            raise DomainError("You have already signed your commitments.", code="already-signed")
        application_sign(application=self.application, by=self.request.user, **form.cleaned_data)
