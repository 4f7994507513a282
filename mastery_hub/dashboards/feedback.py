"""What NCETM reads of the pages: who found them useful and plain, and which questions of forms go wrong."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Avg, Case, Count, Max, Q, Sum, When
from django.db.models.fields import FloatField

from mastery_hub.common import clock
from mastery_hub.dashboards.models import FormCount, PageFeedback, QuestionErrorCount
from mastery_hub.dashboards.pages import page_name

DAYS = 28


def share(**condition: Any) -> Avg:
    return Avg(Case(When(**condition, then=1.0), default=0.0, output_field=FloatField()))


def feedback_by_page() -> list[dict[str, Any]]:
    """One row a page that anybody has spoken of; shares are between 0 and 1."""
    rows = PageFeedback.objects.order_by().values("route")
    rows = rows.annotate(
        answers=Count("pk"),
        useful=share(useful=True),
        plain=share(plain=True),
        comments=Count("pk", filter=~Q(comment="")),
        last_at=Max("at"),
    )
    return [{**row, "page": page_name(row["route"])} for row in rows]


def first_day(days: int) -> date:
    """`days` London days up to today, today included."""
    return clock.today() - timedelta(days=days - 1)


def errors_by_question(days: int) -> list[dict[str, Any]]:
    """One row a question and mistake; `share` is of the times that its form was sent in those days."""
    since = first_day(days)
    counted = FormCount.objects.since(since).order_by().values("route").annotate(all=Sum("sent"))
    sent = dict(counted.values_list("route", "all"))
    found = QuestionErrorCount.objects.since(since).order_by().values("route", "question", "error")
    return [
        {
            **row,
            "page": page_name(row["route"]),
            "sent": sent.get(row["route"], 0),
            "share": row["total"] / sent[row["route"]] if sent.get(row["route"]) else None,
        }
        for row in found.annotate(total=Sum("times")).order_by("-total", "route", "question", "error")
    ]
