"""The first page: what Mastery Hub is, or, signed in, one's own places and what to do next."""

from typing import Any

from django.db.models import QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from applications.models import Application, Round
from applications.outlook import outlooks
from cohorts.models import Programme
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.access import PUBLIC
from mastery_hub.dashboards.presenters import round_cards
from mastery_hub.dashboards.sections import sections_for


@method_decorator(never_cache, name="dispatch")
class HomeView(TemplateView):
    access = PUBLIC

    def get_template_names(self) -> list[str]:
        return ["dashboards/home.html" if self.request.user.is_authenticated else "dashboards/landing.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        shown = self._own(user) if user.is_authenticated else self._landing()
        return super().get_context_data(**kwargs) | shown

    @staticmethod
    def _rounds() -> QuerySet[Round]:
        """Open now or to come, the one that closes first before the others."""
        return Round.objects.published().filter(closes_at__gt=clock.now()).with_programme().order_by("closes_at", "pk")

    def _landing(self) -> dict[str, Any]:
        cards = round_cards(self._rounds())
        open_now = cards.pop(0) if cards and cards[0].stage == "open" else None
        programmes = list(Programme.objects.all())
        waiting = [] if open_now else outlooks(programmes)
        return {"open": open_now, "more": cards, "programmes": programmes, "outlooks": waiting}

    def _own(self, user: User) -> dict[str, Any]:
        """Rounds to apply for are shown to people without a role here, and only where they have not applied yet."""
        applied = Application.objects.visible_to(user).filter(applicant=user).live()
        rounds = self._rounds().exclude(pk__in=applied.values("round")) if not user.current_memberships else []
        return {"sections": sections_for(user), "rounds": round_cards(rounds)}
