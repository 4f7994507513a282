"""Files are written once and only ever removed, so a backup needs but one thing: that none goes while it copies.

Whoever removes holds the lock with others, a backup holds it alone; both until their transaction ends.
"""

from typing import Any

KEY = "hashtext('private files')"


def may_remove(connection: Any) -> bool:
    return _asked(connection, f"pg_try_advisory_xact_lock_shared({KEY})")


def backup_may_begin(connection: Any) -> bool:
    """Waits for those who are removing just now; another backup is not waited for."""
    if not _asked(connection, "pg_try_advisory_xact_lock(hashtext('backup'))"):
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({KEY})")
    return True


def _asked(connection: Any, lock: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}")
        return cursor.fetchone()[0]
