from typing import Any

import django_filters

from cohorts.models import Cohort, SpecialistQuerySet
from mastery_hub.common.filters import FilterSet
from mastery_hub.dashboards.specialists import named, working_in
from mastery_hub.directory.models import MathsHub


class SpecialistFilter(FilterSet):
    name = django_filters.CharFilter(label="Name", method="by_name")
    hub = django_filters.ModelChoiceFilter(
        label="Maths Hub", queryset=MathsHub.objects.all(), empty_label="All", method="by_hub"
    )
    cohort = django_filters.ModelChoiceFilter(
        label="Cohort", queryset=Cohort.objects.select_related("programme"), empty_label="All"
    )

    def by_name(self, specialists: SpecialistQuerySet, name: str, value: str) -> SpecialistQuerySet:
        return named(specialists, value)

    def by_hub(self, specialists: SpecialistQuerySet, name: str, value: Any) -> SpecialistQuerySet:
        return working_in(specialists, value.pk)
