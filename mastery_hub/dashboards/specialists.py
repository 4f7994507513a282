"""Specialists as lists and their own page show them."""

from django.db.models import Exists, OuterRef, Q

from cohorts.models import Placement, SpecialistQuerySet
from mastery_hub.common import clock


def working_in(specialists: SpecialistQuerySet, hub: int) -> SpecialistQuerySet:
    """Those who are placed in the hub, or will be: everyone there but those who have left."""
    here = Placement.objects.filter(specialist=OuterRef("pk"), hub=hub)
    return specialists.filter(Exists(here.filter(Q(until_on=None) | Q(until_on__gt=clock.today()))))


def named(specialists: SpecialistQuerySet, text: str) -> SpecialistQuerySet:
    """Every word of `text` stands in the first or the last name."""
    words = [Q(person__first_name__icontains=word) | Q(person__last_name__icontains=word) for word in text.split()]
    return specialists.filter(*words)
