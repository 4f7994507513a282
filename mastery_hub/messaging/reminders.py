"""Reminders are rows: planned again and again without harm, sent once even by two workers.

Each app names its kinds in `reminders.py`, so that messaging knows no app above it.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction

from mastery_hub.celery import nudge
from mastery_hub.common import clock
from mastery_hub.messaging.enums import ReminderState
from mastery_hub.messaging.models import Email, Reminder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Planned:
    """One reminder that is wanted: about `target`, to a person, at an instant. `occasion` tells two of a kind apart.

    No person (None) where the target itself says to whom, such as an address that somebody without an account gave.
    """

    target: models.Model
    recipient_id: int | None
    due_at: datetime
    occasion: str = ""


@dataclass(frozen=True)
class ReminderKind:
    """`plan` lists all that are wanted now (in constant queries); `still_wanted` is asked again just before sending;
    `send` queues the email and returns it."""

    name: str
    plan: Callable[[], Iterable[Planned]]
    still_wanted: Callable[[Reminder], bool]
    send: Callable[[Reminder], Email]

    def key(self, planned: Planned) -> str:
        target = planned.target
        return f"{self.name}:{target._meta.label_lower}:{target.pk}:{planned.recipient_id or ''}:{planned.occasion}"


_kinds: dict[str, ReminderKind] = {}


def register(*kinds: ReminderKind) -> None:
    for kind in kinds:
        if kind.name in _kinds:
            raise ValueError(f"Two kinds of reminder are called {kind.name!r}")
        _kinds[kind.name] = kind


def reminders_plan() -> None:
    """Makes the rows agree with what is wanted: new ones, moved ones, and those wanted no longer. Sent ones stay."""
    for kind in _kinds.values():
        try:
            _kind_plan(kind, {kind.key(planned): planned for planned in kind.plan()})
        except Exception:  # one kind's fault must not stop the others
            log.exception("Reminders %s could not be planned", kind.name)


WANTED = """
    WITH wanted AS (
        SELECT * FROM unnest(%(keys)s::text[], %(types)s::int[], %(targets)s::bigint[], %(recipients)s::bigint[],
                             %(dues)s::timestamptz[]) AS wanted (key, target_type_id, target_id, recipient_id, due_at)
    )
"""
PLAN = f"""{WANTED}
    INSERT INTO messaging_reminder (kind, state, key, target_type_id, target_id, recipient_id, due_at)
    SELECT %(kind)s, 'planned', wanted.* FROM wanted
    WHERE NOT EXISTS (
        SELECT FROM messaging_reminder known
        WHERE known.key = wanted.key
        AND (known.state = 'sent' OR (known.state = 'planned' AND known.due_at = wanted.due_at))
    )
    ORDER BY target_id, due_at
    ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at, state = 'planned'
    WHERE messaging_reminder.state <> 'sent'
"""
DROP = f"""{WANTED}
    UPDATE messaging_reminder SET state = 'cancelled'
    WHERE kind = %(kind)s AND state = 'planned'
    AND NOT EXISTS (SELECT FROM wanted WHERE wanted.key = messaging_reminder.key)
"""


@transaction.atomic
def _kind_plan(kind: ReminderKind, wanted: dict[str, Planned]) -> None:
    """In two statements, since a nation has tens of thousands and they are planned every few minutes."""
    planned = wanted.values()
    columns: dict[str, Any] = {
        "kind": kind.name,
        "keys": list(wanted),
        "types": [ContentType.objects.get_for_model(each.target).pk for each in planned],
        "targets": [each.target.pk for each in planned],
        "recipients": [each.recipient_id for each in planned],
        "dues": [each.due_at for each in planned],
    }
    with connection.cursor() as cursor:
        # One planner of a kind at a time. Right after many were planned the statistics know of none of them: without
        # the setting, which ends with the transaction, all would be compared with all.
        lock = "SELECT pg_advisory_xact_lock(hashtext(%s)), set_config('enable_nestloop', 'off', true)"
        cursor.execute(lock, [f"reminders:{kind.name}"])
        cursor.execute(PLAN, columns)
        cursor.execute(DROP, columns)


def reminders_nudge() -> None:
    """After whatever moves many reminders: they are planned anew as soon as this transaction is committed. Without it
    beat does so within ten minutes, and nothing that is out of date is sent meanwhile (`still_wanted`)."""
    queued = (call for _, call, _ in transaction.get_connection().run_on_commit)
    if _planner_nudge not in queued:
        transaction.on_commit(_planner_nudge, robust=True)


def _planner_nudge() -> None:
    nudge("mastery_hub.messaging.tasks.reminders_plan")


def reminders_send() -> int:
    """Sends every due reminder that is still wanted; returns how many. One that fails is logged and tried next time."""
    sent, tried = 0, list[int]()
    while True:
        before = len(tried)
        try:
            outcome = _next_send(tried)
        except Exception:  # one kind's fault must not stop the others
            if len(tried) == before:  # it is no reminder's fault
                raise
            log.exception("Reminder %s could not be sent", tried[-1])
            continue
        if outcome is None:
            return sent
        sent += outcome == ReminderState.SENT


@transaction.atomic
def _next_send(tried: list[int]) -> ReminderState | None:
    """Row and email are written together, under the row's lock: another worker skips it now and finds it sent later."""
    due = Reminder.objects.filter(state=ReminderState.PLANNED, due_at__lte=clock.now(), kind__in=list(_kinds))
    reminder = due.exclude(pk__in=tried).select_for_update(skip_locked=True, of=("self",)).first()
    if reminder is None:
        return None
    tried.append(reminder.pk)
    kind = _kinds[reminder.kind]
    if kind.still_wanted(reminder):
        reminder.state, reminder.email = ReminderState.SENT, kind.send(reminder)
    else:
        reminder.state = ReminderState.CANCELLED
    reminder.save(update_fields=["state", "email"])
    tried.pop()
    return ReminderState(reminder.state)
