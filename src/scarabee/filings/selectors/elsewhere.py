"""Findings that another dossier declares the employer: they name it to those who may see it."""

from collections.abc import Iterable, Mapping
from typing import Any

from scarabee.dossiers.models import Employer
from scarabee.filings.services.remarks import ELSEWHERE, SOMEBODY
from scarabee.maintenance.journal import Actor


def declarants(actor: Actor, findings: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """{SIRET: the dossier that declares it} of those that the actor may see; one query, none without such a finding."""
    sirets = {one["value"] for one in findings if one["rule"] == ELSEWHERE}
    if not sirets:
        return {}
    rows = Employer.objects.visible_to(actor).filter(siret__in=sirets, declaring=True)
    return dict(rows.values_list("siret", "dossier__name"))


def named(finding: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The finding, with the dossier by its name where `declarants` knows it."""
    name = names.get(finding["value"]) if finding["rule"] == ELSEWHERE else None
    if name is None:
        return finding
    return finding | {"message": finding["message"].replace(SOMEBODY, f"Le dossier « {name} »", 1)}
