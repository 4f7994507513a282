"""What every page of a hub about applications stands on: its hub, and its applications as this person may see them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import View

from applications.models import Application
from applications.presenters import with_requests
from mastery_hub.common.access import HUB
from mastery_hub.common.views import PageMixin
from mastery_hub.directory.models import MathsHub


class HubMixin(PageMixin, View):
    access = HUB
    request: Any  # whose user, signed in, is one of ours

    @cached_property
    def hub(self) -> MathsHub:
        return get_object_or_404(MathsHub.objects.visible_to(self.request.user), slug=self.kwargs["hub"])

    @property
    def applications(self) -> QuerySet[Application]:
        """What was submitted to this hub. One's own is left out: nobody works on their own application."""
        found = Application.objects.visible_to(self.request.user).at_hub(self.hub)
        return found.exclude(applicant=self.request.user)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [(str(self.hub), reverse("hub_home", args=[self.hub.slug]))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"hub": self.hub}


class HubApplicationMixin(HubMixin):
    """One application; `allowed` says who may come here at all, and everybody else is told so."""

    @cached_property
    def application(self) -> Application:
        nominated = ("nomination__school", "nomination__hub", "nomination__nominated_by")
        more = (*nominated, "typed_school__school__authority", "typed_school__matched_by", "home_hub")
        found = with_requests(self.found.with_people().select_related(*more))
        return get_object_or_404(found, reference=self.kwargs["reference"])

    @property
    def found(self) -> QuerySet[Application]:
        return self.applications

    def allowed(self) -> bool:
        return True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (self.application and self.allowed()):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def page(self) -> str:
        return reverse("hub_application", args=[self.hub.slug, self.application.reference])

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [
            *super().get_crumbs(),
            ("Applications", reverse("hub_application_list", args=[self.hub.slug])),
            (str(self.application.applicant), self.page),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"application": self.application, "page": self.page}
