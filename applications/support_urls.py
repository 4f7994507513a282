from django.urls import path

from applications.views import support

urlpatterns = [
    path("support/", support.SupportStartView.as_view(), name="support_start"),
    path("support/gone/", support.SupportGoneView.as_view(), name="support_gone"),
    path("support/application/", support.SupportAnswersView.as_view(), name="support_answers"),
    path("support/statement/", support.SupportStatementView.as_view(), name="support_statement"),
    path("support/commitments/", support.SupportCommitmentsView.as_view(), name="support_commitments"),
    path("support/decline/", support.SupportDeclineView.as_view(), name="support_decline"),
    path("support/done/", support.SupportDoneView.as_view(), name="support_done"),
    path("support/<str:token>/", support.SupportLinkView.as_view(), name="support_link"),
]
