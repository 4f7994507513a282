import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from mastery_hub.common import clock
from mastery_hub.common.filters import FilterSet
from mastery_hub.directory.models import HubArea, LocalAuthority, MathsHub, Region


class HubFilter(FilterSet):
    q = django_filters.CharFilter(label="Name", field_name="name", lookup_expr="icontains")
    region = django_filters.ModelChoiceFilter(queryset=Region.objects.all(), empty_label="All regions")

    class Meta:
        model = MathsHub
        fields = ("q", "region")


class AuthorityFilter(FilterSet):
    q = django_filters.CharFilter(label="Name", field_name="name", lookup_expr="icontains")
    region = django_filters.ModelChoiceFilter(queryset=Region.objects.all(), empty_label="All regions")
    hub = django_filters.ChoiceFilter(
        label="Maths Hub", choices=[("yes", "Has one"), ("no", "Has none")], empty_label="All", method="filter_hub"
    )

    class Meta:
        model = LocalAuthority
        fields = ("q", "region", "hub")

    def filter_hub(self, rows: QuerySet, name: str, wanted: str) -> QuerySet:
        areas = HubArea.objects.on(clock.today()).filter(authority=OuterRef("pk"))
        return rows.filter(Exists(areas) if wanted == "yes" else ~Exists(areas))
