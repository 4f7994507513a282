"""A headteacher with several applicants: all requests to one address side by side, each still answered alone."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import FormView

from applications.applicant_presenters.status import until_words
from applications.forms.support import RankForm
from applications.models import HeadteacherSupport
from applications.presenters import support_tag
from applications.services.ranking import supports_rank
from applications.views.support.base import ANSWERED, SupportPage
from mastery_hub.common.errors import DomainError


class SupportSeveralView(SupportPage, FormView):
    """Open to whoever has pressed Continue on one of them, and to nobody who is an applicant among them."""

    template_name = "applications/support_several.html"
    form_class = RankForm

    def elsewhere(self) -> HttpResponse | None:
        if self.is_own or self.support.state not in ANSWERED:
            return super().elsewhere()
        return self.stop("expired", 410) if self.has_expired else None

    @cached_property
    def supports(self) -> list[HeadteacherSupport]:
        found = HeadteacherSupport.objects.together_with(self.support).with_applications().select_related("rank")
        return sorted(found, key=lambda each: (each.application.round.code, str(each.application.applicant)))

    @property
    def is_own(self) -> bool:
        applicants = {each.application.applicant_id for each in self.supports}
        return super().is_own or self.request.user.pk in applicants

    @property
    def to_rank(self) -> list[HeadteacherSupport]:
        keys = set(HeadteacherSupport.objects.to_rank_with(self.support).values_list("pk", flat=True))
        return [each for each in self.supports if each.pk in keys]

    @property
    def may_rank(self) -> bool:
        return not self.is_closed and self.support.pk in {each.pk for each in self.to_rank} and len(self.to_rank) > 1

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"supports": self.to_rank}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = self.request.arrived_at
        rows = [
            {
                "support": each,
                "tag": support_tag(each.state),
                "until": until_words(each.application.support_closes_at, now) if each.is_waiting else "",
                "is_this": each.pk == self.support.pk,
            }
            for each in self.supports
        ]
        return super().get_context_data(rows=rows, may_rank=self.may_rank, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "go" not in request.POST:
            return super().post(request, *args, **kwargs)
        wanted = {str(each.pk): each for each in self.supports}.get(request.POST["go"])
        if wanted is None:
            messages.error(request, "This request has ended.")
            return redirect("support_several")
        request.session[self.session_key] = wanted.token_hash
        return redirect("support_start")

    def form_valid(self, form: RankForm) -> HttpResponse:
        at = self.request.arrived_at
        try:
            supports_rank(support=self.support, by=self.person, at=at, places=form.places)
        except DomainError as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        messages.success(self.request, "The order is saved." if form.places else "There is no order any more.")
        return redirect("support_several")
