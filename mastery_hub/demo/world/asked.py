"""Readers without an account who asked to be told of something."""

from datetime import timedelta

from applications.models import Round
from applications.services.subscriptions import subscription_ask, subscription_confirm
from cohorts.models import Programme
from mastery_hub.common import clock
from mastery_hub.demo.clock import told


def asked_make(round: Round) -> None:
    """Two confirmed, and one that waits: the links are in the demo's mailbox."""
    now = clock.now()
    secondary = Programme.objects.exclude(pk=round.cohort.programme_id).get()
    for email, about, days, confirms in (
        ("jo.bell@example.org", round, 4, True),
        ("sam.osei@example.org", secondary, 3, True),
        ("lee.hart@example.org", secondary, 1, False),
    ):
        with told(now - timedelta(days=days)):
            subscription = subscription_ask(email=email, about=about)
            if confirms:
                subscription_confirm(subscription=subscription)
