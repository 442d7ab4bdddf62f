"""What a month that declares a temps partiel thérapeutique (S21.G00.66) brings: natures 23, 36 and 38 (retours §1, §8).

The words and codes are those of the official examples, the only ones known.
"""

from scarabee.netentreprises.bouchon.returns.leaves import day_of
from scarabee.netentreprises.bouchon.returns.markup import document
from scarabee.netentreprises.bouchon.returns.notices import Remark, begun, remark
from scarabee.netentreprises.bouchon.returns.reading import Declaration, Person
from scarabee.netentreprises.bouchon.returns.reports import Flow

CNAM, MSA = "36", "38"
_OF_DETAINEES = frozenset({"53", "54"})
"""Natures of contract (S21.G00.40.007) that neither body handles."""
_VERSIONS = {CNAM: "v01r06", MSA: "v02r02"}
_NOT_BUILT = (
    "Nous ne pouvons pas traiter la demande, les contrats d’engagement détenu ne sont pas gérés par la CNAM ou la MSA."
)
_NOT_TAKEN = (
    "L’attestation que vous avez transmise ne s’est pas injectée correctement dans nos systèmes informatiques pour "
    "être traitée. Je vous invite à faire refaire cette attestation en vous connectant sur net-entreprises.fr"
)


def not_built(declaration: Declaration) -> list[Person]:
    """Those for whom the attestation of temps partiel thérapeutique cannot even be made."""
    return [one for one in declaration.people if one.therapeutic and one.contract.get("007") in _OF_DETAINEES]


def built(declaration: Declaration) -> list[Person]:
    """Those whose attestation goes to the CNAM or the MSA."""
    left = not_built(declaration)
    return [one for one in declaration.people if one.therapeutic and one not in left]


def not_taken(declaration: Declaration) -> list[Person]:
    """Of those, the ones whose temps partiel does not begin before it ends."""
    return [one for one in built(declaration) if not _follows(one.therapeutic)]


def control_report(flow: Flow, declaration: Declaration) -> bytes:
    """The nature 23: what the SI DSN could not make an attestation of; it does not say for whom."""
    root, element, _ = begun("23", "v02r01", flow, declaration, "ANO", envoi_state="OK")
    for _ in not_built(declaration):
        remark(element, Remark("D00T4", "bloquant", _NOT_BUILT))
    return document(root)


def body_report(flow: Flow, declaration: Declaration, nature: str) -> bytes:
    """The nature 36 (CNAM) or 38 (MSA): whether the attestations were taken in."""
    refused = not_taken(declaration)
    root, element, _ = begun(nature, _VERSIONS[nature], flow, declaration, "KO" if refused else "OK")
    for person in refused:
        names = {"nom_famille": person.values.get("002", ""), "prenoms": person.values.get("004", "")}
        remark(element, Remark("PRF", "", _NOT_TAKEN, nir=person.nir, names=names))
    return document(root)


def _follows(told: dict[str, str]) -> bool:
    since, until = day_of(told.get("001", "")), day_of(told.get("002", ""))
    return since is not None and until is not None and since <= until
