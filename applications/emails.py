"""The kinds of email of recruitment, each with a sample that fills every line of it."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from mastery_hub.common.clock import LONDON
from mastery_hub.messaging.kinds import EmailKind, register

DEADLINE = datetime(2027, 2, 26, 17, tzinfo=LONDON)


def sample() -> dict[str, Any]:
    return {
        "reference": "MS-7K3Q-XM",
        "applicant": "Amina Rahman",
        "headteacher": "Helen Marsh",
        "school": "Larkfield Primary School",
        "hub": "Great North Maths Hub",
        "programme": "Primary Mastery Specialist Programme",
        "cohort": "Cohort 13",
        "academic_year": "2027/28",
        "round": SimpleNamespace(
            code="NCP27-01",
            closes_at=DEADLINE,
            support_deadline=DEADLINE,
            outcomes_month=datetime(2027, 6, 1, tzinfo=LONDON),
        ),
        "page": "https://mastery-hub.example/applications/MS-7K3Q-XM/",
        "deadline": DEADLINE,
        "supported": False,
        "commitments": ["Ensure that the teacher receives the required release time"],
        "signed_as": "Helen Marsh",
        "signed_at": DEADLINE,
        "feedback": ["Your evidence of work with colleagues was strong.", "We hope to see you again."],
        "offer": SimpleNamespace(reply_by=DEADLINE),
        "missing": ["Enter your role", "Answer question 2: How do you work with colleagues?"],
        "days_left": 7,
    }


def kind(name: str, *secrets: str) -> EmailKind:
    return EmailKind(name, template=f"applications/email/{name}", sample=sample, secrets=secrets)


register(
    kind("support_requested", "link"),
    *map(
        kind,
        (
            "application_submitted",
            "application_complete",
            "application_received",
            "application_withdrawn",
            "application_withdrawn_hub",
            "application_withdrawn_headteacher",
            "application_expired",
            "application_incomplete",
            "application_draft_unfinished",
            "school_unlisted",
            "support_copy",
            "support_signed",
            "support_declined",
            "outcome_offer",
            "outcome_offer_headteacher",
            "outcome_reserve",
            "outcome_reserve_headteacher",
            "outcome_unsuccessful",
            "outcome_unsuccessful_headteacher",
            "offer_accepted",
            "offer_accepted_hub",
            "offer_accepted_headteacher",
            "offer_declined",
            "offer_declined_hub",
            "offer_lapsed",
            "offer_lapsed_hub",
        ),
    ),
)
