from django.apps import AppConfig


class FilingsConfig(AppConfig):
    name = "scarabee.filings"
    verbose_name = "Dépôts de DSN"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.dossiers.services import holds, in_force, undo_reasons
        from scarabee.filings import health_checks
        from scarabee.filings.journal_words import VALUES, WORDS
        from scarabee.filings.services import guards
        from scarabee.maintenance import journal
        from scarabee.maintenance.health import checks

        journal.describe(WORDS)
        for fact, words in VALUES.items():
            journal.describe_values(fact, words)
        holds.UNDER_WAY.append(guards.under_way)
        holds.LAST_COPIES.append(guards.last_copies)
        holds.ARCHIVING.append(guards.before_archiving)
        holds.DELETING.append(guards.before_deleting)
        holds.FOLLOWERS.append(guards.follow)
        undo_reasons.GUARDS.append(guards.deposited)
        in_force.REFUSED.append(guards.refused)
        checks.register(*health_checks.CHECKS)
