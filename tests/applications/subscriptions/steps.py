"""Steps that the tests of subscriptions share."""

import re
from datetime import datetime
from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from applications.models import Round
from mastery_hub.common.clock import LONDON
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from mastery_hub.messaging.services import email_body

OPENS = datetime(2027, 3, 1, 9, tzinfo=LONDON)
CLOSES = datetime(2027, 3, 30, 17, tzinfo=LONDON)  # two days after the clocks go forward
ADDRESS = "jo.bell@example.org"


def ask(client: Client, about: Any, email: str = ADDRESS) -> Any:
    return client.post(ask_path(about), {"email": email})


def ask_path(about: Any) -> str:
    if isinstance(about, Round):
        return reverse("round_remind", kwargs={"code": about.code})
    return reverse("programme_tell", kwargs={"programme": about.slug})


def link_in(email: Email | None) -> str:
    assert email
    [path] = re.findall(r"(/reminders/[\w-]{20,}/)", email_body(email).text)
    return path


def follow(client: Client, path: str) -> Any:
    return client.get(path, follow=True)


def press(client: Client, button: str) -> str:
    response = client.post(reverse(f"reminder_{button}"))
    *_, newest = get_messages(response.wsgi_request)
    return str(newest)


def said(response: Any) -> str:
    return response.content.decode()


def send_what_is_due() -> list[tuple[str, str]]:
    before = set(Email.objects.values_list("pk", flat=True))
    reminders_plan()
    reminders_send()
    return list(Email.objects.exclude(pk__in=before).values_list("kind", "to"))
