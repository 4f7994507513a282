from datetime import timedelta

import factory

from applications.enums import AssessmentKind, AssessmentState, Shown, State
from applications.models import Assessment, AssessmentEvent, AssessmentScore, Shortlisting
from mastery_hub.common import clock
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory


class ShortlistingFactory(factory.django.DjangoModelFactory):
    application = factory.SubFactory(ApplicationFactory, state=State.COMPLETE)
    hub = factory.SelfAttribute("application.hub")
    by = factory.LazyAttribute(lambda listing: UserFactory(hub_lead=listing.hub))

    class Meta:
        model = Shortlisting


class AssessmentFactory(factory.django.DjangoModelFactory):
    """Arranged for an hour of tomorrow, by a lead and a reviewer of the hub."""

    application = factory.SubFactory(ApplicationFactory, state=State.COMPLETE)
    hub = factory.SelfAttribute("application.hub")
    kind = AssessmentKind.OBSERVATION
    state = AssessmentState.SCHEDULED
    starts_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=1))
    ends_at = factory.LazyAttribute(lambda assessment: assessment.starts_at + timedelta(hours=1))
    place = "Year 4, Larkfield Primary School"
    first = factory.LazyAttribute(lambda assessment: UserFactory(hub_lead=assessment.hub))
    second = factory.LazyAttribute(lambda assessment: UserFactory(hub_reviewer=assessment.hub))

    class Meta:
        model = Assessment


class AssessmentEventFactory(factory.django.DjangoModelFactory):
    assessment = factory.SubFactory(AssessmentFactory)
    action = "arrange"
    to_state = AssessmentState.SCHEDULED
    by = factory.SelfAttribute("assessment.first")

    class Meta:
        model = AssessmentEvent


class AssessmentScoreFactory(factory.django.DjangoModelFactory):
    assessment = factory.SubFactory(AssessmentFactory, state=AssessmentState.HELD)
    criterion = factory.LazyAttribute(
        lambda score: score.assessment.application.terms.criteria.filter(shown=Shown.EVIDENCED).first()
    )
    value = 3
    by = factory.SelfAttribute("assessment.first")

    class Meta:
        model = AssessmentScore
