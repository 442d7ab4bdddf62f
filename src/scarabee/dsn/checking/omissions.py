"""What a check leaves out, said in sentences: nobody may believe that silence means conformity."""

from scarabee.dsn.checking.expectations import CANCELS, TREES, USAGES
from scarabee.dsn.norms import Norm

ALWAYS = (
    "Les valeurs des référentiels externes (IDCC, NAF, PCS-ESE, communes, organismes, codes CTP…) ne sont pas "
    "comparées à leurs listes : elles ne sont pas publiées avec la norme.",
    "Les rubriques conditionnelles et les contrôles entre rubriques du cahier technique ne sont vérifiés que pour les "
    "clés, les dates, les liens et l’identité de la déclaration.",
    "Les montants, les taux et leurs sommes ne sont pas recalculés.",
)


def omissions(tables: Norm, asked: str, natures: set[str], *, cancels: bool) -> list[str]:
    """What was left out for one version (`asked` in the file, whose tables were used) and the natures met."""
    if not tables.exact:
        said = f"La version {asked} de la norme" if asked else "La version de la norme, que le fichier ne donne pas,"
        return [
            f"{said} est inconnue de Scarabée : les tables de {tables.version} ont servi, et leurs écarts ne "
            "bloquent pas."
        ]
    sentences: list[str] = []
    if not USAGES[0] <= tables.version <= USAGES[-1]:
        sentences.append(
            f"Les usages de {tables.version} (rubriques obligatoires ou interdites par nature) ne sont pas publiés : "
            f"ceux de {' et '.join(USAGES)} ont servi d’avertissement."
        )
    elif tables.version not in USAGES:
        sentences.append(
            f"Les usages de {tables.version} ne sont pas publiés : la présence des rubriques n’est vérifiée que là où "
            f"{' et '.join(USAGES)}, qui l’entourent, disent la même chose."
        )
    if tables.version != TREES:
        sentences.append(
            f"Les blocs permis par nature ne sont pas publiés pour {tables.version} : ceux de {TREES} ont servi, et "
            "un écart avec eux seuls n’est qu’un avertissement."
        )
    if unknown := sorted(nature for nature in natures if not tables.nature_blocs(nature) and nature == "10"):
        sentences.append(f"Les blocs de la nature {unknown[0]} ne sont pas publiés : leur présence n’est pas vérifiée.")
    if cancels:
        sentences.append(
            f"D’une déclaration qui annule (type {CANCELS}), ce qu’elle doit répéter n’est pas établi : ce qui y "
            "manque n’est qu’un avertissement."
        )
    return sentences
