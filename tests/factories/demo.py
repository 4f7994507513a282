import factory

from mastery_hub.demo.models import DemoDatabase


class DemoDatabaseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DemoDatabase
