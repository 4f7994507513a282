"""The subject leader's pages, by link and without an account. A link gives this one request only (rule 10).

GET moves no state; the session keeps the token's hash, apart from a headteacher's.
"""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.generic import FormView, TemplateView, View
from django.views.generic.base import ContextMixin

from applications.enums import State, SupportState
from applications.forms.leaders import LeaderSignForm
from applications.forms.support import DeclineForm, StatementForm
from applications.models import SubjectLeaderStatement, SubjectLeaderSupport
from applications.services.leaders import (
    leader_decline,
    leader_new_link,
    leader_open,
    leader_save_statement,
    leader_sign,
)
from applications.services.support import support_person
from mastery_hub.accounts.models import User
from mastery_hub.common.access import BY_LINK, wants_json
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash
from mastery_hub.common.writing import AutosaveMixin, ChangedElsewhereError

SESSION_KEY = "leader_link"
ANSWERED: tuple[str, ...] = (SupportState.SIGNED, SupportState.DECLINED)
FIELDS = {"declaration-missing": "declared", "signature-missing": "signed_as", "role-missing": "role"}


def leader_by_hash(hashed: str, *, is_in: bool = False) -> SubjectLeaderSupport | None:
    """`is_in`: whoever came by the link before goes on when a reminder with a fresh one has been sent meanwhile."""
    if not hashed:
        return None
    known = Q(token_hash=hashed) | Q(former_token_hash=hashed) if is_in else Q(token_hash=hashed)
    return (
        SubjectLeaderSupport.objects.current()
        .filter(known)
        .select_related(
            "application__applicant",
            "application__school",
            "application__hub",
            "application__round__cohort__programme",
            "application__terms",
        )
        .first()
    )


class LeaderLinkView(View):
    access = BY_LINK

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        hashed = token_hash(token)
        if leader_by_hash(hashed) is None:
            return redirect("support_gone")
        request.session[SESSION_KEY] = hashed
        return redirect("leader_start")


class LeaderPage(ContextMixin, View):
    """Finds the request behind the link, and turns away whoever has no business here, with what they typed."""

    access = BY_LINK
    needs_opening = True
    request: Any  # `arrived_at` is set by the middleware
    support: SubjectLeaderSupport

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        support = leader_by_hash(request.session.get(SESSION_KEY, ""), is_in=True)
        if support is None:
            return self.stop("gone", 410)
        self.support, self.application = support, support.application
        if not self.is_own and support.state in ANSWERED and self.application.moved_since(support.requested_at):
            return self.stop("moved", 410)
        return self.elsewhere() or super().dispatch(request, *args, **kwargs)

    def elsewhere(self) -> HttpResponse | None:
        if self.is_own:
            return self.stop("own", 403)
        if self.support.state in ANSWERED:
            return self.stop("answered", 409) if self.typed else redirect("leader_done")
        if self.is_closed:
            return self.stop("closed", 403 if self.request.method == "POST" else 200)
        if self.has_expired:
            return self.stop("expired", 410)
        if self.needs_opening and self.support.state != SupportState.OPENED:
            return redirect("leader_start")
        return None

    def stop(self, why: str, status: int) -> HttpResponse:
        context = {"support": getattr(self, "support", None), "typed": self.typed, "why": why}
        template = f"support_{why}" if why in ("gone", "moved") else "leader_stop"
        return render(self.request, f"applications/{template}.html", context, status=status)

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
    def has_expired(self) -> bool:
        return self.request.arrived_at >= self.support.link_expires_at

    @property
    def person(self) -> User:
        return support_person(self.support)

    @property
    def statement(self) -> SubjectLeaderStatement | None:
        return SubjectLeaderStatement.objects.filter(support=self.support).first()

    @property
    def limit(self) -> int | None:
        return self.application.round.statement_words

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        extra = {"support": self.support, "application": self.application, "statement_words": self.limit}
        return super().get_context_data(**extra, **kwargs)


