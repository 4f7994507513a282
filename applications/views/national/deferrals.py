"""Places that hubs keep for the next cohort, for NCETM, which sets up the places that they are taken up in."""

from django.db.models import QuerySet

from applications.filters import DeferralFilter
from applications.models import Deferral
from applications.tables import DeferralTable
from mastery_hub.common.access import NATIONAL
from mastery_hub.common.views import TableView


class NationalDeferralListView(TableView):
    access = NATIONAL
    title = "Places kept for the next cohort"
    table_class = DeferralTable
    filterset_class = DeferralFilter

    def get_rows(self) -> QuerySet[Deferral]:
        found = Deferral.objects.visible_to(self.request.user)
        return found.select_related(
            "application__applicant", "application__school", "application__round__cohort__programme", "hub"
        )
