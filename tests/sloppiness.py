"""What no test may lean on: accidental order, a query a row, another machine; undefined template variables are
pytest-django's to refuse. tests.conftest puts them in force, tests.test_sloppiness shows that each bites."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import zeal.constants
import zeal.patch
from django.conf import settings
from django.db.models.expressions import OrderBy
from django.db.models.functions import Random
from django.db.models.sql.compiler import SQLCompiler

HERE = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", None)
ONCE_EACH = [  # what zeal takes for a query a row and is none
    {"model": "applications.Application", "field": "get()"},  # each step of a life cycle locks its row anew: submit
    {"model": "applications.HeadteacherSupport", "field": "get()"},  # and complete, sign and complete
    {"model": "account.EmailAddress", "field": "get()"},  # allauth asks for it at each step of signing in
    {"model": "sessions.Session", "field": "get()"},  # asked for once more when it could not be read
]


def stay(host: Any) -> None:
    """Fails rather than raises, since code under test may well catch what a network raises."""
    if host not in HERE:
        pytest.fail(f"Tests stay on this machine: {host} was asked for.")


@contextmanager
def network_closed() -> Iterator[None]:
    def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: socket.socket, *arguments: Any) -> Any:
            if self.family != socket.AF_UNIX:
                stay(arguments[-1][0])
            return method(self, *arguments)

        return call

    def looked_up(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(host: Any, *arguments: Any, **options: Any) -> Any:
            stay(host)
            return method(host, *arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            patch.setattr(socket, name, looked_up(getattr(socket, name)))
        yield


@contextmanager
def ties_shuffled() -> Iterator[None]:
    """Rows that a query leaves unordered, or that tie, come in another order each time: PostgreSQL promises nothing,
    but a small test database gives them as they were written, so that what leans on it works here and fails a hub."""
    ordered = SQLCompiler._order_by_pairs

    def shuffled(self: SQLCompiler) -> Iterator[tuple[OrderBy, bool]]:
        yield from ordered(self)
        if _may_shuffle(self.query):
            yield OrderBy(Random()), False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SQLCompiler, "_order_by_pairs", shuffled)
        yield


def _may_shuffle(query: Any) -> bool:
    """Not where SQL forbids it (DISTINCT, UNION), nor inside a subquery whose order nobody sees."""
    plain_distinct = query.distinct and not query.distinct_fields
    return not (query.combinator or plain_distinct or (query.subquery and not query.is_sliced))


def queries_a_row_refused() -> None:
    """A request that asks the database the same once a row fails whichever test makes it."""
    zeal.constants.initialize_app_registry()
    zeal.patch.patch()
    settings.MIDDLEWARE.insert(0, "zeal.middleware.zeal_middleware")
    settings.ZEAL_ALLOWLIST = ONCE_EACH
