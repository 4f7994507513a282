from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import FormView

from applications import permissions
from applications.enums import Shown, State
from applications.forms.hub import ReviewForm
from applications.hub_presenters.evidence import review_groups
from applications.models import Criterion, Review
from applications.services.selection import review_save
from applications.views.hub.base import HubApplicationMixin
from mastery_hub.accounts.enums import Role
from mastery_hub.common.errors import DomainError


class HubReviewView(HubApplicationMixin, FormView):
    """One person's scores, each beside the answers that serve its criterion; a draft until submitted."""

    form_class = ReviewForm
    template_name = "applications/hub_review.html"
    title = "Score this application"

    def allowed(self) -> bool:
        return self.application.hub_id in self.request.user.hub_ids(Role.HUB_LEAD, Role.HUB_REVIEWER)

    @cached_property
    def review(self) -> Review | None:
        return self.application.reviews.filter(reviewer=self.request.user).prefetch_related("scores").first()

    @cached_property
    def criteria(self) -> list[Criterion]:
        return list(self.application.terms.criteria.filter(shown=Shown.EVIDENCED).prefetch_related("questions"))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.review and self.review.submitted_at:
            return self.turn_away("You have already submitted your scores.")
        if not permissions.can_score(self.request.user, self.application):
            state = State(self.application.state).label.lower()
            return self.turn_away(f"This application can no longer be scored: it is now “{state}”.")
        return super().get(request, *args, **kwargs)

    def turn_away(self, message: str) -> HttpResponse:
        messages.error(self.request, message)
        return redirect(f"{self.page}#scores")

    def get_form_kwargs(self) -> dict[str, Any]:
        scores = self.review.scores.all() if self.review else []
        return super().get_form_kwargs() | {"criteria": self.criteria, "scores": scores}

    def form_valid(self, form: ReviewForm) -> HttpResponse:
        try:
            review_save(application=self.application, by=self.request.user, scores=form.scores, submit=form.submitting)
        except DomainError as error:
            if error.code == "stale":
                return self.turn_away(error.message)
            form.add_error(None, error.message)
            return self.form_invalid(form)
        messages.success(
            self.request, "Your scores are submitted." if form.submitting else "Your draft is saved: only you see it."
        )
        return redirect(f"{self.page}#scores")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"groups": review_groups(self.application, self.criteria, context["form"])}
