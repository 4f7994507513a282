"""The places of a Mastery Specialist and of a headteacher."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.generic import TemplateView

from applications.models import HeadteacherSupport
from applications.presenters import release_facts, standing, state_tag
from cohorts.models import Placement, Pledge, Specialist
from mastery_hub.accounts.models import User
from mastery_hub.common.access import SIGNED_IN
from mastery_hub.dashboards.presenters import specialist_facts, what_is_next
from mastery_hub.directory.models import School
from mastery_hub.directory.services.areas import hub_of_school


def placed_at(user: User, urn: int) -> QuerySet[Specialist]:
    """The school's specialists of today and to come, and those who were placed there before."""
    here = Placement.objects.filter(specialist=OuterRef("pk"), school=urn)
    return Specialist.objects.visible_to(user).filter(Exists(here)).with_placements()


class SpecialistHomeView(TemplateView):
    """One's own record: one part for each cohort, the latest first."""

    access = SIGNED_IN
    template_name = "dashboards/specialist_home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        own = Specialist.objects.visible_to(user).filter(person=user).order_by("-cohort__starts").with_placements()
        specialists = list(own.prefetch_related("cohort__residentials", "cohort__release_terms"))
        pledges = Pledge.objects.filter(person=user, commitment_set__cohort__in=[s.cohort_id for s in specialists])
        signed = {pledge.commitment_set.cohort_id: pledge for pledge in self._with_commitments(pledges)}
        records = [
            {
                "specialist": each,
                "facts": specialist_facts(each),
                "next": what_is_next(each),
                "hub": each.placement.hub if each.placement else None,
                "release": release_facts(each.cohort),
                "pledge": signed.get(each.cohort_id),
            }
            for each in specialists
        ]
        return super().get_context_data(**kwargs) | {"records": records}

    @staticmethod
    def _with_commitments(pledges: QuerySet[Pledge]) -> QuerySet[Pledge]:
        """Of several signatures the latest comes last, and counts."""
        found = pledges.filter(application__isnull=False).select_related("commitment_set")
        return found.prefetch_related("commitment_set__commitments").order_by("signed_at")


class SchoolHomeView(TemplateView):
    """For the school's confirmed headteacher: its specialists, and the applications that they themselves supported."""

    access = SIGNED_IN
    template_name = "dashboards/school_home.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        user: Any = request.user
        if kwargs["urn"] not in user.school_urns:
            raise Http404
        schools = School.objects.visible_to(user).with_area()
        self.school = get_object_or_404(schools, urn=kwargs["urn"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        school = self.school
        supports = HeadteacherSupport.objects.current().filter(person=user, application__school=school)
        return super().get_context_data(**kwargs) | {
            "school": school,
            "facts": self._facts(),
            "specialists": [(each, each.placement) for each in placed_at(user, school.urn)],
            "supports": [
                {
                    "support": support,
                    "tag": state_tag(support.application.shown_state),
                    "standing": standing(support.application),
                }
                for support in supports.select_related("pledge").with_applications()
            ],
        }

    def _facts(self) -> list[dict[str, Any]]:
        school, hub = self.school, hub_of_school(self.school)
        facts: list[dict[str, Any]] = [
            {"key": "URN", "value": str(school.urn)},
            {"key": "Address", "value": ", ".join(filter(None, (school.street, school.place)))},
            {"key": "Phase", "value": school.get_phase_display()},
            {"key": "Local authority", "value": str(school.authority)},
        ]
        if hub:
            page = {"href": hub.get_absolute_url(), "action": "Contact", "hidden": str(hub)}
            facts.append({"key": "Maths Hub", "value": str(hub), **page})
        return facts
