"""Publishing a round, closing it early and opening it again: each asked on a page that says what will happen."""

from typing import Any

from applications import set_up
from applications.enums import AnnouncementKind, RoundStage, State
from applications.forms.round_dates import RoundReopenForm
from applications.forms.rounds import RoundCloseForm
from applications.models import Application, Round
from applications.presenters.national import being_told
from applications.services.round_dates import DatesError, RoundDates, dates_awkward
from applications.services.round_life import round_close_early, round_publish, round_reopen
from applications.services.taking_up import TAKEN_UP
from applications.views.national.base import NationalRoundMixin
from mastery_hub.common import clock
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.templatetags.moments import deadline
from mastery_hub.common.views import ServiceFormView


class RoundPublishForm(GovukForm):
    button = "Publish the round"


class RoundPublishView(NationalRoundMixin, ServiceFormView):
    title = "Publish the round"
    form_class = RoundPublishForm
    template_name = "applications/national_round_publish.html"

    def perform(self, form: RoundPublishForm) -> Round:
        return round_publish(round=self.round, by=self.user)

    def get_success_message(self) -> str:
        if self.result.stage == RoundStage.OPEN:
            return "The round is published, and applications are open."
        return f"The round is published. Applications open at {deadline(self.result.opens_at)}."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "missing": set_up.missing(self.round),
            "awkward": list(dates_awkward(RoundDates.of(self.round)).values()),
            "at_once": self.round.opens_at <= clock.now(),
            "published": self.round.published_at is not None,
        }


def standing(round: Round, state: State) -> int:
    return Application.objects.filter(round=round, state=state).count()


class RoundCloseView(NationalRoundMixin, ServiceFormView):
    title = "Close the round early"
    form_class = RoundCloseForm
    template_name = "applications/national_round_close.html"

    def get_success_message(self) -> str:
        return f"The round is closed. {being_told(self.round, AnnouncementKind.CLOSED_EARLY)}"

    def perform(self, form: RoundCloseForm) -> None:
        round_close_early(round=self.round, by=self.user, reason=form.cleaned_data["reason"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "is_open": self.round.is_open(),
            "drafts": standing(self.round, State.DRAFT),
            "waiting": standing(self.round, State.SUBMITTED),
        }


class RoundReopenView(NationalRoundMixin, ServiceFormView):
    title = "Open the round again"
    form_class = RoundReopenForm
    template_name = "applications/national_round_reopen.html"

    def get_success_message(self) -> str:
        return f"The round is open again. {being_told(self.round, AnnouncementKind.REOPENED)}"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"round": self.round}

    def perform(self, form: RoundReopenForm) -> None:
        try:
            round_reopen(
                round=self.round,
                by=self.user,
                closes_at=form.window.closes_at,
                support_closes_at=form.window.support_closes_at,
                reason=form.cleaned_data["reason"],
            )
        except DatesError as refused:
            form.add_problems(refused.problems)
            raise

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        back = {state: standing(self.round, state) for state in TAKEN_UP}
        return super().get_context_data(**kwargs) | {
            "is_closed": self.round.stage == RoundStage.CLOSED,
            "drafts": back[State.EXPIRED],
            "waiting": back[State.INCOMPLETE],
            "released": Application.objects.filter(round=self.round, decisions__released_at__isnull=False).exists(),
        }
