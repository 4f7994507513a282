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
            outcomes_month=datetime(2027, 6, 1, tzinfo=LONDON),
        ),
        "page": "https://mastery-hub.example/applications/MS-7K3Q-XM/",
        "rules": ["How many days a week do you teach the same class? 2"],
        "decided_by": "Helen Radcliffe",
        "exception_waits": True,
        "home_hub": "Boolean Maths Hub",
        "reason": ["I have worked with this hub for two years."],
        "deadline": DEADLINE,
        "closed_at": DEADLINE,
        "expected": "is expected to open in January 2028",
        "promised": ["Release from teaching in the training year: 15 days, paid at £200 a day"],
        "closes_at": DEADLINE,
        "support_closes_at": DEADLINE,
        "expires": DEADLINE,
        "waiting": True,
        "address": "helen.marsh@larkfield.example",
        "role": "",
        "is_new_head": False,
        "before": "Margaret Ellingham",
        "again": True,
        "supported": False,
        "commitments": ["Ensure that the teacher receives the required release time"],
        "signed_as": "Helen Marsh",
        "signed_at": DEADLINE,
        "feedback": ["Your evidence of work with colleagues was strong.", "We hope to see you again."],
        "offer": SimpleNamespace(reply_by=DEADLINE),
        "missing": ["Enter your role", "Answer question 2: How do you work with colleagues?"],
        "left": "in 7 days",
        "asked_at": DEADLINE,
        "changes": [
            {
                "what": "Question changed",
                "name": "How do you work with colleagues?",
                "details": ["Word limit: 300 (was 250)"],
            },
            {"what": "Question removed", "name": "Which other schools have you worked with?", "details": []},
        ],
        "kept": 1,
        "ask_again": "Helen Marsh",
        "asked": "a reminder before applications to the Primary Mastery Specialist Programme, Cohort 13, close",
        "known": False,
        "closing": "at 5pm on Friday 26 February 2027",
        "page_title": "Primary Mastery Specialist Programme, Cohort 13",
        "sender": "Amina Rahman",
        "draft": True,
        "support": DEADLINE,
        "why": ["Floods closed most schools of the region in the last week before the deadline."],
        "until": "September 2028",
        "next_cohort": "Primary Mastery Specialist Programme, Cohort 14",
        "held": True,
        "reserves": 2,
        "was": DEADLINE,
        "submitted": False,
        "version": 2,
        "news": ["The second residential is in Manchester, not in Leeds."],
        "document": "https://mastery-hub.example/rounds/NCP27-01/information/",
    }


