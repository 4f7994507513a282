"""Calls on connections of their own, all starting together: the way to test what two people or workers do at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction


def together(*calls: Callable[[], Any]) -> list[Any]:
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result(timeout=30) for future in [threads.submit(run, call) for call in calls]]


def overtaken(call: Callable[[], Any], by: Callable[[], Any]) -> Any:
    """What `call` answers when `by` wrote first and commits only once `call` waits for it: the closest of races."""

    def run() -> Any:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            by()
            running = threads.submit(run)
            patience = monotonic() + 10
            while not (waited := someone_waits()) and not running.done() and monotonic() < patience:
                sleep(0.01)
        answer = running.result(timeout=30)
    assert waited, "it did not meet the other's row"
    return answer


def someone_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees again what it saw first
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return cursor.fetchone() is not None
