import logging

from celery import shared_task

log = logging.getLogger(__name__)


@shared_task
def files_sweep() -> None:
    from mastery_hub.common.errors import DomainError  # noqa: PLC0415  tasks are leaves
    from mastery_hub.common.files.sweeping import files_sweep  # noqa: PLC0415

    try:
        files_sweep()
    except DomainError as refused:
        log.error("Files were not swept: %s", refused.message)
