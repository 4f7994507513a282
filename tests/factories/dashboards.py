import factory

from mastery_hub.common import clock
from mastery_hub.dashboards.models import FormCount, PageFeedback, QuestionErrorCount


class PageFeedbackFactory(factory.django.DjangoModelFactory):
    route = "home"
    useful = True
    plain = True

    class Meta:
        model = PageFeedback


class FormCountFactory(factory.django.DjangoModelFactory):
    day = factory.LazyFunction(clock.today)
    route = "application_about"
    sent = 1

    class Meta:
        model = FormCount


class QuestionErrorCountFactory(factory.django.DjangoModelFactory):
    day = factory.LazyFunction(clock.today)
    route = "application_about"
    question = "Your role"
    error = "Enter your role"
    times = 1

    class Meta:
        model = QuestionErrorCount
