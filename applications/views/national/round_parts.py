"""The parts of a round that this app sets up by itself: its cohort and code, dates, places and document."""

from functools import cached_property
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.urls import reverse

from applications.forms.release import PointsForm, ReleaseForm
from applications.forms.residentials import ResidentialsForm
from applications.forms.round_dates import RoundDatesForm
from applications.forms.rounds import DocumentForm, PlacesForm, RoundDetailsForm
from applications.models import Application, Deferral, InformationDocument, Round
from applications.services.round_dates import DatesError, round_set_dates
from applications.services.round_documents import information_document_publish
from applications.services.round_making import round_set_details
from applications.services.round_places import PlacesError, round_set_places
from applications.services.round_points import round_set_points
from applications.services.round_release import round_set_release
from applications.services.round_residentials import round_set_residentials
from applications.views.national.base import RoundFormView
from mastery_hub.directory.forms.hubs import PREVIEW
from mastery_hub.directory.models import MathsHub


class RoundDatesView(RoundFormView):
    title = "Dates"
    form_class = RoundDatesForm
    template_name = "applications/national_round_dates.html"
    success_message = "The dates are saved."

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"round": self.round}

    def save(self, form: RoundDatesForm) -> None:
        try:
            round_set_dates(round=self.round, by=self.user, dates=form.dates, seen=form.has_seen)
        except DatesError as refused:
            form.add_problems(refused.problems)
            raise


class RoundDetailsView(RoundFormView):
    title = "Cohort and code"
    form_class = RoundDetailsForm
    success_message = "The details are saved."

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"round": self.round}

    def save(self, form: RoundDetailsForm) -> Any:
        return round_set_details(round=self.round, by=self.user, details=form.details, seen=form.has_seen)

    def get_success_url(self) -> str:
        code = self.result.code if hasattr(self, "result") else self.round.code
        return reverse("national_round", kwargs={"code": code})


class RoundPlacesView(RoundFormView):
    title = "Hubs and places"
    form_class = PlacesForm
    template_name = "applications/national_round_places.html"
    success_message = "The places are saved. Each hub sees its own on its page."

    def get_form_kwargs(self) -> dict[str, Any]:
        rows = list(self.round.cohort.hub_places.all())
        here = MathsHub.objects.current() | MathsHub.objects.filter(pk__in=[row.hub_id for row in rows])
        hubs = here.select_related("region").order_by("region__name", "name")
        return super().get_form_kwargs() | {"hubs": hubs, "rows": rows}

    def save(self, form: PlacesForm) -> None:
        try:
            round_set_places(round=self.round, by=self.user, wanted=form.wanted, seen=form.has_seen)
        except PlacesError as refused:
            form.add_problems(refused.problems)
            raise

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = list(self.round.cohort.hub_places.all())
        return super().get_context_data(**kwargs) | {
            "hubs": len(rows),
            "total": sum(row.places for row in rows),
            "taken": sum(row.taken for row in rows),
            "promises": promises(self.round),
        }


def promises(round: Round) -> list[str]:
    """Hubs that have kept places for this cohort, which nobody has taken up yet."""
    counted = Deferral.objects.promised(round.cohort).order_by("hub__name").values_list("hub__name")
    return [f"{hub}: {number}" for hub, number in counted.annotate(number=Count("pk"))]


class RoundResidentialsView(RoundFormView):
    title = "Residentials"
    form_class = ResidentialsForm
    success_message = "The residentials are saved."

    def get_form_kwargs(self) -> dict[str, Any]:
        rows = list(self.round.cohort.residentials.all())
        return super().get_form_kwargs() | {"cohort": self.round.cohort, "rows": rows}

    def save(self, form: ResidentialsForm) -> Any:
        return round_set_residentials(round=self.round, by=self.user, wanted=form.wanted, seen=form.has_seen)


class RoundReleaseView(RoundFormView):
    title = "Release days"
    form_class = ReleaseForm
    template_name = "applications/national_round_release.html"
    success_message = "The release days are saved."

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"cohort": self.round.cohort}

    def save(self, form: ReleaseForm) -> Any:
        sure = bool(form.cleaned_data.get("sure"))
        return round_set_release(round=self.round, by=self.user, wanted=form.wanted, seen=form.has_seen, sure=sure)


class RoundPointsView(RoundFormView):
    title = "What the cohort is told"
    form_class = PointsForm
    template_name = "applications/national_round_points.html"
    success_message = "What the cohort is told is saved."

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"cohort": self.round.cohort}

    def save(self, form: PointsForm) -> Any:
        return round_set_points(round=self.round, by=self.user, wanted=form.wanted, seen=form.has_seen)


class RoundDocumentView(RoundFormView):
    title = "Information document"
    form_class = DocumentForm
    template_name = "applications/national_round_document.html"

    @cached_property
    def latest(self) -> InformationDocument | None:
        return self.round.current_document

    def get_form_kwargs(self) -> dict[str, Any]:
        known = {"latest": self.latest, "relied_upon": self.relied_upon}
        return super().get_form_kwargs() | known | {"published": self.round.published_at is not None}

    def form_valid(self, form: DocumentForm) -> HttpResponse:
        if PREVIEW in self.request.POST:
            return self.render_to_response(self.get_context_data(form=form, preview=form.cleaned_data["body"]))
        return super().form_valid(form)

    def save(self, form: DocumentForm) -> InformationDocument:
        said = form.cleaned_data
        return information_document_publish(
            round=self.round,
            by=self.user,
            title=said["title"],
            body=said["body"],
            changes=said.get("changes", ""),
            seen=form.has_seen,
        )

    def get_success_message(self) -> str:
        return f"Version {self.result.version} of the information document is saved."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        writing = Application.objects.filter(round=self.round, state="draft").count() if self.relied_upon else 0
        are = "1 person is" if writing == 1 else f"{writing} people are"
        return super().get_context_data(**kwargs) | {
            "latest": self.latest,
            "writing": writing,
            "warning": f"{are} writing an application: each is sent an email with what has changed.",
        }
