"""Changes of school by people who hold a place: this hub keeps them, hands them on, or takes them."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView

from applications.enums import SchoolChangeAction
from applications.forms.school_changes import SchoolChangeDecisionForm
from applications.models import SchoolChange
from applications.permissions import what_bars_school_change
from applications.presenters.school_changes import DECISIONS, change_rows, change_tag, decisions_open_to
from applications.services.school_change_decisions import school_change_decide
from applications.tables import SchoolChangeTable
from applications.views.hub.base import HubMixin
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import TableView


class HubSchoolChangesMixin(HubMixin):
    @property
    def changes(self) -> QuerySet[SchoolChange]:
        """Those that this hub was asked about."""
        asked = Q(hub_before=self.hub) | Q(hub_after=self.hub, handed_on=True)
        found = SchoolChange.objects.visible_to(self.request.user).filter(asked)
        return found.select_related(
            "application__applicant",
            "application__round__cohort__programme",
            "application__hub",
            "school",
            "school_before",
            "hub_before",
            "hub_after",
            "decided_by",
            "renewal",
        )


class HubSchoolChangeListView(HubSchoolChangesMixin, TableView):
    title = "Changes of school"
    table_class = SchoolChangeTable

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"hub": self.hub}

    def get_rows(self) -> QuerySet[SchoolChange]:
        return self.changes


class HubSchoolChangeView(HubSchoolChangesMixin, FormView):
    """Two leads at once: the second is told what the first has decided, beside what they typed themselves."""

    form_class = SchoolChangeDecisionForm
    template_name = "applications/hub_school_change.html"

    @cached_property
    def change(self) -> SchoolChange:
        return get_object_or_404(self.changes, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return str(self.change.application.applicant)

    def get_crumbs(self) -> list[tuple[str, str]]:
        here = reverse("hub_school_change_list", args=[self.hub.slug])
        return [*super().get_crumbs(), (HubSchoolChangeListView.title, here)]

    def get_form_kwargs(self) -> dict[str, Any]:
        """What was on the page stays a choice, so that the service says why it no longer is."""
        posted = self.request.method == "POST"
        actions = DECISIONS if posted else decisions_open_to(self.change, self.request.user)
        return super().get_form_kwargs() | {"actions": actions}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        change = get_object_or_404(self.changes, pk=self.kwargs["pk"])
        application, by = change.application, self.request.user
        form = kwargs.pop("form", None) or self.get_form()
        page = reverse("hub_application", args=[self.hub.slug, application.reference])
        return super().get_context_data(
            form=form,
            change=change,
            application=application,
            tag=change_tag(change),
            rows=change_rows(change),
            bar=what_bars_school_change(change, SchoolChangeAction.AGREE) if decisions_open_to(change, by) else "",
            deciding=bool(decisions_open_to(change, by)) or form.is_bound,
            page=page if application.hub_id == self.hub.pk else "",
            **kwargs,
        )

    def form_valid(self, form: SchoolChangeDecisionForm) -> HttpResponse:
        action = SchoolChangeAction(form.cleaned_data["answer"])
        try:
            school_change_decide(
                change=self.change, by=self.request.user, action=action, reason=form.cleaned_data["reason"]
            )
        except DomainError as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        messages.success(self.request, f"{DONE[action]}. We have written to those who wait for it.")
        return redirect("hub_school_change", hub=self.hub.slug, pk=self.change.pk)


DONE = {
    SchoolChangeAction.AGREE: "The change of school is agreed",
    SchoolChangeAction.HAND_ON: "The new school’s hub is asked",
    SchoolChangeAction.TAKE: "The candidate and their place are yours",
    SchoolChangeAction.SEND_BACK: "The candidate stays with their hub for now",
    SchoolChangeAction.REFUSE: "The change of school is refused",
}
