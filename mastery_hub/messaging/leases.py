"""Real time, which the demo's clock never moves: leases and waits are about machines, not rules."""

from datetime import datetime, timedelta

from django.utils import timezone

LEASE = timedelta(minutes=5)  # well over EMAIL_TIMEOUT: whoever holds a row longer is taken for dead


def real_now() -> datetime:
    return timezone.now()
