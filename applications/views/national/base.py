"""What the pages of one round have in common, which NCETM sets it up on."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from applications.models import Round
from applications.services.round_log import ChangedMeanwhileError, round_seen
from mastery_hub.common.access import NATIONAL
from mastery_hub.common.views import PageMixin, ServiceFormView


class NationalRoundMixin(PageMixin):
    """For pages below `/national/rounds/<code>/`: ServiceFormView, ServiceActionView, TemplateView. They lead back to
    the round's page. `relied_upon` in the context says that somebody has begun an application."""

    access = NATIONAL
    request: HttpRequest
    kwargs: dict[str, Any]

    @property
    def user(self) -> Any:
        """Signed in, since NCETM alone gets here."""
        return self.request.user

    @cached_property
    def round(self) -> Round:
        return get_object_or_404(Round.objects.with_programme(), code=self.kwargs["code"])

    @cached_property
    def relied_upon(self) -> bool:
        return self.round.is_relied_upon

    @property
    def caption(self) -> str:  # type: ignore[override]
        return str(self.round)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [("Rounds", reverse("national_rounds")), (str(self.round), self.get_success_url())]

    def get_success_url(self) -> str:
        return reverse("national_round", kwargs={"code": self.round.code})

    def get_next_url(self) -> str:
        return self.get_success_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = {"round": self.round, "relied_upon": self.relied_upon}
        return super().get_context_data(**(page | kwargs))


class RoundFormView(NationalRoundMixin, ServiceFormView):
    """A form that says what its page showed (`SeenForm`): what a colleague changed meanwhile is told of and can then
    be replaced knowingly. `save` calls the service with `form.has_seen`."""

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"seen": round_seen(self.round)}

    def save(self, form: Any) -> Any:
        raise NotImplementedError

    def perform(self, form: Any) -> Any:
        try:
            return self.save(form)
        except ChangedMeanwhileError as faster:
            form.now_seen(faster.latest)
            raise
