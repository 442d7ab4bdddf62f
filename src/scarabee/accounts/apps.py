from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "scarabee.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Comptes utilisateurs"

    def ready(self) -> None:
        from scarabee.accounts.portal.journal_words import WORDS as PORTAL_WORDS
        from scarabee.maintenance.journal import describe

        describe(PORTAL_WORDS)

        describe(
            {
                "compte.cree": "Compte créé",
                "premier_demarrage.lien": "Adresse de premier démarrage donnée",
                "premier_demarrage.mot_de_passe": "Premier démarrage : mot de passe choisi",
                "connexion.lien": "Connexion par une adresse à usage unique",
                "user_id": "compte n°",
                "username": "nom",
                "administrator": "administrateur",
            }
        )
