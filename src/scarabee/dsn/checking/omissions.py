"""What a check leaves out, said in sentences: nobody may believe that silence means conformity."""

from scarabee.dsn.checking.expectations import CANCELS, TREES, USAGES
from scarabee.dsn.norms import norm

UNPUBLISHED_NATURE = "10"
ALWAYS = (
    "Les valeurs des référentiels externes (IDCC, NAF, PCS-ESE, communes, organismes, codes CTP…) ne sont pas "
    "comparées à leurs listes : elles ne sont pas publiées avec la norme.",
    "Les rubriques conditionnelles et les contrôles entre rubriques du cahier technique ne sont vérifiés que pour les "
    "clés, les dates, les liens et l’identité de la déclaration.",
    "Les montants, les taux et leurs sommes ne sont pas recalculés.",
)


def omissions(version: str, nature: str, *, is_told: bool, cancels: bool) -> list[str]:
    """What is left out of a declaration of this nature; `is_told`: the file itself names the version."""
    tables = norm(version)
    sentences = [] if is_told else [f"Le fichier ne dit pas quelle norme il suit : il est comparé avec {version}."]
    if not tables.exact:
        sentences.append(
            f"La version {version} de la norme est inconnue de Scarabée : les tables de {tables.version} servent à sa "
            "place, et un écart avec elles n’est qu’un avertissement."
        )
        return sentences
    sentences += _presence(tables.version)
    if nature == UNPUBLISHED_NATURE:
        sentences.append(f"Les blocs de la nature {nature} ne sont pas publiés : leur présence n’est pas vérifiée.")
    if cancels:
        sentences.append(
            f"D’une déclaration qui annule (type {CANCELS}), ce qu’elle doit répéter n’est pas établi : ce qui y "
            "manque n’est qu’un avertissement."
        )
    return sentences


def _presence(version: str) -> list[str]:
    """How far the presence of blocs and rubriques is known for a version."""
    published, sentences = " et ".join(USAGES), []
    if not USAGES[0] <= version <= USAGES[-1]:
        sentences.append(
            f"Les rubriques obligatoires ou interdites par nature ne sont pas publiées pour {version} : ce que disent "
            f"{published} n’est qu’un avertissement."
        )
    elif version not in USAGES:
        sentences.append(
            f"Les rubriques obligatoires ou interdites par nature ne sont pas publiées pour {version} : leur présence "
            f"n’est vérifiée que là où {published}, qui l’entourent, disent la même chose."
        )
    if version != TREES:
        sentences.append(
            f"Les blocs permis par nature ne sont pas publiés pour {version} : ceux de {TREES} servent, et un écart "
            "avec eux seuls n’est qu’un avertissement."
        )
    return sentences
