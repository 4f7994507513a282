"""One appointment as a calendar file."""

from datetime import UTC, datetime

from icalendar import Calendar

from mastery_hub.common.calendars import Appointment, calendar_file, calendar_response

STARTS = datetime(2027, 4, 20, 8, 30, tzinfo=UTC)
ENDS = datetime(2027, 4, 20, 9, 30, tzinfo=UTC)


def made(**told) -> Appointment:
    return Appointment(name="interview-7", title="Interview: Sam; Okoro, \\ n", starts=STARTS, ends=ENDS, **told)


def test_file_says_what_when_and_where() -> None:
    words = "Bring:\nnothing, really; " + "x" * 200
    [event] = Calendar.from_ical(calendar_file(made(place="Year 4, Larkfield", words=words, changes=2))).events

    assert (event["summary"], event["location"], event["description"]) == (
        "Interview: Sam; Okoro, \\ n",
        "Year 4, Larkfield",
        words,
    )
    assert (event.start, event.end, event["sequence"], event["status"]) == (STARTS, ENDS, 2, "CONFIRMED")
    assert event["uid"].startswith("interview-7@")


def test_cancelled_one_takes_the_same_appointment_out() -> None:
    calendar = Calendar.from_ical(calendar_file(made(cancelled=True, changes=3)))
    [event] = calendar.events

    assert (calendar["method"], event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 3)
    assert event["uid"] == Calendar.from_ical(calendar_file(made())).events[0]["uid"]


def test_no_line_is_longer_than_the_standard_allows() -> None:
    lines = calendar_file(made(words="é" * 300)).split(b"\r\n")

    assert [line for line in lines if len(line) > 75] == []
    assert len(lines) > 10


def test_answer_is_kept_by_nobody_between() -> None:
    response = calendar_response(made())

    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Disposition"] == 'attachment; filename="interview-7.ics"'
