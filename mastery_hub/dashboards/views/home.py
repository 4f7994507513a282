"""The first page: what Mastery Hub is, or, signed in, one's own places and what to do next."""

from typing import Any

from django.views.generic import TemplateView

from applications.models import Round
from cohorts.models import Programme
from mastery_hub.common import clock
from mastery_hub.common.access import PUBLIC
from mastery_hub.dashboards.presenters import round_card
from mastery_hub.dashboards.sections import sections_for


class HomeView(TemplateView):
    access = PUBLIC

    def get_template_names(self) -> list[str]:
        return ["dashboards/home.html" if self.request.user.is_authenticated else "dashboards/landing.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        if not user.is_authenticated:
            own = {"programmes": Programme.objects.all()}
        else:
            own = {"sections": sections_for(user), "show_rounds": not user.current_memberships}
        to_come = Round.objects.published().filter(closes_at__gt=clock.now()).with_programme().order_by("closes_at")
        return super().get_context_data(**kwargs) | {
            "rounds": [round_card(each) for each in to_come],
            **own,
        }
