"""Programmes and their cohorts, which rounds recruit for."""

from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView

from applications.forms.programmes import CohortForm, ProgrammeForm, ProgrammeYearsForm
from applications.models import Round
from cohorts.models import Cohort, Programme
from cohorts.years import programme_years_set
from mastery_hub.common.access import NATIONAL, SignedInRequest
from mastery_hub.common.errors import DomainError
from mastery_hub.common.forms.base import GovukModelForm
from mastery_hub.common.views import PageMixin, ServiceFormView
from mastery_hub.common.writing import ChangedElsewhereError


class ProgrammeListView(PageMixin, TemplateView):
    access = NATIONAL
    title = "Programmes and cohorts"
    template_name = "applications/national_programme_list.html"

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [("Rounds", reverse("national_rounds"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cohorts = Cohort.objects.prefetch_related(Prefetch("rounds", Round.objects.with_programme()))
        programmes = Programme.objects.prefetch_related(Prefetch("cohorts", cohorts))
        return super().get_context_data(**kwargs) | {"programmes": programmes}


class ProgrammeFormView(ServiceFormView):
    access = NATIONAL
    form_class: type[GovukModelForm] = ProgrammeForm
    success_message = "The programme is saved."

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [("Rounds", reverse("national_rounds")), ("Programmes and cohorts", self.get_success_url())]

    def perform(self, form: GovukModelForm) -> Any:
        return form.save()

    def get_success_url(self) -> str:
        return reverse("national_programme_list")


class ProgrammeAddView(ProgrammeFormView):
    title = "Add a programme"


class ProgrammeDetailsView(ProgrammeFormView):
    title = "Programme"

    def get_form_kwargs(self) -> dict[str, Any]:
        programme = get_object_or_404(Programme, slug=self.kwargs["programme"])
        return super().get_form_kwargs() | {"instance": programme}


class ProgrammeYearsView(ServiceFormView):
    access = NATIONAL
    request: SignedInRequest
    title = "What each year holds"
    form_class = ProgrammeYearsForm
    template_name = "applications/national_programme_years.html"
    success_message = "The years are saved. The programme’s page and its rounds tell of them now."

    @cached_property
    def programme(self) -> Programme:
        return get_object_or_404(Programme, slug=self.kwargs["programme"])

    @property
    def caption(self) -> str:  # type: ignore[override]
        return str(self.programme)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [("Rounds", reverse("national_rounds")), ("Programmes and cohorts", self.get_success_url())]

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"programme": self.programme}

    def perform(self, form: ProgrammeYearsForm) -> None:
        seen = form.cleaned_data["seen"]
        programme_years_set(programme=self.programme, by=self.request.user, wanted=form.wanted, seen=seen)

    def show_refusal(self, form: ProgrammeYearsForm, refused: DomainError) -> None:
        if isinstance(refused, ChangedElsewhereError):
            form.show_changed(refused)
        else:
            super().show_refusal(form, refused)

    def get_success_url(self) -> str:
        return reverse("national_programme_list")


class CohortAddView(ProgrammeFormView):
    title = "Set up a cohort"
    form_class = CohortForm
    success_message = "The cohort is set up. Now set up its round."

    def get_initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("programme", "")
        return {"programme": asked if asked.isdecimal() else None}

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [
            ("Rounds", reverse("national_rounds")),
            ("Programmes and cohorts", reverse("national_programme_list")),
        ]

    def get_success_url(self) -> str:
        return f"{reverse('national_round_add')}?cohort={self.result.pk}"
