"""Why a sealed value is not opened, in words. None of them ever quotes the value."""

from pathlib import Path

from scarabee.maintenance.errors import Refusal

_SAFE = "Rien d’autre n’est perdu : dossiers, déclarations, comptes et journal sont intacts."


class KeyMissing(Refusal):
    """The key that sealed this value is not here (any more)."""

    def __init__(
        self,
        message: str = "La clé du coffre qui ouvre ces identifiants n’est plus là.",
        *,
        safe: str = _SAFE,
        remedy: str = (
            "Saisissez les identifiants à nouveau ; ou remettez l’ancien fichier « cle-coffre » à sa place : "
            "ils redeviennent lisibles aussitôt."
        ),
    ) -> None:
        super().__init__(message, safe=safe, remedy=remedy)


class KeyringClosed(KeyMissing):
    """The key is in the keyring of a system: this one, closed, or another machine's."""

    def __init__(self) -> None:
        super().__init__(
            "La clé du coffre est dans le trousseau du système, qui est fermé ou absent.",
            safe="Rien n’est perdu, rien n’a été modifié.",
            remedy="Ouvrez votre session sur la machine où la clé a été faite, déverrouillez le trousseau, puis "
            "recommencez. Sur une autre machine, saisissez les identifiants à nouveau.",
        )


class KeyUnreadable(KeyMissing):
    """The key file is there, but the system does not let it be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"Le fichier de clé du coffre ({path}) ne peut pas être lu : {reason}.",
            safe="Rien n’est perdu, rien n’a été modifié.",
            remedy="Rendez-le lisible par le compte qui fait tourner Scarabée, et par lui seul, puis recommencez.",
        )


class KeyNotWritten(Refusal):
    """A new key could not be written down, so nothing was sealed with it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"La clé du coffre ne peut pas être enregistrée ({path}) : {reason}.",
            remedy="Vérifiez que ce dossier existe, les droits et la place libre, puis recommencez.",
        )


class SealBroken(Refusal):
    """The sealed text is damaged, or was moved here from another place."""

    def __init__(self) -> None:
        super().__init__(
            "Ces identifiants sont scellés, mais leur texte est abîmé ou vient d’un autre compte : "
            "ils ne sont pas utilisés.",
            safe=_SAFE,
            remedy="Saisissez les identifiants à nouveau.",
        )
