from django.apps import AppConfig


class FilingsConfig(AppConfig):
    name = "scarabee.filings"
    verbose_name = "Dépôts de DSN"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.filings.journal_words import VALUES, WORDS
        from scarabee.maintenance import journal

        journal.describe(WORDS)
        for fact, words in VALUES.items():
            journal.describe_values(fact, words)
