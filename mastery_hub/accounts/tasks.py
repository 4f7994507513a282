from celery import shared_task


@shared_task
def sessions_clear() -> None:
    """Every link that a mail scanner opens begins a session: those that ran out go each night."""
    from django.core.management import call_command  # noqa: PLC0415  tasks are leaves

    call_command("clearsessions")
