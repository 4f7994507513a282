"""A hub's list of the nominations of its area, and its leads' own nominations."""

from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from applications import permissions
from applications.applicant_presenters.deadlines import at_words
from applications.filters import NominationFilter
from applications.forms.nominations import NominateForm
from applications.models import Nomination, Round
from applications.presenters.nominations import round_words
from applications.services.nominations import nomination_make
from applications.tables import HubNominationTable
from applications.views.hub.base import HubMixin
from applications.views.nominations.nominator import FIELDS
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import ServiceFormView, TableView


class HubNominationListView(HubMixin, TableView):
    """Nominations of oneself are left out: nobody works on their own."""

    title = "Nominations"
    table_class = HubNominationTable
    filterset_class = NominationFilter

    def get_rows(self) -> QuerySet[Nomination]:
        user = self.request.user
        found = Nomination.objects.visible_to(user).filter(home_hub=self.hub).with_all()
        return found.exclude(pk__in=Nomination.objects.of(user).values("pk"))

    def get_actions(self) -> list[dict[str, Any]]:
        if not permissions.can_nominate_for(self.request.user, self.hub):
            return []
        places = {"by_nomination": True, "cohort__hub_places__hub": self.hub, "cohort__hub_places__places__gt": 0}
        return [
            {
                "text": f"Nominate a teacher for {round_words(round)}",
                "href": reverse("hub_nominate", args=[self.hub.slug, round.code]),
            }
            for round in Round.objects.open().with_programme().filter(**places)
        ]


class HubNominateView(HubMixin, ServiceFormView):
    title = "Nominate a teacher"
    form_class = NominateForm
    template_name = "applications/nominate.html"

    @cached_property
    def round(self) -> Round:
        found = Round.objects.published().with_programme().filter(by_nomination=True)
        return get_object_or_404(found, code=self.kwargs["code"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not permissions.can_nominate_for(self.request.user, self.hub):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def caption(self) -> str:  # type: ignore[override]
        return round_words(self.round)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [*super().get_crumbs(), ("Nominations", reverse("hub_nomination_list", args=[self.hub.slug]))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(round=self.round, closing=at_words(self.round.closes_at), **kwargs)

    def perform(self, form: NominateForm) -> Nomination:
        by, at = self.request.user, self.request.arrived_at
        return nomination_make(round=self.round, by=by, at=at, hub=self.hub, **form.cleaned_data)

    def show_refusal(self, form: Any, refused: DomainError) -> None:
        form.add_error(FIELDS.get(refused.code), refused.message)

    def get_success_message(self) -> str:
        return f"You have nominated {self.result.full_name}. We are asking them to accept."

    def get_success_url(self) -> str:
        return self.result.get_absolute_url()