GOES = {
    "asked_confirm": "To whoever asks on a public page to be told of something, so that they confirm it",
    "asked_deadline": "To whoever asked for it, 7 days and 1 day before the round closes",
    "asked_opened": "To whoever asked for it, when the programme’s next round opens",
    "page_sent": "To a headteacher, when somebody sends them the page of a round or a programme",
    "exception_asked": "To the hub’s leads, when an applicant asks for an exception from an essential rule",
    "exception_granted": "To the applicant, when the hub makes the exception",
    "exception_refused": "To the applicant, when the hub refuses the exception",
    "support_requested": "To the headteacher, when the applicant asks for their support",
    "support_passed_on": "To whoever signs for the school, when the headteacher passes the request on to them",
    "support_passed": "To the applicant, when the headteacher has passed the request on",
    "support_undelivered": "To the applicant, when the email to the headteacher could not be delivered",
    "support_reminder": "To the headteacher, when the applicant sends a reminder",
    "support_new_link": "To the headteacher, when they ask for a new link because theirs has expired",
    "headteacher_unanswered": "To a headteacher who has not answered, 7 and 14 days later and before support closes",
    "headteacher_silent": "To the applicant, when the headteacher has not answered",
    "offer_unanswered": "To the applicant, 7, 3 and 1 days and 3 hours before an offer lapses",
    "support_copy": "To the headteacher, once they have signed, as their copy",
    "support_signed": "To the applicant, once the headteacher has signed",
    "support_declined": "To the applicant, when the headteacher declines",
    "renewal_requested": "To the headteacher, when they are asked to sign again because something has changed",
    "renewal_signed_hub": "To the hub’s leads, when a headteacher has signed again",
    "renewal_declined": "To the applicant, when the headteacher has declined to sign again",
    "renewal_declined_hub": "To the hub’s leads, when a headteacher has declined to sign again",
    "application_draft_unfinished": "To an applicant with a draft, 28, 14, 7, 3, 1 days and 3 hours before it closes",
    "school_unlisted": "To the hub’s leads, when a submitted application names a school not in the register",
    "application_elsewhere": "To the leads of the home hub, when an application is submitted to a neighbouring hub",
    "application_submitted": "To the applicant, once they have submitted",
    "application_complete": "To the applicant, once submitted and supported",
    "application_received": "To the hub’s leads, when an application is complete",
    "terms_changed": "To an applicant with a draft, when NCETM changes what the round asks",
    "application_expired": "To the applicant, when the round has closed on a draft",
    "application_incomplete": "To the applicant, when support has closed without the headteacher’s",
    "extension_given": "To each applicant who is given more time, by name or with their hub",
    "extension_given_to_begin": "To a person who is given more time and has not begun an application",
    "extension_given_hub": "To the hub’s leads, when its applicants or headteachers are given more time",
    "extension_cancelled": "To each applicant whose extra time is taken back",
    "extension_cancelled_hub": "To the hub’s leads, when its extra time is taken back",
    "round_closed_early": "To an applicant with a draft, when NCETM closes the round before its time",
    "round_reopened": "To an applicant whose unfinished application stands again, when a closed round opens again",
    "information_changed": "To an applicant with a draft, when the information document changes",
    "application_withdrawn": "To the applicant, once they have withdrawn",
    "application_withdrawn_hub": "To the hub’s leads, when an applicant has withdrawn",
    "application_withdrawn_headteacher": "To the headteacher, when the applicant has withdrawn",
    "outcome_offer": "To the applicant, when the hub releases an offer",
    "outcome_offer_headteacher": "To the headteacher, when the hub releases an offer",
    "outcome_reserve": "To the applicant, when the hub releases a reserve place",
    "outcome_reserve_headteacher": "To the headteacher, when the hub releases a reserve place",
    "outcome_unsuccessful": "To the applicant, when the hub releases that they were not successful",
    "outcome_unsuccessful_headteacher": "To the headteacher, when the hub releases that the teacher was not successful",
    "offer_accepted": "To the applicant, once they have accepted",
    "offer_accepted_hub": "To the hub’s leads, when an offer is accepted",
    "offer_accepted_headteacher": "To the headteacher, when the offer is accepted",
    "offer_declined": "To the applicant, once they have declined",
    "offer_declined_hub": "To the hub’s leads, when an offer is declined",
    "deferral_asked": "To the applicant, once they have asked to defer an accepted place",
    "deferral_asked_hub": "To the hub’s leads, when somebody asks to defer an accepted place",
    "deferral_taken_back_hub": "To the hub’s leads, when that is taken back",
    "deferral_refused": "To the applicant, when the hub cannot keep a place for the next cohort",
    "deferral_granted": "To the applicant, when the hub keeps a place for the next cohort",
    "deferral_granted_headteacher": "To the headteacher, when the hub keeps a place for the next cohort",
    "deferral_granted_hub": "To the hub’s leads, when one of them has kept a place for the next cohort",
    "deferral_taken_up": "To the applicant, once the kept place is taken in the next cohort",
    "deferral_taken_up_headteacher": "To the headteacher, once the kept place is taken in the next cohort",
    "offer_lapsed": "To the applicant, when nobody answered the offer in time",
    "offer_lapsed_hub": "To the hub’s leads, when an offer has lapsed",
}
LINKED = (
    "support_requested",
    "support_passed_on",
    "support_reminder",
    "support_new_link",
    "headteacher_unanswered",
    "renewal_requested",
    "asked_confirm",
    "asked_deadline",
    "asked_opened",
)
SECRETS = dict.fromkeys(LINKED, ("link",))

STOPPED_BY = dict.fromkeys(("asked_deadline", "asked_opened"), "link")  # what nobody has for being an applicant

register(
    *(
        EmailKind(
            name,
            goes,
            f"applications/email/{name}",
            sample,
            secrets=SECRETS.get(name, ()),
            unsubscribe=STOPPED_BY.get(name, ""),
        )
        for name, goes in GOES.items()
    )
)
