from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "scarabee.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Comptes utilisateurs"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from scarabee.accounts.journal_words import WORDS
        from scarabee.accounts.portal.journal_words import WORDS as PORTAL_WORDS
        from scarabee.accounts.sessions import describe_session
        from scarabee.maintenance.journal import describe

        describe(WORDS)
        describe(PORTAL_WORDS)
        user_logged_in.connect(describe_session, dispatch_uid="scarabee.accounts.describe_session")
