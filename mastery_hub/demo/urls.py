from django.urls import path

from mastery_hub.demo import views

urlpatterns = [
    path("", views.HomeView.as_view(), name="demo_home"),
    path("sign-in/<slug:persona>/", views.SignInView.as_view(), name="demo_sign_in"),
    path("mailbox/", views.MailboxView.as_view(), name="demo_mailbox"),
    path("mailbox/<int:pk>/", views.EmailView.as_view(), name="demo_email"),
    path("mailbox/<int:pk>/as-sent/", views.EmailAsSentView.as_view(), name="demo_email_as_sent"),
    path("clock/", views.ClockView.as_view(), name="demo_clock"),
    path("clock/move/", views.ClockMoveView.as_view(), name="demo_clock_move"),
]
