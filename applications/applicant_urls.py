from django.urls import path

from applications.views.applicant import (
    assessments,
    deferrals,
    documents,
    eligibility,
    equality,
    leader,
    outcome,
    pages,
    referrals,
    school,
    school_changes,
    sections,
    start,
)

urlpatterns = [
    path("applications/", start.ApplicationListView.as_view(), name="application_list"),
    path("applications/start/<str:code>/", start.ApplicationStartView.as_view(), name="application_start"),
    path("applications/<str:reference>/", pages.ApplicationPageView.as_view(), name="application_page"),
    path("applications/<str:reference>/copy.pdf", pages.ApplicationCopyView.as_view(), name="application_copy"),
    path(
        "applications/<str:reference>/appointments/<int:pk>/calendar.ics",
        assessments.ApplicationCalendarView.as_view(),
        name="application_calendar",
    ),
    *(
        path(f"applications/<str:reference>/{place}/", view.as_view(), name=f"application_{name}")
        for place, name, view in (
            ("about", "about", sections.ApplicationAboutView),
            ("school", "school", school.ApplicationSchoolView),
            ("school/hub", "hub", school.ApplicationHubView),
            ("school/not-listed", "typed_school", school.ApplicationTypedSchoolView),
            ("eligibility", "eligibility", eligibility.ApplicationEligibilityView),
            ("eligibility/exception", "exception", eligibility.ApplicationExceptionView),
            ("declarations", "declarations", sections.ApplicationDeclarationsView),
            ("evidence", "evidence", sections.ApplicationEvidenceView),
            ("evidence/<int:number>", "answer", sections.ApplicationAnswerView),
            ("evidence/<int:number>/reuse", "reuse", sections.ApplicationReuseView),
            ("evidence/documents/<str:key>", "document", documents.ApplicationDocumentView),
            ("evidence/documents/<str:key>/file", "document_file", documents.ApplicationDocumentFileView),
            ("commitments", "commitments", sections.ApplicationCommitmentsView),
            ("headteacher", "headteacher", school.ApplicationHeadteacherView),
            ("subject-leader", "subject_leader", leader.ApplicationSubjectLeaderView),
            ("changes/dismiss", "dismiss", pages.ApplicationDismissView),
            ("information", "information", pages.ApplicationInformationView),
            ("check", "check", pages.ApplicationCheckView),
            ("submitted", "submitted", pages.ApplicationSubmittedView),
            ("equality", "equality", equality.ApplicationEqualityView),
            ("offer", "offer", outcome.ApplicationOfferView),
            ("referral", "referral", referrals.ApplicationReferralView),
            ("referral/take-back", "referral_back", referrals.ApplicationReferralBackView),
            ("school-change", "school_change", school_changes.ApplicationSchoolChangeView),
            ("school-change/take-back", "school_change_back", school_changes.ApplicationSchoolChangeBackView),
            ("defer", "defer", deferrals.ApplicationDeferView),
            ("defer/take-back", "defer_back", deferrals.ApplicationDeferBackView),
            ("withdraw", "withdraw", outcome.ApplicationWithdrawView),
            ("delete", "delete", outcome.ApplicationDeleteView),
        )
    ),
]
