"""What beat calls. No rules here: each fetches its service and runs it."""

from celery import shared_task


@shared_task
def emails_send(by_beat: bool = False) -> None:
    from mastery_hub.messaging.health import heartbeat  # noqa: PLC0415
    from mastery_hub.messaging.services import emails_send  # noqa: PLC0415

    heartbeat(by_beat=by_beat)
    emails_send()


@shared_task
def reminders_plan() -> None:
    from mastery_hub.messaging.reminders import reminders_plan  # noqa: PLC0415

    reminders_plan()


@shared_task
def reminders_send() -> None:
    from mastery_hub.messaging.reminders import reminders_send  # noqa: PLC0415

    reminders_send()
