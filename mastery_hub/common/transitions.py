"""The engine of every life cycle (rule 1): one table says what may happen, one function makes it happen.

A table is `{action: (sources, target)}` and stands in the app's `workflow.py`; who may act is a predicate
`can(user, row, action)` of the app's `permissions.py`. Buttons ask `Engine.available`, the POST asks `Engine.move`:
both read the same table and the same predicate.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from django.db import transaction

from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.models import Stateful, TransitionEvent

Row = TypeVar("Row", bound=Stateful)
Event = TypeVar("Event", bound=TransitionEvent)
Table = Mapping[str, tuple[frozenset[str], str]]


class Engine(Generic[Row, Event]):
    """`link` names the event's foreign key to the row; `extra(row, target)` gives further fields that a move writes;
    `told(row, user)` is the state in words that this person may know; `bar(row, action)` is a sentence that says what
    has to be done first, whoever asks, and empty when nothing has."""

    def __init__(
        self,
        *,
        model: type[Row],
        table: Table,
        can: Callable[[Any, Row, str], bool],
        event: type[Event],
        link: str,
        extra: Callable[[Row, str], dict[str, Any]] = lambda row, target: {},
        told: Callable[[Row, Any], str] = lambda row, user: row.get_state_display(),
        bar: Callable[[Row, str], str] = lambda row, action: "",
    ) -> None:
        self.model, self.table, self.can = model, table, can
        self.event, self.link, self.extra, self.told, self.bar = event, link, extra, told, bar

    def available(self, row: Row, user: Any) -> list[str]:
        return [
            action
            for action, (sources, _) in self.table.items()
            if row.state in sources and self.can(user, row, action) and not self.bar(row, action)
        ]

    def lock(self, pk: Any) -> Row:
        return self.model._default_manager.select_for_update(of=("self",)).get(pk=pk)

    @transaction.atomic
    def move(self, row: Row, action: str, *, by: Any, reason: str = "", **changes: Any) -> tuple[Row, Event]:
        """Locks the row afresh, moves it and writes the event; returns the locked row and its event.

        Raises DomainError `not-allowed` when this person may not, `stale` when the row is no longer in a state from
        which the action starts (a second click, or a colleague who was faster), `barred` when something else comes
        first. Nothing is written then.
        """
        sources, target = self.table[action]
        row = self.lock(row.pk)
        if row.state not in sources:
            state = self.told(row, by).lower()
            raise DomainError(
                f"Nothing was changed: this is now “{state}”. Somebody may have acted before you.", code="stale"
            )
        if not self.can(by, row, action):
            raise DomainError("You do not have permission to do this.", code="not-allowed")
        if sentence := self.bar(row, action):
            raise DomainError(sentence, code="barred")
        before = row.state
        fields = {"state": target} | self.extra(row, target) | changes
        for name, value in fields.items():
            setattr(row, name, value)
        row.save(update_fields=list(fields))
        event = self.event._default_manager.create(
            action=action, from_state=before, to_state=target, by=by, at=clock.now(), reason=reason, **{self.link: row}
        )
        return row, event
