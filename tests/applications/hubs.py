"""What the tests of the hub's pages of one application share."""

from typing import Any

from django.test import Client
from django.urls import reverse

from applications.models import Application
from mastery_hub.directory.models import MathsHub
from tests.factories.accounts import UserFactory

STATEMENT = "Sam is the best teacher of maths I have worked with."


def address(application: Application, name: str = "hub_application", hub: MathsHub | None = None) -> str:
    return reverse(name, args=[(hub or application.hub).slug, application.reference])


def signed_in(client: Client, **role: Any) -> Any:
    user = UserFactory(**role)
    client.force_login(user)
    return user
