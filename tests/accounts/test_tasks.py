from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from mastery_hub.accounts.tasks import sessions_clear

pytestmark = pytest.mark.django_db


def test_sessions_that_ran_out_are_cleared() -> None:
    for key, days in (("old", -1), ("live", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days))

    sessions_clear()

    assert list(Session.objects.values_list("session_key", flat=True)) == ["live"]
