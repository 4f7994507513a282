from datetime import timedelta

import pytest
import time_machine

from mastery_hub.messaging.health import SILENCE, broker_up, heard_from, heartbeat
from mastery_hub.messaging.leases import real_now
from mastery_hub.messaging.tasks import emails_send


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("by_beat", "heard"), [(False, {"worker": True, "beat": False}), (True, {"worker": True, "beat": True})]
)
def test_sending_emails_is_heard(by_beat, heard) -> None:
    assert heard_from() == {"worker": False, "beat": False}

    emails_send(by_beat=by_beat)

    assert heard_from() == heard


@pytest.mark.django_db
def test_silence_is_noticed() -> None:
    heartbeat(by_beat=True)

    with time_machine.travel(real_now() + SILENCE - timedelta(seconds=5)):
        assert heard_from() == {"worker": True, "beat": True}
    with time_machine.travel(real_now() + SILENCE + timedelta(seconds=5)):
        assert heard_from() == {"worker": False, "beat": False}


def test_broker_is_asked(monkeypatch) -> None:
    assert broker_up() is True

    monkeypatch.setattr("celery.current_app.conf.broker_url", "redis://127.0.0.1:1/0")
    assert broker_up() is False
