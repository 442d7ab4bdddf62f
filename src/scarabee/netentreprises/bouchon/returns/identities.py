"""Who is identified: the bilan d'identification (nature 20) and the CRM Identité (nature 121) (retours §6)."""

import hashlib
from datetime import date

from lxml import etree

from scarabee.netentreprises.bouchon.returns.markup import child, children, document
from scarabee.netentreprises.bouchon.returns.neores import Kind, finished, framed, iso
from scarabee.netentreprises.bouchon.returns.reading import Declaration, Person
from scarabee.netentreprises.bouchon.returns.reports import (
    Flow,
    identify,
    identify_declaration,
    identify_person,
    report,
)

_DIFFERS_EVERY = 9
_LAST_SAFE_DAY = 28
_CNAV = Kind("121", "CRM_ID", "CNAV", "18003503200010", "Identification des personnes physiques par le SNGI")
_DIVERGENT = {
    "R001": "CNVANOIDE7A", "R002": "Individu trouvé au SNGI, mais avec une autre date de naissance", "R003": "02",
    "R011": "Écart inventé par le bouchon, d’après le seul NIR.",
    "R013": "Vérifiez l’identité avec le salarié avant de déclarer le changement.",
    "R015": "L’ouverture de ses droits peut en être empêchée.",
}  # fmt: skip
_MESSAGE = "Pour les salariés non identifiés, corrigez l’identité avant toute déclaration d’événement."


def identity_report(flow: Flow) -> bytes:
    """Who is unknown (no NIR), and who is known with another day of birth: one in nine, always the same ones."""
    root, envoi = report("20", "v01r06", message=_MESSAGE)
    identify(envoi, flow)
    child(child(envoi, "envoi_bilan"), "envoi_etat", "OK")
    for declaration in flow.envoi.declarations:
        element = child(root, "declaration")
        identify_declaration(element, declaration)
        balance = child(element, "declaration_bilan")
        child(balance, "etat", "OK")
        child(child(balance, "declaration_contenu"), "salaries", len(declaration.people))
        differing = [one for one in declaration.people if differs(one)]
        unknown = [one for one in declaration.people if not one.nir]
        for person in differing:
            _remark(element, "I0310", "SALARIE_RECONNU", len(differing), person, _known(person))
        for person in unknown:
            _remark(element, "I0320", "SALARIE_INCONNU", len(unknown), person, None)
    return document(root)


def divergence_report(flow: Flow, declaration: Declaration, month: date) -> bytes:
    """The CRM Identité: those whose day of birth is another in the register, ANO when there are any."""
    people = [one for one in declaration.people if differs(one)]
    context = framed(flow, declaration, month, _CNAV, "ANO" if people else "OK")
    if people:
        control = child(context, "RO_B004")
        texts = {f"RO_B004_{key}": value for key, value in _DIVERGENT.items() if key <= "R003"}
        children(control, {**texts, "RO_B004_R009": str(len(people))})
        children(control, {f"RO_B004_{key}": value for key, value in _DIVERGENT.items() if key > "R003"})
        for person in people:
            told, known = person.values.get, _known(person).values
            values = {
                "R001": person.nir, "R004": told("002", ""), "R006": told("004", ""), "R008": iso(told("006", "")),
                "R009": iso(known["006"]), "R010": told("019", ""),
            }  # fmt: skip
            children(child(control, "RO_B009"), {f"RO_B009_{key}": value for key, value in values.items()})
    return finished(context)


def differs(person: Person) -> bool:
    """Whether the register has another day of birth for him; it follows from his NIR alone."""
    digest = hashlib.sha256(b"identite" + person.nir.encode("latin-1", "replace")).digest()
    return bool(person.nir) and person.values.get("006", "")[:2].isdigit() and digest[0] % _DIFFERS_EVERY == 0


def _known(person: Person) -> Person:
    birth = person.values["006"]
    day = int(birth[:2]) % _LAST_SAFE_DAY + 1
    known = {key: value for key, value in person.values.items() if key != "019"}
    return Person(person.line, {**known, "006": f"{day:02d}{birth[2:]}"})


def _remark(
    parent: etree._Element, code: str, message: str, count: int, declared: Person, known: Person | None
) -> None:
    anomaly = child(parent, "declaration_anomalie")
    description = child(anomaly, "description")
    child(description, "code", code)
    child(description, "categorie", "non-bloquant")
    child(description, "message", message)
    child(description, "nombre", count)
    environment = child(anomaly, "environnement")
    for origin, person in (("DSN", declared), ("SNGI", known)):
        if person is not None:
            element = child(environment, "salarie")
            element.set("origine", origin)
            identify_person(element, person)
