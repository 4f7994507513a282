from django.urls import path

from applications.views.hub import (
    applications,
    assessments,
    casework,
    decisions,
    deferrals,
    exceptions,
    exports,
    letters,
    panel,
    plans,
    referrals,
    releases,
    reserves,
    reviews,
    rules,
    saved_views,
    school_changes,
    schools,
    shortlists,
    together,
    work,
)

ONE = "hub/<slug:hub>/applications/<str:reference>/"

DECISIONS = "hub/<slug:hub>/decisions/<str:code>/"

urlpatterns = [
    path("hub/<slug:hub>/views/save/", saved_views.HubViewSaveView.as_view(), name="hub_view_save"),
    path("hub/<slug:hub>/views/<int:pk>/", saved_views.HubViewView.as_view(), name="hub_view"),
    path("hub/<slug:hub>/views/<int:pk>/delete/", saved_views.HubViewDeleteView.as_view(), name="hub_view_delete"),
    *(
        path(f"hub/<slug:hub>/{place}.{kind}", view.as_view(kind=kind), name=f"hub_{name}_{kind}")
        for place, name, view in (
            ("applications", "application", exports.HubApplicationFileView),
            ("work", "work", exports.HubWorkFileView),
        )
        for kind in exports.WRITERS
    ),
    path("hub/<slug:hub>/together/", together.HubTogetherView.as_view(), name="hub_together"),
    path("hub/<slug:hub>/work/", work.HubWorkView.as_view(), name="hub_work"),
    path("hub/<slug:hub>/applications/", applications.HubApplicationListView.as_view(), name="hub_application_list"),
    path("hub/<slug:hub>/exceptions/", exceptions.HubExceptionListView.as_view(), name="hub_exception_list"),
    path("hub/<slug:hub>/exceptions/<int:pk>/", exceptions.HubExceptionView.as_view(), name="hub_exception"),
    path("hub/<slug:hub>/selection/", plans.HubSelectionView.as_view(), name="hub_selection"),
    path("hub/<slug:hub>/selection/<str:code>/", plans.HubPlanView.as_view(), name="hub_plan"),
    path("hub/<slug:hub>/selection/<str:code>/change/", plans.HubPlanEditView.as_view(), name="hub_plan_edit"),
    path("hub/<slug:hub>/shortlist/<str:code>/", shortlists.HubShortlistView.as_view(), name="hub_shortlist"),
    path("hub/<slug:hub>/panel/<str:code>/", panel.HubPanelView.as_view(), name="hub_panel"),
    path("hub/<slug:hub>/panel/<str:code>/move/", panel.HubPanelMoveView.as_view(), name="hub_panel_move"),
    path("hub/<slug:hub>/panel/<str:code>/pack.pdf", panel.HubPanelPackView.as_view(), name="hub_panel_pack"),
    path("hub/<slug:hub>/assessments/", assessments.HubAssessmentListView.as_view(), name="hub_assessment_list"),
    *(
        path(f"hub/<slug:hub>/assessments/<int:pk>/{place}", view.as_view(), name=f"hub_assessment{name}")
        for place, name, view in (
            ("", "", assessments.HubAssessmentView),
            ("move/", "_move", assessments.HubAssessmentMoveView),
            ("cancel/", "_cancel", assessments.HubAssessmentCancelView),
            ("held/", "_hold", assessments.HubAssessmentHoldView),
            ("scores/", "_scores", assessments.HubAssessmentScoresView),
            ("calendar.ics", "_calendar", assessments.HubAssessmentCalendarView),
        )
    ),
    path("hub/<slug:hub>/rules/", rules.HubRuleListView.as_view(), name="hub_rules"),
    path("hub/<slug:hub>/rules/<str:code>/add/", rules.HubRuleFormView.as_view(), name="hub_rule_add"),
    path(
        "hub/<slug:hub>/rules/<str:code>/take-over/", rules.HubRulesTakeOverView.as_view(), name="hub_rules_take_over"
    ),
    path("hub/<slug:hub>/rules/<str:code>/<slug:key>/", rules.HubRuleFormView.as_view(), name="hub_rule_edit"),
    path("hub/<slug:hub>/rules/<str:code>/<slug:key>/end/", rules.HubRuleEndView.as_view(), name="hub_rule_end"),
    path("hub/<slug:hub>/deferrals/", deferrals.HubDeferralListView.as_view(), name="hub_deferral_list"),
    path("hub/<slug:hub>/deferrals/<int:pk>/", deferrals.HubDeferralView.as_view(), name="hub_deferral"),
    path(
        "hub/<slug:hub>/deferrals/<int:pk>/take-up/",
        deferrals.HubDeferralTakeUpView.as_view(),
        name="hub_deferral_take_up",
    ),
    path(
        "hub/<slug:hub>/school-changes/",
        school_changes.HubSchoolChangeListView.as_view(),
        name="hub_school_change_list",
    ),
    path(
        "hub/<slug:hub>/school-changes/<int:pk>/",
        school_changes.HubSchoolChangeView.as_view(),
        name="hub_school_change",
    ),
    path("hub/<slug:hub>/reserves/<str:code>/", reserves.HubReservesView.as_view(), name="hub_reserves"),
    path("hub/<slug:hub>/reserves/<str:code>/move/", reserves.HubReserveMoveView.as_view(), name="hub_reserve_move"),
    path(DECISIONS, releases.HubDecisionsView.as_view(), name="hub_decisions"),
    path(f"{DECISIONS}release/", releases.HubDecisionsReleaseView.as_view(), name="hub_decisions_release"),
    path(f"{DECISIONS}letters/<slug:outcome>/", releases.HubWordingView.as_view(), name="hub_wording"),
    path(f"{DECISIONS}later/", releases.HubReleaseDelayView.as_view(), name="hub_release_delay"),
    path(f"{DECISIONS}later/end/", releases.HubReleaseDelayEndView.as_view(), name="hub_release_delay_end"),
    path("hub/<slug:hub>/referrals/", referrals.HubReferralListView.as_view(), name="hub_referral_list"),
    path("hub/<slug:hub>/referrals/<int:pk>/", referrals.HubReferralView.as_view(), name="hub_referral"),
    path(
        "hub/<slug:hub>/referrals/<int:pk>/take-back/",
        referrals.HubReferralTakeBackView.as_view(),
        name="hub_referral_take_back",
    ),
    path(ONE, applications.HubApplicationView.as_view(), name="hub_application"),
    path(
        f"{ONE}headteacher/confirm/",
        applications.HubConfirmHeadteacherView.as_view(),
        name="hub_confirm_headteacher",
    ),
    path(f"{ONE}documents/<str:key>/", applications.HubDocumentFileView.as_view(), name="hub_document_file"),
    path(
        f"{ONE}headteacher/agree/",
        applications.HubAgreeSignatoryView.as_view(),
        name="hub_agree_signatory",
    ),
    path(
        f"{ONE}headteacher/new/",
        applications.HubNewHeadteacherView.as_view(),
        name="hub_new_headteacher",
    ),
    path(
        f"{ONE}headteacher/again/",
        applications.HubRenewalAgainView.as_view(),
        name="hub_renewal_again",
    ),
    path(f"{ONE}school/", schools.HubSchoolView.as_view(), name="hub_school"),
    path(f"{ONE}screening/", casework.HubScreeningView.as_view(), name="hub_screening"),
    path(f"{ONE}case/", casework.HubCaseView.as_view(), name="hub_case"),
    path(f"{ONE}notes/add/", casework.HubNoteAddView.as_view(), name="hub_note_add"),
    path(f"{ONE}notes/<int:pk>/", casework.HubNoteView.as_view(), name="hub_note"),
    path(f"{ONE}review/", reviews.HubReviewView.as_view(), name="hub_review"),
    path(f"{ONE}arrange/", assessments.HubArrangeView.as_view(), name="hub_arrange"),
    path(f"{ONE}shortlist/", shortlists.HubShortlistPutView.as_view(), name="hub_shortlist_put"),
    path(f"{ONE}shortlist/off/", shortlists.HubShortlistOffView.as_view(), name="hub_shortlist_off"),
    path(f"{ONE}decision/", decisions.HubDecisionView.as_view(), name="hub_decision"),
    path(f"{ONE}release/", decisions.HubReleaseView.as_view(), name="hub_release"),
    path(f"{ONE}letter/", letters.HubLetterView.as_view(), name="hub_letter"),
    path(f"{ONE}letter/reset/", letters.HubLetterResetView.as_view(), name="hub_letter_reset"),
    path(f"{ONE}undo/", letters.HubUndoView.as_view(), name="hub_undo"),
    path(f"{ONE}refer/", referrals.HubReferView.as_view(), name="hub_refer"),
    path(f"{ONE}take-back/", decisions.HubTakeBackView.as_view(), name="hub_take_back"),
]
