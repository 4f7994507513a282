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
    without_hub = django_filters.BooleanFilter(label="Without a hub", method="filter_without_hub")

    class Meta:
        model = LocalAuthority
        fields = ("q", "region", "without_hub")

    def filter_without_hub(self, rows: QuerySet, name: str, wanted: bool) -> QuerySet:
        areas = HubArea.objects.on(clock.today()).filter(authority=OuterRef("pk"))
        return rows.filter(~Exists(areas)) if wanted else rows.filter(Exists(areas))
