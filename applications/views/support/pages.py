"""What a headteacher does with one request: open it, read, write, sign or decline, and see where it stands later."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView

from applications.enums import Shown, SupportState
from applications.forms.support import DeclineForm, SignForm, StatementForm
from applications.models import HeadteacherStatement, HeadteacherSupport
from applications.presenters import release_facts, standing, state_tag
from applications.services.applications import commitment_set_for
from applications.services.support import support_decline, support_open, support_save_statement, support_sign
from applications.views.support.base import ANSWERED, SupportPage
from cohorts.enums import Whose
from cohorts.models import CommitmentSet
from cohorts.years import years_kept
from mastery_hub.common.access import wants_json
from mastery_hub.common.errors import DomainError
from mastery_hub.common.writing import AutosaveMixin, ChangedElsewhereError

SIGN_FIELDS = {
    "confirmation-missing": "confirmed",
    "commitments-missing": "agreed",
    "signature-missing": "signed_as",
}


class SupportStartView(SupportPage, TemplateView):
    template_name = "applications/support_start.html"
    needs_opening = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cohort = self.application.round.cohort
        return super().get_context_data(release=release_facts(cohort), residentials=cohort.residentials.all(), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            support_open(support=self.support, by=self.person)
        except DomainError as error:
            return self.refused(error)
        return redirect("support_answers")


class SupportAnswersView(SupportPage, TemplateView):
    """The answers as written so far; what the applicant declared and signed is theirs to show."""

    template_name = "applications/support_answers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        given = {answer.question_id: answer.text for answer in self.application.answers.all()}
        questions = self.application.terms.questions.all()
        answers = [{"question": question, "text": given.get(question.pk, "")} for question in questions]
        return super().get_context_data(answers=answers, has_several=self.has_several, **kwargs)


class SupportStatementView(AutosaveMixin, SupportPage, FormView):
    template_name = "applications/support_statement.html"
    form_class = StatementForm

    def elsewhere(self) -> HttpResponse | None:
        if answer := super().elsewhere():
            return answer
        return redirect("support_commitments") if self.application.round.statement_words is None else None

    def get_initial(self) -> dict[str, Any]:
        saved = self.statement
        return {"statement": saved.text, "seen": saved.mark} if saved else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        limit = self.application.round.statement_words
        return super().get_form_kwargs() | {"support": self.support, "max_words": limit}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What was typed is saved even when it is not yet as it should be."""
        if wants_json(request):
            return super().post(request, *args, **kwargs)
        form = self.get_form()
        form.full_clean()
        try:
            form.saw(self.keep(form).mark)
        except ChangedElsewhereError as error:
            form.show_changed(error)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            form.length_check()
        return redirect("support_commitments") if form.is_valid() else self.form_invalid(form)

    def keep(self, form: StatementForm) -> HeadteacherStatement:
        return support_save_statement(support=self.support, by=self.person, text=form.written, page=form.page)


class SupportCommitmentsView(SupportPage, FormView):
    template_name = "applications/support_commitments.html"
    form_class = SignForm

    @cached_property
    def signed_before(self) -> HeadteacherSupport | None:
        found = HeadteacherSupport.objects.signed_before(self.support).select_related("pledge")
        return found.order_by("-answered_at").first()

    @cached_property
    def commitment_set(self) -> CommitmentSet:
        return commitment_set_for(self.application, Whose.HEADTEACHER)

    def get_initial(self) -> dict[str, Any]:
        """Whoever signed before the terms had something new sees what they confirmed and agreed to then as they left
        it; signing is done anew."""
        before = self.signed_before
        if before is None or before.pledge is None:
            return {}
        own = self.application.declarations.filter(by=before.person, met=True)
        same = before.pledge.commitment_set == self.commitment_set
        return {
            "confirmed": list(own.values_list("criterion", flat=True)),
            "agreed": [commitment.pk for commitment in self.commitment_set.commitments.all()] if same else [],
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "commitments": self.commitment_set.commitments.all(),
            "criteria": self.application.terms.criteria.filter(shown=Shown.HEADTEACHER),
            "statement_problem": self.statement_problem,
        }

    @property
    def statement_problem(self) -> str:
        limit = self.application.round.statement_words
        if limit is None:
            return ""
        saved = self.statement
        form = StatementForm({"statement": saved.text if saved else ""}, support=self.support, max_words=limit)
        form.full_clean()
        form.length_check()
        return " ".join(map(str, form["statement"].errors)).replace("Your answer", "Your statement")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        years = years_kept(self.application.round.cohort)
        return super().get_context_data(signed_before=self.signed_before, years=years, **kwargs)

    def form_valid(self, form: SignForm) -> HttpResponse:
        try:
            support_sign(
                support=self.support,
                by=self.person,
                at=self.request.arrived_at,
                confirmed=form.cleaned_data.get("confirmed", set()),
                agreed=form.cleaned_data["agreed"],
                signed_as=form.cleaned_data["signed_as"],
            )
        except DomainError as error:
            if error.code == "stale":
                return self.refused(error)
            form.add_error(SIGN_FIELDS.get(error.code), error.message)
            return self.form_invalid(form)
        return redirect("support_done")


class SupportDeclineView(SupportPage, FormView):
    template_name = "applications/support_decline.html"
    form_class = DeclineForm

    def form_valid(self, form: DeclineForm) -> HttpResponse:
        try:
            support_decline(
                support=self.support, by=self.person, at=self.request.arrived_at, reason=form.cleaned_data["reason"]
            )
        except DomainError as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        return redirect("support_done")


class SupportDoneView(SupportPage, TemplateView):
    """What was signed or declined and, once there is something to tell, where the application stands."""

    template_name = "applications/support_done.html"

    def elsewhere(self) -> HttpResponse | None:
        if self.is_own or self.support.state not in ANSWERED:
            return super().elsewhere() or redirect("support_start")
        return self.stop("expired", 410) if self.has_expired else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        application = self.application
        specialist = application.applicant.specialists.filter(cohort=application.round.cohort_id).first()
        return super().get_context_data(
            signed=self.support.state == SupportState.SIGNED,
            commitments=self.support.pledge.commitment_set.commitments.all() if self.support.pledge else [],
            tag=state_tag(application.shown_state),
            standing=standing(application),
            has_several=self.has_several,
            placement=specialist.placement if specialist else None,
            **kwargs,
        )
