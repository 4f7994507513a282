from typing import Any

import django_filters
from django.db.models import QuerySet

from mastery_hub.accounts.enums import HUB_ROLES, NATIONAL_ROLES, Role
from mastery_hub.accounts.models import Membership, MembershipQuerySet
from mastery_hub.common.filters import FilterSet
from mastery_hub.directory.models import MathsHub


class MembershipFilter(FilterSet):
    q = django_filters.CharFilter(label="Name or email address", method="search")
    role = django_filters.ChoiceFilter(
        choices=[(role, role.label) for role in Role if role in HUB_ROLES | NATIONAL_ROLES], empty_label="Any role"
    )
    hub = django_filters.ModelChoiceFilter(
        queryset=lambda request: MathsHub.objects.current(), label="Maths Hub", empty_label="Any hub"
    )

    class Meta:
        model = Membership
        fields = ("q", "role", "hub")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "hub" in self.request.resolver_match.kwargs:  # a hub's own page
            del self.filters["hub"]

    def search(self, queryset: MembershipQuerySet, name: str, value: str) -> QuerySet:
        return queryset.search(value)
