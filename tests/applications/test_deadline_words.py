"""A deadline in words: the instant, or the day that ends with it; what is left is counted in London days."""

from datetime import datetime, timedelta

import pytest

from applications.applicant_presenters.deadlines import at_words, before_words, closing_words, left_words
from mastery_hub.common.clock import LONDON

AT_FIVE = datetime(2027, 2, 26, 17, tzinfo=LONDON)
MIDNIGHT = datetime(2027, 2, 26, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("end", "at", "before"),
    [
        (AT_FIVE, "at 5pm on Friday 26 February 2027", "before 5pm on Friday 26 February 2027"),
        (MIDNIGHT, "at the end of Thursday 25 February 2027", "by the end of Thursday 25 February 2027"),
    ],
)
def test_deadline_at_midnight_is_the_end_of_the_day_before(end, at, before) -> None:
    assert (at_words(end), before_words(end)) == (at, before)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2027, 2, 5, 23, 59, tzinfo=LONDON), "in 20 days"),
        (datetime(2027, 2, 24, 0, 0, tzinfo=LONDON), "tomorrow"),
        (MIDNIGHT - timedelta(microseconds=1), "today"),
        (MIDNIGHT, ""),
    ],
)
def test_days_left_are_counted_to_the_last_day(now, left) -> None:
    assert left_words(MIDNIGHT, now) == left
    said = f"Closes at the end of Thursday 25 February 2027 – {left}" if left else None
    assert closing_words(MIDNIGHT, now) == (said or "Closed at the end of Thursday 25 February 2027")
