from datetime import date

import factory
from django.contrib.auth import get_user_model

from mastery_hub.common import clock
from mastery_hub.common.models import PageBlock
from mastery_hub.directory.enums import TOLD_STATE_FUNDED, EstablishmentStatus, ImportStatus, LinkKind, PhaseOfEducation
from mastery_hub.directory.models import (
    HubArea,
    HubNeighbour,
    HubPageBlock,
    LocalAuthority,
    MathsHub,
    Region,
    RegisterImport,
    RegisterLine,
    School,
    SchoolLink,
    SchoolWord,
    UnlistedSchool,
)


class RegionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Region

    name = factory.Sequence("Region {}".format)


class LocalAuthorityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LocalAuthority

    code = factory.Sequence(lambda n: 1000 + n)
    name = factory.LazyAttribute(lambda a: f"Authority {a.code}")
    region = factory.SubFactory(RegionFactory)


class MathsHubFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MathsHub

    name = factory.Sequence("Hub {}".format)
    slug = factory.LazyAttribute(lambda h: h.name.lower().replace(" ", "-"))
    region = factory.SubFactory(RegionFactory)
    email = factory.LazyAttribute(lambda h: f"info@{h.slug}.example")


class HubNeighbourFactory(factory.django.DjangoModelFactory):
    """One side of a pair; `hub.neighbours.add(other)` makes both."""

    class Meta:
        model = HubNeighbour

    from_mathshub = factory.SubFactory(MathsHubFactory)
    to_mathshub = factory.SubFactory(MathsHubFactory)


class HubAreaFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = HubArea

    hub = factory.SubFactory(MathsHubFactory)
    authority = factory.SubFactory(LocalAuthorityFactory, region=factory.SelfAttribute("..hub.region"))
    from_on = date(2020, 9, 1)


class HubPageBlockFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = HubPageBlock

    hub = factory.SubFactory(MathsHubFactory)
    kind = PageBlock.Kind.WHY
    body = "Because every child can learn maths."


class SchoolFactory(factory.django.DjangoModelFactory):
    """An open, maintained primary school. `in_hub=hub` puts its authority into that hub's area."""

    class Meta:
        model = School
        skip_postgeneration_save = True

    class Params:
        closed = factory.Trait(status=EstablishmentStatus.CLOSED, closed_on=date(2019, 8, 31))
        independent = factory.Trait(type_group=3, type_name="Other independent school")
        unlisted = factory.Trait(
            urn=factory.Sequence(lambda n: 20_000_000 + n),
            name=factory.Sequence("Academy {}".format),
            type_group=TOLD_STATE_FUNDED,
            type_name="State-funded",
            low_age=None,
            high_age=None,
        )
        secondary = factory.Trait(phase=PhaseOfEducation.SECONDARY, low_age=11, high_age=16)

    urn = factory.Sequence(lambda n: 900000 + n)
    name = factory.LazyAttribute(lambda s: f"School {s.urn}")
    authority = factory.SubFactory(LocalAuthorityFactory)
    type_name = "Community school"
    type_group = 4
    status = EstablishmentStatus.OPEN
    phase = PhaseOfEducation.PRIMARY
    low_age = 4
    high_age = 11
    town = "Fictionby"
    postcode = "ZZ1 1AA"

    @factory.post_generation
    def in_hub(self, create, hub, **kwargs):
        if create and hub:
            HubAreaFactory(hub=hub, authority=self.authority)


class UnlistedSchoolFactory(factory.django.DjangoModelFactory):
    """Typed in by somebody, as a state-funded primary school; `matched=True` was found to be another one."""

    class Meta:
        model = UnlistedSchool

    class Params:
        matched = factory.Trait(
            match=factory.SubFactory(SchoolFactory),
            matched_by=factory.SelfAttribute("typed_by"),
            matched_at=factory.LazyFunction(clock.now),
        )

    school = factory.SubFactory(SchoolFactory, unlisted=True)
    typed_by = factory.LazyFunction(lambda: get_user_model().objects.system())


class SchoolLinkFactory(factory.django.DjangoModelFactory):
    """A closed school that became an open one."""

    class Meta:
        model = SchoolLink

    from_school = factory.SubFactory(SchoolFactory, closed=True)
    to_school = factory.SubFactory(SchoolFactory)
    kind = LinkKind.SUCCESSOR
    linked_on = date(2019, 9, 1)


class RegisterLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RegisterLine

    urn = factory.Sequence(lambda n: 900000 + n)
    digest = factory.Sequence(int)


class RegisterImportFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RegisterImport

    class Params:
        waiting = factory.Trait(status=ImportStatus.WAITING, finished_at=None)
        running = factory.Trait(status=ImportStatus.RUNNING, finished_at=None, attempts=1)
        refused = factory.Trait(
            status=ImportStatus.REFUSED, refusal="missing-columns", reason="The file has no column URN."
        )

    status = ImportStatus.DONE
    finished_at = factory.LazyFunction(clock.now)
    by = factory.LazyFunction(lambda: get_user_model().objects.system())
    file_name = "edubasealldata20270901.csv"
    checksum = "0" * 64


class SchoolWordFactory(factory.django.DjangoModelFactory):
    """Schools bring their words by themselves: this is for words without schools."""

    class Meta:
        model = SchoolWord

    word = factory.Sequence(lambda n: f"word{'abcdefghij'[n % 10]}{'abcdefghij'[n // 10 % 10]}")
    schools = 1
