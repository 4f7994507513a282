import factory

from mastery_hub.common import clock
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.models import Email, Heartbeat, Reminder
from tests.factories.accounts import UserFactory


class EmailFactory(factory.django.DjangoModelFactory):
    kind = "account_code"
    to = factory.Sequence(lambda n: f"to{n}@school.example")
    subject = "A subject"
    text = "A text"
    html = "<p>A text</p>"

    class Meta:
        model = Email

    class Params:
        sent = factory.Trait(status=EmailStatus.SENT, sent_at=factory.LazyFunction(clock.now))
        bounced = factory.Trait(sent=True, bounced_at=factory.LazyFunction(clock.now), error="550 no such user")


class ReminderFactory(factory.django.DjangoModelFactory):
    """Its target is the recipient, unless told otherwise."""

    kind = "draft_unfinished"
    recipient = factory.SubFactory(UserFactory)
    target = factory.SelfAttribute("recipient")
    due_at = factory.LazyFunction(clock.now)
    key = factory.Sequence(lambda n: f"draft_unfinished:{n}")

    class Meta:
        model = Reminder


class HeartbeatFactory(factory.django.DjangoModelFactory):
    name = "worker"

    class Meta:
        model = Heartbeat
        django_get_or_create = ("name",)
