"""A data folder works with one portal, chosen at first use: production, test, or a bouchon (design §4).

The choice comes from SCARABEE_PORTAIL and stands in the database ever after. Another value is refused: what comes from
one portal must never meet what belongs to another.
"""

import os

from scarabee.accounts.models import PortalBinding
from scarabee.maintenance.errors import Refusal
from scarabee.netentreprises.addresses import PRODUCTION, TEST, Portal, portal_named

VARIABLE = "SCARABEE_PORTAIL"
_ONLY_ROW = 1


def bind_or_refuse() -> str:
    """The name of the portal this folder is bound to, bound now if it was not. One query when it was.

    Raises `Refusal` when SCARABEE_PORTAIL names another portal, or none that can be: a value that is right for one
    folder is refused by another, so that it is the folder that says no (exit code 1), not the usage of the command.
    """
    wanted = asked_for()
    binding = PortalBinding.objects.filter(pk=_ONLY_ROW).first()
    if binding is None:
        binding, _ = PortalBinding.objects.get_or_create(pk=_ONLY_ROW, defaults={"portal": wanted or PRODUCTION})
    if wanted and wanted != binding.portal:
        raise _another(binding.portal, wanted)
    return binding.portal


def asked_for() -> str:
    """The name of the portal that SCARABEE_PORTAIL asks for, if it does. Raises `Refusal` for one that cannot be."""
    value = os.environ.get(VARIABLE, "").strip()
    return _named(value).name if value else ""


def current_portal() -> Portal:
    """The portal of this data folder. Raises what `bind_or_refuse` raises."""
    return portal_named(bind_or_refuse())


def is_training(portal: Portal) -> bool:
    """Whether this is a bouchon: nothing sent there reaches an administration."""
    return not portal.is_official


def bind_demonstration(address: str) -> None:
    """Bind the folder of a demonstration to its bouchon, which may come up on another port each time.

    The processes that this one starts are told the same. Raises `Refusal` for a folder bound to anything that is not
    on this machine.
    """
    portal = portal_named(address)
    if not portal.is_loopback:
        raise ValueError("the bouchon of a demonstration is on this machine")
    binding, _ = PortalBinding.objects.get_or_create(pk=_ONLY_ROW, defaults={"portal": portal.name})
    if not portal_named(binding.portal).is_loopback:
        raise Refusal(
            f"Ce dossier de données travaille avec {words(binding.portal)} : la démonstration ne s’y installe pas.",
            remedy="Choisissez-en un autre avec --donnees, ou aucun ; ou refaites-le avec --reinitialiser.",
        )
    if binding.portal != portal.name:
        PortalBinding.objects.filter(pk=_ONLY_ROW).update(portal=portal.name)
    os.environ[VARIABLE] = portal.name


def _named(value: str) -> Portal:
    try:
        return portal_named(value)
    except ValueError as error:
        raise Refusal(
            f"La variable {VARIABLE} ne nomme aucun portail : {error}",
            remedy="Donnez-lui la valeur « production », « test » ou l’adresse d’un bouchon "
            "(http://127.0.0.1:8700), ou enlevez-la.",
        ) from None


def _another(bound: str, wanted: str) -> Refusal:
    return Refusal(
        f"Ce dossier de données travaille avec {words(bound)} ; {VARIABLE} demande {words(wanted)}.",
        safe="Rien n’a été modifié, rien n’a été envoyé.",
        remedy="Prenez un autre dossier de données (--donnees CHEMIN) pour cet autre portail. "
        f"Pour rester dans celui-ci, enlevez la variable, ou donnez-lui la valeur « {bound} ».",
    )


def words(name: str) -> str:
    """What a portal is called, for a person."""
    if name == PRODUCTION:
        return "le vrai portail Net-Entreprises (production)"
    return "le portail de test des éditeurs (test)" if name == TEST else f"le bouchon {name}"
