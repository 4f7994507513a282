from django.urls import path

from applications.views import sharing, subscriptions

urlpatterns = [
    path("rounds/<str:code>/remind-me/", subscriptions.DeadlineAskView.as_view(), name="round_remind"),
    path("rounds/<str:code>/send/", sharing.RoundSendView.as_view(), name="round_send"),
    path("programmes/<slug:programme>/tell-me/", subscriptions.OpeningAskView.as_view(), name="programme_tell"),
    path("programmes/<slug:programme>/send/", sharing.ProgrammeSendView.as_view(), name="programme_send"),
    path("reminders/", subscriptions.ReminderView.as_view(), name="reminder"),
    path("reminders/asked/", subscriptions.AskedView.as_view(), name="reminder_asked"),
    path("reminders/gone/", subscriptions.ReminderGoneView.as_view(), name="reminder_gone"),
    path("reminders/confirm/", subscriptions.ReminderConfirmView.as_view(), name="reminder_confirm"),
    path("reminders/stop/", subscriptions.ReminderStopView.as_view(), name="reminder_stop"),
    path("reminders/<str:token>/", subscriptions.ReminderLinkView.as_view(), name="reminder_link"),
]
