"""What is answered by link and without an account: the headteacher's pages, and the subject leader's. A link gives one
request only (rule 10).

GET moves no state, since mail scanners follow links; the session keeps the token's hash, each kind's apart, which every
page checks against the request's own, so that nobody is in by a link that has expired or was given to somebody else
since.
"""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.generic import View
from django.views.generic.base import ContextMixin

from applications.enums import State, SupportState
from applications.models import HeadteacherSupport, SubjectLeaderSupport
from applications.services.support import support_person
from mastery_hub.accounts.models import User
from mastery_hub.common.access import BY_LINK
from mastery_hub.common.errors import DomainError
from mastery_hub.common.writing import Written

ANSWERED: tuple[str, ...] = (SupportState.SIGNED, SupportState.DECLINED)
RELATED = (
    "application__applicant",
    "application__school",
    "application__hub",
    "application__round__cohort__programme",
    "application__terms",
)


class ByLink(View):
    """Of one kind of request: with `kind` the names of its addresses begin, and that of the hash in the session."""

    access = BY_LINK
    kind: str
    requests: Any  # the kind's manager
    related: tuple[str, ...] = RELATED
    request: Any  # `arrived_at` is set by the middleware

    @property
    def session_key(self) -> str:
        return f"{self.kind}_link"

    def go(self, page: str) -> HttpResponse:
        return redirect(f"{self.kind}_{page}")

    def by_hash(self, hashed: str, *, is_in: bool = False) -> Any:
        """`is_in`: whoever came by the link before goes on when a reminder with a fresh one has been sent meanwhile."""
        if not hashed:
            return None
        known = Q(token_hash=hashed) | Q(former_token_hash=hashed) if is_in else Q(token_hash=hashed)
        return self.requests.current().filter(known).select_related(*self.related).first()

    def refused(self, error: DomainError) -> HttpResponse:
        messages.error(self.request, error.message)
        return self.go("start")


class OfHeadteacher(ByLink):
    kind = "support"
    requests = HeadteacherSupport.objects
    related = (*RELATED, "passed_from", "pledge__commitment_set")


class OfSubjectLeader(ByLink):
    kind = "leader"
    requests = SubjectLeaderSupport.objects


class RequestPage(ContextMixin, ByLink):
    """Finds the request behind the link, and turns away whoever has no business here, with what they typed."""

    needs_opening = True
    support: Any

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        support = self.by_hash(request.session.get(self.session_key, ""), is_in=True)
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
            return self.stop("answered", 409) if self.typed else self.go("done")
        if self.is_closed:
            return self.stop("closed", 403 if self.request.method == "POST" else 200)
        if self.has_expired:
            return self.stop("expired", 410)
        if self.needs_opening and self.support.state != SupportState.OPENED:
            return self.go("start")
        return None

    def stop(self, why: str, status: int) -> HttpResponse:
        context = {"support": getattr(self, "support", None), "typed": self.typed, "why": why}
        return render(self.request, self.stop_template(why), context, status=status)

    def stop_template(self, why: str) -> str:
        return f"applications/support_{why}.html"

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
    def statement(self) -> Written | None:
        return getattr(self.support, "statement", None)

    @property
    def limit(self) -> int | None:
        return self.application.round.statement_words

    @property
    def answers(self) -> list[dict[str, Any]]:
        """As written so far; what the applicant declared and signed is theirs to show."""
        given = {answer.question_id: answer.text for answer in self.application.answers.all()}
        return [{"question": each, "text": given.get(each.pk, "")} for each in self.application.terms.questions.all()]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        extra = {"support": self.support, "application": self.application, "statement_words": self.limit}
        return super().get_context_data(**kwargs) | extra


class SupportPage(OfHeadteacher, RequestPage):
    support: HeadteacherSupport

    @property
    def has_several(self) -> bool:
        return HeadteacherSupport.objects.together_with(self.support).exclude(pk=self.support.pk).exists()


class LeaderPage(OfSubjectLeader, RequestPage):
    support: SubjectLeaderSupport

    def stop_template(self, why: str) -> str:
        return super().stop_template(why) if why in ("gone", "moved") else "applications/leader_stop.html"
