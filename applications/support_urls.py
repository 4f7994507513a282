from django.urls import path

from applications.views.support import links, pages

urlpatterns = [
    path("support/", pages.SupportStartView.as_view(), name="support_start"),
    path("support/gone/", links.SupportGoneView.as_view(), name="support_gone"),
    path("support/application/", pages.SupportAnswersView.as_view(), name="support_answers"),
    path("support/statement/", pages.SupportStatementView.as_view(), name="support_statement"),
    path("support/commitments/", pages.SupportCommitmentsView.as_view(), name="support_commitments"),
    path("support/decline/", pages.SupportDeclineView.as_view(), name="support_decline"),
    path("support/done/", pages.SupportDoneView.as_view(), name="support_done"),
    path("support/new-link/", links.SupportNewLinkView.as_view(), name="support_new_link"),
    path("support/new-link/sent/", links.SupportNewLinkSentView.as_view(), name="support_new_link_sent"),
    path("support/<str:token>/", links.SupportLinkView.as_view(), name="support_link"),
]
