from applications.models.announcements import Announcement, AnnouncementNotice
from applications.models.applications import Answer, Application, ApplicationEvent, Declaration, TermsNotice
from applications.models.assessments import Assessment, AssessmentEvent, AssessmentScore
from applications.models.casework import CaseHolder, Note, SavedView, Screening
from applications.models.deferrals import Deferral, DeferralEvent
from applications.models.documents import SupportingDocument
from applications.models.eligibility import (
    EligibilityException,
    EligibilityExceptionEvent,
    EligibilityOutcome,
    EligibilityQuestion,
    HubRule,
)
from applications.models.equality import EqualityAnswers
from applications.models.extensions import Extension
from applications.models.leaders import SubjectLeaderStatement, SubjectLeaderSupport, SubjectLeaderSupportEvent
from applications.models.letters import LetterWording, ReleaseDelay
from applications.models.matching import MatchingMove, MatchingProposal
from applications.models.nominations import Nomination, NominationEvent
from applications.models.panel import PanelOrder
from applications.models.places import PlaceMove, ReserveSkip
from applications.models.plans import SelectionPlan, StrategicNeed
from applications.models.referrals import Referral, ReferralEvent
from applications.models.renewals import PledgeRenewal
from applications.models.rounds import Criterion, InformationDocument, Question, Round, RoundEvent, RoundTerms
from applications.models.school_changes import SchoolChange, SchoolChangeEvent
from applications.models.selection import Decision, Offer, Review, Score
from applications.models.shortlists import Shortlisting
from applications.models.subscriptions import Subscription
from applications.models.support import (
    HeadteacherRank,
    HeadteacherStatement,
    HeadteacherSupport,
    HeadteacherSupportEvent,
)

__all__ = [
    "Announcement",
    "AnnouncementNotice",
    "Answer",
    "Application",
    "ApplicationEvent",
    "Assessment",
    "AssessmentEvent",
    "AssessmentScore",
    "CaseHolder",
    "Criterion",
    "Decision",
    "Declaration",
    "Deferral",
    "DeferralEvent",
    "EligibilityException",
    "EligibilityExceptionEvent",
    "EligibilityOutcome",
    "EligibilityQuestion",
    "EqualityAnswers",
    "Extension",
    "HeadteacherRank",
    "HeadteacherStatement",
    "HeadteacherSupport",
    "HeadteacherSupportEvent",
    "HubRule",
    "InformationDocument",
    "LetterWording",
    "MatchingMove",
    "MatchingProposal",
    "Nomination",
    "NominationEvent",
    "Note",
    "Offer",
    "PanelOrder",
    "PlaceMove",
    "PledgeRenewal",
    "Question",
    "Referral",
    "ReferralEvent",
    "ReleaseDelay",
    "ReserveSkip",
    "Review",
    "Round",
    "RoundEvent",
    "RoundTerms",
    "SavedView",
    "SchoolChange",
    "SchoolChangeEvent",
    "Score",
    "Screening",
    "SelectionPlan",
    "Shortlisting",
    "StrategicNeed",
    "SubjectLeaderStatement",
    "SubjectLeaderSupport",
    "SubjectLeaderSupportEvent",
    "Subscription",
    "SupportingDocument",
    "TermsNotice",
]
