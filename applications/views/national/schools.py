"""What NCETM sees of every hub's applications."""

from django.db.models import QuerySet

from applications.filters import TypedSchoolFilter
from applications.models import Application
from applications.tables import TypedSchoolTable
from mastery_hub.common.access import NATIONAL
from mastery_hub.common.views import TableView


class TypedSchoolListView(TableView):
    access = NATIONAL
    title = "Schools not in the register"
    table_class = TypedSchoolTable
    filterset_class = TypedSchoolFilter

    def get_rows(self) -> QuerySet[Application]:
        found = Application.objects.visible_to(self.request.user).filter(
            typed_school__isnull=False, submitted_at__isnull=False
        )
        return found.select_related("hub", "typed_school__school__authority", "typed_school__match")
