from datetime import date, timedelta
from typing import Any

import factory

from cohorts.enums import Section, Whose
from cohorts.models import (
    Cohort,
    CohortPoint,
    Commitment,
    CommitmentSet,
    HubPlaces,
    Placement,
    Pledge,
    Programme,
    ProgrammePageBlock,
    ProgrammeYear,
    ReleaseTerms,
    Residential,
    Specialist,
)
from mastery_hub.common import clock
from mastery_hub.common.models import PageBlock
from mastery_hub.directory.enums import PhaseOfEducation
from tests.factories.accounts import UserFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory


class ProgrammeFactory(factory.django.DjangoModelFactory):
    name = factory.Sequence(lambda n: f"Mastery Specialist Programme {n}")
    slug = factory.Sequence(lambda n: f"programme-{n}")
    summary = "Teachers become specialists in teaching for mastery."
    school_phases = factory.LazyFunction(lambda: [PhaseOfEducation.PRIMARY, PhaseOfEducation.MIDDLE_PRIMARY])

    class Meta:
        model = Programme


class ProgrammePageBlockFactory(factory.django.DjangoModelFactory):
    programme = factory.SubFactory(ProgrammeFactory)
    kind = PageBlock.Kind.WHY
    body = "Because maths is for everyone."

    class Meta:
        model = ProgrammePageBlock


class ProgrammeYearFactory(factory.django.DjangoModelFactory):
    programme = factory.SubFactory(ProgrammeFactory)
    year = factory.Sequence(lambda n: n + 1)
    title = "Your own classroom"
    text = "Three residentials, and teaching for mastery in your own classroom."

    class Meta:
        model = ProgrammeYear


class CohortFactory(factory.django.DjangoModelFactory):
    programme = factory.SubFactory(ProgrammeFactory)
    number = factory.Sequence(lambda n: n % 900 + 1)  # as many as a form takes
    starts = 2027
    project_code = factory.Sequence(lambda n: f"NCP27-{n:02d}")

    class Meta:
        model = Cohort


class CohortPointFactory(factory.django.DjangoModelFactory):
    cohort = factory.SubFactory(CohortFactory)
    section = Section.EXPECTATION
    order = factory.Sequence(lambda n: n)
    text = "take part in three two-day residentials"

    class Meta:
        model = CohortPoint


class ReleaseTermsFactory(factory.django.DjangoModelFactory):
    cohort = factory.SubFactory(CohortFactory)
    programme_year = 1
    days_least = 15
    days_most = 15
    rate = 200

    class Meta:
        model = ReleaseTerms


class HubPlacesFactory(factory.django.DjangoModelFactory):
    cohort = factory.SubFactory(CohortFactory)
    hub = factory.SubFactory(MathsHubFactory)
    places = 4

    class Meta:
        model = HubPlaces


class CommitmentSetFactory(factory.django.DjangoModelFactory):
    """Two commitments, unless a test names another number."""

    cohort = factory.SubFactory(CohortFactory)
    whose = Whose.APPLICANT

    class Meta:
        model = CommitmentSet
        skip_postgeneration_save = True

    @factory.post_generation
    def commitments(self, create: bool, number: int | None, **kwargs: Any) -> None:
        for order in range(1, (2 if number is None else number) + 1):
            CommitmentFactory(commitment_set=self, order=order)


class CommitmentFactory(factory.django.DjangoModelFactory):
    commitment_set = factory.SubFactory(CommitmentSetFactory, commitments=0)
    order = factory.Sequence(lambda n: n + 1)
    text = factory.Sequence(lambda n: f"Commitment number {n}")

    class Meta:
        model = Commitment


class PledgeFactory(factory.django.DjangoModelFactory):
    person = factory.SubFactory(UserFactory)
    school = factory.SubFactory(SchoolFactory)
    commitment_set = factory.SubFactory(CommitmentSetFactory)
    signed_as = factory.LazyAttribute(lambda pledge: pledge.person.full_name)
    signed_at = factory.LazyFunction(clock.now)

    class Meta:
        model = Pledge


class SpecialistFactory(factory.django.DjangoModelFactory):
    person = factory.SubFactory(UserFactory)
    cohort = factory.SubFactory(CohortFactory)
    appointed_at = factory.LazyFunction(clock.now)

    class Meta:
        model = Specialist


class PlacementFactory(factory.django.DjangoModelFactory):
    specialist = factory.SubFactory(SpecialistFactory)
    hub = factory.SubFactory(MathsHubFactory)
    school = factory.SubFactory(SchoolFactory)
    from_on = factory.LazyAttribute(lambda placement: placement.specialist.cohort.academic_year.first_day)

    class Meta:
        model = Placement


class ResidentialFactory(factory.django.DjangoModelFactory):
    cohort = factory.SubFactory(CohortFactory)
    number = factory.Sequence(lambda n: n + 1)
    starts_on = date(2027, 11, 11)
    ends_on = factory.LazyAttribute(lambda residential: residential.starts_on + timedelta(days=1))

    class Meta:
        model = Residential
