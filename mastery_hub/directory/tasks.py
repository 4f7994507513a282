"""What beat and an upload's nudge call. No rules here."""

from celery import shared_task


@shared_task
def register_run() -> None:
    from mastery_hub.directory.services.register import register_run_waiting  # noqa: PLC0415

    register_run_waiting()
