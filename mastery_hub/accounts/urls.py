"""Sign-in, one's own account and an invited person's answer. Names that begin `account_` are allauth's."""

from django.urls import path

from mastery_hub.accounts.views import account, invitations, sign_in

urlpatterns = [
    path("", account.AccountView.as_view(), name="account"),
    path("details/", account.DetailsView.as_view(), name="account_details"),
    path("email/", account.AddressView.as_view(), name="account_email"),
    path("email/code/", account.AddressCodeView.as_view(), name="account_email_verification_sent"),
    path("email/<int:pk>/main/", account.AddressActionView.as_view(), name="account_email_main"),
    path("email/<int:pk>/remove/", account.AddressRemoveView.as_view(), name="account_email_remove"),
    path("sign-in/", sign_in.SignInView.as_view(), name="account_login"),
    path("sign-in/", sign_in.SignInView.as_view(), name="account_request_login_code"),
    path("sign-in/code/", sign_in.SignInCodeView.as_view(), name="account_confirm_login_code"),
    path("sign-up/", sign_in.SignUpView.as_view(), name="account_signup"),
    path("sign-out/", sign_in.SignOutView.as_view(), name="account_logout"),
    path("typed/", sign_in.TypedView.as_view(), name="account_typed"),
    path("closed/", sign_in.ClosedView.as_view(), name="account_inactive"),
    path("invitation/", invitations.InvitationView.as_view(), name="invitation"),
    path("invitation/<str:token>/", invitations.InvitationOpenView.as_view(), name="invitation_open"),
]
