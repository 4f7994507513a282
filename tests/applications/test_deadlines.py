"""Words of deadlines: an end at midnight is the end of the day before, and days are London's."""

from datetime import UTC, datetime

import pytest

from applications.applicant_presenters.deadlines import at_words, before_words, left_words


@pytest.mark.parametrize(
    ("end", "at", "before"),
    [
        (
            datetime(2027, 2, 26, 17, tzinfo=UTC),
            "at 5pm on Friday 26 February 2027",
            "before 5pm on Friday 26 February 2027",
        ),
        (datetime(2027, 5, 28, 8, tzinfo=UTC), "at 9am on Friday 28 May 2027", "before 9am on Friday 28 May 2027"),
        (
            datetime(2027, 2, 26, 0, tzinfo=UTC),
            "at the end of Thursday 25 February 2027",
            "by the end of Thursday 25 February 2027",
        ),
        (
            datetime(2027, 6, 14, 23, tzinfo=UTC),
            "at the end of Monday 14 June 2027",
            "by the end of Monday 14 June 2027",
        ),
    ],
)
def test_deadline_in_words(end: datetime, at: str, before: str) -> None:
    assert (at_words(end), before_words(end)) == (at, before)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2027, 3, 7, 12, tzinfo=UTC), "in 21 days"),
        (datetime(2027, 3, 26, 23, 59, tzinfo=UTC), "in 2 days"),
        (datetime(2027, 3, 27, 0, tzinfo=UTC), "tomorrow"),
        (datetime(2027, 3, 27, 23, 30, tzinfo=UTC), "tomorrow"),
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "today"),
        (datetime(2027, 3, 28, 15, 59, 59, 999999, tzinfo=UTC), "today"),
        (datetime(2027, 3, 28, 16, tzinfo=UTC), ""),
    ],
)
def test_days_left_are_london_days_across_the_clock_change(now: datetime, words: str) -> None:
    assert left_words(datetime(2027, 3, 28, 16, tzinfo=UTC), now) == words