class LeaderStartView(LeaderPage, TemplateView):
    template_name = "applications/leader_start.html"
    needs_opening = False

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            leader_open(support=self.support, by=self.person)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("leader_start")
        return redirect("leader_statement")


class LeaderStatementView(AutosaveMixin, LeaderPage, FormView):
    """The answers as written so far, and the statement about them."""

    template_name = "applications/leader_statement.html"
    form_class = StatementForm

    def elsewhere(self) -> HttpResponse | None:
        return super().elsewhere() or (redirect("leader_sign") if self.limit is None else None)

    def get_initial(self) -> dict[str, Any]:
        saved = self.statement
        return {"statement": saved.text, "seen": saved.mark} if saved else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"support": self.support, "max_words": self.limit}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(answers=answers_of(self.application), **kwargs)

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
        return redirect("leader_sign") if form.is_valid() else self.form_invalid(form)

    def keep(self, form: StatementForm) -> SubjectLeaderStatement:
        return leader_save_statement(support=self.support, by=self.person, text=form.written, page=form.page)


def answers_of(application: Any) -> list[dict[str, Any]]:
    given = {answer.question_id: answer.text for answer in application.answers.all()}
    return [{"question": each, "text": given.get(each.pk, "")} for each in application.terms.questions.all()]


class LeaderSignView(LeaderPage, FormView):
    template_name = "applications/leader_sign.html"
    form_class = LeaderSignForm

    def get_initial(self) -> dict[str, Any]:
        return {"role": self.support.role}

    def get_form_kwargs(self) -> dict[str, Any]:
        problem = {"statement_problem": self.statement_problem, "application": self.application}
        return super().get_form_kwargs() | problem

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        answers = answers_of(self.application) if self.limit is None else []
        return super().get_context_data(answers=answers, **kwargs)

    @property
    def statement_problem(self) -> str:
        if self.limit is None:
            return ""
        saved = self.statement
        form = StatementForm({"statement": saved.text if saved else ""}, support=self.support, max_words=self.limit)
        form.full_clean()
        form.length_check()
        return " ".join(map(str, form["statement"].errors)).replace("Your answer", "Your statement")

    def form_valid(self, form: LeaderSignForm) -> HttpResponse:
        at = self.request.arrived_at
        try:
            leader_sign(support=self.support, by=self.person, at=at, **form.cleaned_data)
        except DomainError as error:
            form.add_error(FIELDS.get(error.code), error.message)
            return self.form_invalid(form)
        return redirect("leader_done")


class LeaderDeclineView(LeaderPage, FormView):
    template_name = "applications/leader_decline.html"
    form_class = DeclineForm

    def form_valid(self, form: DeclineForm) -> HttpResponse:
        by, at = self.person, self.request.arrived_at
        try:
            leader_decline(support=self.support, by=by, at=at, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        return redirect("leader_done")


class LeaderDoneView(LeaderPage, TemplateView):
    template_name = "applications/leader_done.html"

    def elsewhere(self) -> HttpResponse | None:
        if self.is_own or self.support.state not in ANSWERED:
            return super().elsewhere() or redirect("leader_start")
        return self.stop("expired", 410) if self.has_expired else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(signed=self.support.state == SupportState.SIGNED, **kwargs)


class LeaderNewLinkView(View):
    """Asked by whoever holds an expired link; it goes to the address that the first one went to."""

    access = BY_LINK
    http_method_names = ("post",)
    request: Any  # `arrived_at` is set by the middleware

    def post(self, request: HttpRequest) -> HttpResponse:
        hashed = request.session.get(SESSION_KEY, "")
        support = leader_by_hash(hashed)
        if support is None:
            return redirect("support_gone")
        try:
            leader_new_link(support=support, hashed=hashed, at=self.request.arrived_at)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("leader_start")
        del request.session[SESSION_KEY]
        return redirect("support_new_link_sent")
