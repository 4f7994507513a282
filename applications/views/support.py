"""The headteacher's pages, by link and without an account. A link gives this one request only (rule 10).

GET moves no state, since mail scanners follow links; the session keeps the token's hash, which every page checks
against the request's present one, so that a link sent again puts an end to the one before.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.generic import FormView, TemplateView, View
from django.views.generic.base import ContextMixin

from applications.enums import Shown, State, SupportState
from applications.forms.support import DeclineForm, SignForm, StatementForm
from applications.models import HeadteacherStatement, HeadteacherSupport
from applications.presenters import release_facts, standing, state_tag
from applications.services.applications import commitment_set_for
from applications.services.support import (
    support_decline,
    support_open,
    support_person,
    support_save_statement,
    support_sign,
)
from cohorts.enums import Whose
from mastery_hub.accounts.models import User
from mastery_hub.common.access import BY_LINK
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash

SESSION_KEY = "support_link"
ANSWERED: tuple[str, ...] = (SupportState.SIGNED, SupportState.DECLINED)
SIGN_FIELDS = {
    "confirmation-missing": "confirmed",
    "commitments-missing": "agreed",
    "signature-missing": "signed_as",
}


def support_by_hash(hashed: str) -> HeadteacherSupport | None:
    found = HeadteacherSupport.objects.current().filter(token_hash=hashed)
    return found.select_related(
        "application__applicant",
        "application__school",
        "application__hub",
        "application__round__cohort__programme",
        "application__terms",
        "pledge__commitment_set",
    ).first()


class SupportLinkView(View):
    """What the email links to. It opens nothing and signs nothing."""

    access = BY_LINK

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        hashed = token_hash(token)
        if support_by_hash(hashed) is None:
            return redirect("support_gone")
        request.session[SESSION_KEY] = hashed
        return redirect("support_start")


class SupportGoneView(TemplateView):
    access = BY_LINK
    template_name = "applications/support_gone.html"

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return super().render_to_response(context, status=410, **kwargs)


class SupportPage(ContextMixin, View):
    """Finds the request behind the link, and turns away whoever has no business here, with what they typed."""

    access = BY_LINK
    needs_opening = True
    request: Any  # `arrived_at` is set by the middleware
    support: HeadteacherSupport

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        support = support_by_hash(request.session.get(SESSION_KEY, ""))
        if support is None:
            return self.stop("gone", 410)
        self.support, self.application = support, support.application
        return self.elsewhere() or super().dispatch(request, *args, **kwargs)

    def elsewhere(self) -> HttpResponse | None:
        if self.is_own:
            return self.stop("own", 403)
        if self.support.state in ANSWERED:
            return self.stop("answered", 409) if self.typed else redirect("support_done")
        if self.is_closed:
            return self.stop("closed", 403 if self.request.method == "POST" else 200)
        if self.needs_opening and self.support.state != SupportState.OPENED:
            return redirect("support_start")
        return None

    def stop(self, why: str, status: int) -> HttpResponse:
        context = {"support": getattr(self, "support", None), "typed": self.typed}
        return render(self.request, f"applications/support_{why}.html", context, status=status)

    @property
    def typed(self) -> str:
        return self.request.POST.get("statement") or self.request.POST.get("reason") or ""

    @property
    def is_own(self) -> bool:
        return self.request.user.is_authenticated and self.request.user == self.application.applicant

    @property
    def is_closed(self) -> bool:
        waiting = self.application.state in (State.DRAFT, State.SUBMITTED)
        return not waiting or self.request.arrived_at >= self.application.support_closes_at

    @property
    def person(self) -> User:
        return support_person(self.support)

    @property
    def statement(self) -> str:
        found = HeadteacherStatement.objects.filter(support=self.support).first()
        return found.text if found else ""

    def refused(self, error: DomainError) -> HttpResponse:
        messages.error(self.request, error.message)
        return redirect("support_start")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        limit = self.application.round.statement_words
        extra = {"support": self.support, "application": self.application, "statement_words": limit}
        return super().get_context_data(**kwargs) | extra


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
        return super().get_context_data(answers=answers, **kwargs)


class SupportStatementView(SupportPage, FormView):
    template_name = "applications/support_statement.html"
    form_class = StatementForm

    def elsewhere(self) -> HttpResponse | None:
        if answer := super().elsewhere():
            return answer
        return redirect("support_commitments") if self.application.round.statement_words is None else None

    def get_initial(self) -> dict[str, Any]:
        return {"statement": self.statement}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"max_words": self.application.round.statement_words}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        form.full_clean()
        written = (form["statement"].data or "").replace("\x00", "")
        try:
            support_save_statement(support=self.support, by=self.person, text=written)
        except DomainError as error:
            form.add_error(None, error.message)
        return redirect("support_commitments") if form.is_valid() else self.form_invalid(form)


class SupportCommitmentsView(SupportPage, FormView):
    template_name = "applications/support_commitments.html"
    form_class = SignForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "commitments": commitment_set_for(self.application, Whose.HEADTEACHER).commitments.all(),
            "criteria": self.application.terms.criteria.filter(shown=Shown.HEADTEACHER),
            "statement_problem": self.statement_problem,
        }

    @property
    def statement_problem(self) -> str:
        limit = self.application.round.statement_words
        if limit is None:
            return ""
        form = StatementForm({"statement": self.statement}, max_words=limit)
        return " ".join(map(str, form["statement"].errors)).replace("Your answer", "Your statement")

    def form_valid(self, form: SignForm) -> HttpResponse:
        try:
            support_sign(
                support=self.support,
                by=self.person,
                at=self.request.arrived_at,
                statement=self.statement,
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
        return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        application = self.application
        specialist = application.applicant.specialists.filter(cohort=application.round.cohort_id).first()
        return super().get_context_data(
            signed=self.support.state == SupportState.SIGNED,
            commitments=self.support.pledge.commitment_set.commitments.all() if self.support.pledge else [],
            tag=state_tag(application.shown_state),
            standing=standing(application),
            placement=specialist.placement if specialist else None,
            **kwargs,
        )
