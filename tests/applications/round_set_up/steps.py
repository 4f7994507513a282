"""The dates of a good round."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from applications.models import Round
from applications.services.round_dates import RoundDates, round_set_dates
from applications.services.round_log import round_seen
from mastery_hub.accounts.models import User
from mastery_hub.common.clock import LONDON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(day: int, month: int = 2, hour: int = 17) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=LONDON)


GOOD = RoundDates(at(11, 1, 9), at(26), at(5, 3), date(2027, 6, 1), 14)


def move_dates(round: Round, by: User, seen: int | None = None, **changes: Any) -> Round:
    dates = replace(RoundDates.of(round), **changes)
    return round_set_dates(round=round, by=by, dates=dates, seen=round_seen(round) if seen is None else seen)
