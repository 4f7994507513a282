"""What anyone may look up: schools, hubs, and which hub is a school's."""

from collections.abc import Iterable
from math import inf
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.views.generic import DetailView, ListView, TemplateView

from mastery_hub.common import clock
from mastery_hub.common.access import PUBLIC
from mastery_hub.directory import hub_page
from mastery_hub.directory.areas import area_in, areas_of, next_move
from mastery_hub.directory.finding import schools_found
from mastery_hub.directory.forms.schools import RESULTS, SchoolSearchForm
from mastery_hub.directory.hub_schools import HubSchools, miles_in_words
from mastery_hub.directory.models import LocalAuthority, MathsHub, Region, School
from mastery_hub.directory.permissions import can_edit_page

LISTED = 200  # nobody reads on, and a search sorts many more


def with_hubs(schools: Iterable[School]) -> list[School]:
    """Each with its home hub of today as `hub`, for any number of schools in two queries more."""
    schools = list(schools)
    homes = School.objects.with_hub().only("urn").in_bulk([school.pk for school in schools])
    hubs = MathsHub.objects.in_bulk({home.home_hub_id for home in homes.values() if home.home_hub_id})
    for school in schools:
        school.hub = hubs.get(homes[school.pk].home_hub_id)
    return schools


class SchoolSearchView(TemplateView):
    access = PUBLIC
    template_name = "directory/school_search.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        request = self.request
        form = SchoolSearchForm(request.GET if "q" in request.GET else None)
        context = super().get_context_data(**kwargs) | {"form": form}
        if form.is_valid():
            found = schools_found(form.cleaned_data["q"], LISTED)
            page = Paginator(found.schools, RESULTS).get_page(request.GET.get("page"))
            is_cut = len(found.schools) == LISTED
            context |= {"q": form.cleaned_data["q"], "found": found, "is_cut": is_cut, "page_obj": page}
            context["schools"] = with_hubs(page)
        return context


class FindYourHubView(SchoolSearchView):
    template_name = "directory/find_your_hub.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        authorities = LocalAuthority.objects.current().with_areas()
        return super().get_context_data(**kwargs) | {"authorities": authorities}


class SchoolHubView(DetailView):
    """The answer: one school's home hub and the hubs next to it, any of which may take an application."""

    access = PUBLIC
    template_name = "directory/school_hub.html"
    pk_url_kwarg = "urn"
    context_object_name = "school"

    def get_queryset(self) -> QuerySet[School]:
        return School.objects.visible_to(self.request.user).with_area()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        school, today = self.object, clock.today()
        areas = areas_of(school.authority_id)
        area = area_in(areas, school.district, today)
        context = super().get_context_data(**kwargs) | {
            "area": area,
            "hub": area.hub if area else None,
            "next_move": next_move(areas, school.district, today),
            "successors": () if school.is_open else School.objects.open().following(school),
        }
        return context | (self.around(area.hub) if area else {"map": None, "neighbours": []})

    def around(self, hub: MathsHub) -> dict[str, Any]:
        """The hub's map, and its neighbours with the nearest one first."""
        neighbours = list(hub.neighbours.visible_to(self.request.user))
        schools = HubSchools(hub, neighbours)
        miles = schools.miles_from(self.object)
        nearest = sorted(neighbours, key=lambda each: miles.get(each.pk, inf))
        return {
            "map": schools.map(pin=self.object) if schools.own else None,
            "neighbours": [{"hub": each, "away": miles_in_words(miles.get(each.pk))} for each in nearest],
        }


class HubListView(ListView):
    access = PUBLIC
    template_name = "directory/hub_list.html"
    context_object_name = "regions"

    def get_queryset(self) -> QuerySet[Region]:
        hubs = MathsHub.objects.visible_to(self.request.user).current()
        return Region.objects.prefetch_related(Prefetch("hubs", hubs, to_attr="hubs_today"))


class HubPageView(DetailView):
    access = PUBLIC
    template_name = "directory/hub_page.html"
    slug_url_kwarg = "hub"
    context_object_name = "hub"

    def get_queryset(self) -> QuerySet[MathsHub]:
        return MathsHub.objects.visible_to(self.request.user).select_related("region")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        hub = self.object
        blocks = list(hub.blocks.in_page_order())
        neighbours = list(hub.neighbours.visible_to(self.request.user))
        schools = HubSchools(hub, neighbours)
        return super().get_context_data(**kwargs) | {
            "blocks": blocks,
            "area": hub_page.area(hub),
            "neighbours": neighbours,
            "map": schools.map() if schools.own else None,
            "phases": schools.phases(),
            "number": len(schools.own),
            "parts": hub_page.shown(hub),
            "updated_at": max((block.updated_at for block in blocks), default=None),
            "may_edit": can_edit_page(self.request.user, hub),
        }
