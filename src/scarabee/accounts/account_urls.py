"""The addresses of the accounts: all of them under `centre/comptes/`, one's own under `mon-compte/`."""

from django.urls import URLPattern, path

from scarabee.accounts.views import acts, connection, copying, identifiers, own, rights, sessions, users

_TEST = "mon-compte/verifications/<uuid:uuid>/"
_SHARED = (
    ("", identifiers.account_show, "show"),
    ("saisie/", identifiers.account_remarks, "remarks"),
    ("verifier/", connection.account_test, "test"),
    ("mot-de-passe/", own.account_password, "password"),
    ("sessions/", sessions.account_sessions, "sessions"),
    ("deuxieme-facteur/", own.account_second_factor, "second_factor"),
    ("reprendre/", copying.account_take_over, "take_over"),
    ("effacer-identifiants/", identifiers.account_forget, "forget"),
)
"""Pages that exist for one's own account and, for an Administrateur, for each account."""

urlpatterns: list[URLPattern] = [
    path("centre/comptes/", users.user_list, name="users"),
    path("centre/comptes/liste.csv", users.user_csv, name="users_csv"),
    path("centre/comptes/nouveau/", users.user_new, name="user_new"),
    path("centre/comptes/<int:pk>/droits/", rights.user_rights, name="user_rights"),
    path("centre/comptes/<int:pk>/memes-identifiants/", copying.user_copy, name="user_copy"),
    *(path(f"centre/comptes/<int:pk>/{end}", view, name=f"user_{name}") for end, view, name in _SHARED),
    *(
        path(f"centre/comptes/<int:pk>/{act}/", acts.user_act, {"act": act}, name=f"user_{act.replace('-', '_')}")
        for act in acts.ACTS
    ),
    *(path(f"mon-compte/{end}", view, name=f"own_{name}") for end, view, name in _SHARED),
    path("mon-compte/confirmer/", own.confirm_password, name="confirm"),
    path(_TEST, connection.test_show, name="test_show"),
    path(f"{_TEST}suite/", connection.test_next, name="test_next"),
    path(f"{_TEST}encore/", connection.test_again, name="test_again"),
    path(f"{_TEST}enregistrer/", connection.test_save, name="test_save"),
]
