"""Why Scarabée itself does not send identifiers: so that no account is locked by knocking too often."""

from enum import StrEnum

from scarabee.accounts.enums import Statement
from scarabee.maintenance.errors import Refusal


class Held(StrEnum):
    """The reasons, as stored and as printed by the command line."""

    BUSY = "deja_en_cours"
    REFUSED_BEFORE = "deja_refuse"
    FROZEN = "identite_gelee"
    LOCKED = "compte_bloque"
    TOO_MANY = "trop_de_refus"
    BROUGHT_BACK = "retour_a_une_sauvegarde"


NOTHING_SENT = "Rien n’a été envoyé à Net-Entreprises."

_WORDS = {
    Held.BROUGHT_BACK: (
        "Ces identifiants reviennent d’une sauvegarde : le mot de passe a pu changer depuis sur le portail.",
        "Vérifiez-les avec la boule bleue : tout repart quand le portail les accepte.",
    ),
    Held.BUSY: (
        "Une vérification ou un dépôt est déjà en cours pour ce compte Net-Entreprises.",
        "Attendez un instant, puis recommencez.",
    ),
    Held.REFUSED_BEFORE: (
        "Net-Entreprises a déjà refusé exactement ces identifiants : ils n’ont pas été envoyés une seconde fois, "
        "pour que le compte ne soit pas bloqué.",
        "Corrigez le champ qui diffère du portail. Si rien ne diffère, dites ce qui a changé sur net-entreprises.fr, "
        "puis essayez encore une fois.",
    ),
    Held.FROZEN: (
        "Ce compte Net-Entreprises a été refusé : plus rien ne part tout seul.",
        "Corrigez les identifiants, vérifiez-les avec la boule bleue, puis enregistrez.",
    ),
    Held.LOCKED: (
        "Net-Entreprises a bloqué ce compte après plusieurs refus : rien n’a été envoyé, cela ne ferait que prolonger "
        "le blocage.",
        "Débloquez-le d’abord sur net-entreprises.fr (« mot de passe oublié »), puis dites-le ici.",
    ),
    Held.TOO_MANY: (
        "Plusieurs essais de suite ont été refusés, ou sont restés sans réponse : un de plus peut bloquer le compte "
        "sur le portail. Rien n’a été envoyé.",
        "Connectez-vous à la main sur net-entreprises.fr avec ces quatre valeurs. Si cela marche, recopiez-les ici.",
    ),
}


class HeldBack(Refusal):
    """Nothing was sent. `statements`: what a person may declare for the same identifiers to go once more."""

    def __init__(self, held: Held, statements: tuple[Statement, ...] = ()) -> None:
        message, remedy = _WORDS[held]
        super().__init__(message, safe=NOTHING_SENT, remedy=remedy)
        self.held = held
        self.statements = statements
