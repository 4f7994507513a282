"""The headteacher's pages, by link and without an account. A link gives this one request only (rule 10).

GET moves no state, since mail scanners follow links; the session keeps the token's hash, which every page checks
against the request's own, so that nobody is in by a link that has expired or was given to somebody else since.
"""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.generic import View
from django.views.generic.base import ContextMixin

from applications.enums import State, SupportState
from applications.models import HeadteacherStatement, HeadteacherSupport
from applications.services.support import support_person
from mastery_hub.accounts.models import User
from mastery_hub.common.access import BY_LINK
from mastery_hub.common.errors import DomainError

SESSION_KEY = "support_link"
ANSWERED: tuple[str, ...] = (SupportState.SIGNED, SupportState.DECLINED)


def support_by_hash(hashed: str, *, is_in: bool = False) -> HeadteacherSupport | None:
    """`is_in`: whoever came by the link before goes on when a reminder with a fresh one has been sent meanwhile."""
    known = Q(token_hash=hashed) | Q(former_token_hash=hashed) if is_in else Q(token_hash=hashed)
    found = HeadteacherSupport.objects.current().filter(known) if hashed else HeadteacherSupport.objects.none()
    return found.select_related(
        "application__applicant",
        "application__school",
        "application__hub",
        "application__round__cohort__programme",
        "application__terms",
        "passed_from",
        "pledge__commitment_set",
    ).first()


class SupportPage(ContextMixin, View):
    """Finds the request behind the link, and turns away whoever has no business here, with what they typed."""

    access = BY_LINK
    needs_opening = True
    request: Any  # `arrived_at` is set by the middleware
    support: HeadteacherSupport

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        support = support_by_hash(request.session.get(SESSION_KEY, ""), is_in=True)
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
            return self.stop("answered", 409) if self.typed else redirect("support_done")
        if self.is_closed:
            return self.stop("closed", 403 if self.request.method == "POST" else 200)
        if self.has_expired:
            return self.stop("expired", 410)
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
    def has_expired(self) -> bool:
        return self.request.arrived_at >= self.support.link_expires_at

    @property
    def person(self) -> User:
        return support_person(self.support)

    @property
    def statement(self) -> HeadteacherStatement | None:
        return HeadteacherStatement.objects.filter(support=self.support).first()

    def refused(self, error: DomainError) -> HttpResponse:
        messages.error(self.request, error.message)
        return redirect("support_start")

    @property
    def has_several(self) -> bool:
        return HeadteacherSupport.objects.together_with(self.support).exclude(pk=self.support.pk).exists()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        limit = self.application.round.statement_words
        extra = {"support": self.support, "application": self.application, "statement_words": limit}
        return super().get_context_data(**kwargs) | extra
