from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "scarabee.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Comptes utilisateurs"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from scarabee.accounts import health_checks, journal_words
        from scarabee.accounts.portal import journal_words as portal_words
        from scarabee.accounts.sessions import describe_session
        from scarabee.maintenance.health import checks
        from scarabee.maintenance.journal import describe, describe_values

        for words in (journal_words, portal_words):
            describe(words.WORDS)
            for fact, values in words.VALUES.items():
                describe_values(fact, values)
        checks.register(*health_checks.CHECKS)
        user_logged_in.connect(describe_session, dispatch_uid="scarabee.accounts.describe_session")
