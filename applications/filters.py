import django_filters
from django import forms
from django.db.models import Q, QuerySet

from applications.enums import NEVER_SUBMITTED, PROPOSED, PhaseTaught, State
from applications.models import Application
from mastery_hub.common.filters import FilterSet
from mastery_hub.common.forms.look import Look

LISTED = [(state.value, state.label) for state in State if state not in NEVER_SUBMITTED]


class HubApplicationFilter(FilterSet):
    """Its rows carry `seen_state`: what the person who looks may see."""

    q = django_filters.CharFilter(label="Name, school or reference", method="search")
    state = django_filters.MultipleChoiceFilter(
        label="State", field_name="seen_state", choices=LISTED, widget=forms.CheckboxSelectMultiple
    )
    phase = django_filters.MultipleChoiceFilter(
        label="Phase", choices=PhaseTaught.choices, widget=forms.CheckboxSelectMultiple
    )
    looks = {"state": Look(small=True), "phase": Look(small=True)}

    class Meta:
        model = Application
        fields = ()

    def search(self, rows: QuerySet[Application], name: str, text: str) -> QuerySet[Application]:
        """Every word must be somewhere in the names, the school or the reference."""
        for word in text.split():
            rows = rows.filter(
                Q(applicant__first_name__icontains=word)
                | Q(applicant__last_name__icontains=word)
                | Q(school__name__icontains=word)
                | Q(reference__icontains=word)
            )
        return rows


class HubApplicationShownFilter(HubApplicationFilter):
    """For hub administrators, who see no proposals."""

    state = django_filters.MultipleChoiceFilter(
        label="State",
        field_name="seen_state",
        choices=[(value, label) for value, label in LISTED if value not in PROPOSED],
        widget=forms.CheckboxSelectMultiple,
    )
