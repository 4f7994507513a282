"""Several applications at once: ticked in the list, named on a check page, done one by one."""

from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.generic import FormView

from applications.enums import SavedPage
from applications.forms.casework import CaseForm
from applications.models import Application
from applications.tables import HubApplicationTable
from applications.together import ACTIONS, BY_KEY, MOST, Together, act_together, with_what_bars
from applications.views.hub.base import HubMixin
from applications.views.hub.saved_views import list_href
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common.forms.base import GovukForm

FORM = "together"  # the boxes of the table belong to the form beneath it by this name


class TickedApplicationTable(HubApplicationTable):
    head = 1
    tick = tables.Column(verbose_name="Select", empty_values=(), orderable=False)

    class Meta(HubApplicationTable.Meta):
        sequence = ("tick", "...")

    def render_tick(self, record: Application) -> str:
        return format_html(
            '<div class="govuk-checkboxes govuk-checkboxes--small">'
            '<div class="govuk-checkboxes__item govuk-!-margin-bottom-0">'
            '<input class="govuk-checkboxes__input" type="checkbox" name="application" value="{0}" id="tick-{0}" '
            'form="{2}"><label class="govuk-label govuk-checkboxes__label" for="tick-{0}">'
            '<span class="govuk-visually-hidden">Select {1}, {0}</span></label></div></div>',
            record.reference,
            record.applicant,
            FORM,
        )


class TickingMixin:
    """For the list: the boxes, and the buttons for what may be done to those ticked."""

    @cached_property
    def acts_together(self: Any) -> bool:
        return self.hub.pk in self.request.user.hub_ids(Role.HUB_LEAD, Role.HUB_ADMINISTRATOR)

    def get_table_class(self: Any) -> type[HubApplicationTable]:
        return TickedApplicationTable if self.acts_together else HubApplicationTable

    def together(self: Any) -> dict[str, Any]:
        return {
            "form": FORM,
            "actions": ACTIONS if self.acts_together else (),
            "href": reverse("hub_together", args=[self.hub.slug]),
            "list": self.request.GET.urlencode(),
        }


class HubTogetherView(HubMixin, FormView):
    """The address holds what was ticked, so that the page can be opened again; nothing is done by opening it."""

    template_name = "applications/hub_together.html"

    @cached_property
    def action(self) -> Together:
        """Nothing else is asked before `dispatch` has seen that there is one."""
        return BY_KEY[self.request.GET["do"]]

    @cached_property
    def ticked(self) -> list[Application]:
        wanted = self.request.GET.getlist("application")[:MOST]
        return list(with_what_bars(self.applications.filter(reference__in=wanted)))

    @cached_property
    def barred(self) -> dict[Application, str]:
        at = self.request.arrived_at
        return {each: words for each in self.ticked if (words := self.action.bar(self.request.user, each, at))}

    @property
    def going(self) -> list[Application]:
        return [each for each in self.ticked if each not in self.barred]

    @property
    def back_to(self) -> str:
        return list_href(self.hub, SavedPage.APPLICATIONS, self.request.GET.get("list", ""))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.hub.pk not in self.request.user.hub_ids(Role.HUB_LEAD, Role.HUB_ADMINISTRATOR):
            raise PermissionDenied
        if request.GET.get("do") not in BY_KEY or not self.ticked:
            messages.error(request, "Select at least one application, and what to do.")
            return redirect(self.back_to)
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return self.action.question

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [*super().get_crumbs(), ("Applications", self.back_to)]

    def get_form(self, form_class: Any = None) -> GovukForm:
        kwargs = self.get_form_kwargs()
        if self.action.key == "give":
            people = User.objects.of_hub(self.hub)
            form: GovukForm = CaseForm(**kwargs, people=people, user=self.request.user, heading=False)
        else:
            form = GovukForm(**kwargs)
        form.button, form.cancel = self.action.button, self.back_to
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        asked = {"person": form.chosen} if self.action.key == "give" else {}
        by: Any = self.request.user
        done, refused = act_together(self.action, self.going, by=by, at=self.request.arrived_at, **asked)
        if done:
            messages.success(self.request, self.action.done(done))
        if refused:
            told = "; ".join(f"{each.applicant}, {each.reference}: {why.rstrip('.')}" for each, why in refused)
            messages.error(self.request, f"Not done for {len(refused)}. {told}.")
        return redirect(self.back_to)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            going=self.going,
            barred=[{"application": each, "why": why} for each, why in self.barred.items()],
            list=self.back_to,
            **kwargs,
        )
