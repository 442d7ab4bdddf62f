"""An anomaly of a return in the words of the work list: title, what is wrong, what to do, by when (retours §3, §8)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from scarabee.dossiers.selectors.wording import rubrique_of
from scarabee.netentreprises.documents import Anomaly, Contract, Identity, Person, nature_of
from scarabee.returns.services.identity_fields import BY_FIELD, shown_value

TITLE_LENGTH, VALUE_LENGTH = 300, 300
_SHOWN_LINES = 20

_TITLES = {
    "I0310": "Salarié connu du répertoire sous une autre identité",
    "I0320": "Salarié inconnu du répertoire",
    "TST01": "Taux de prélèvement à la source déclaré sans être celui de la DGFiP",
}
_CORRECT_IDENTITY = (
    "Vérifiez avec le salarié (attestation de droits), puis déclarez le changement d’identité (bloc S21.G00.31) dans "
    "la prochaine DSN."
)
_ACTIONS = {
    "10": "Corrigez le fichier et déposez-le de nouveau avant l’échéance : rien n’est déposé.",
    "11": "Corrigez, contrôlez le fichier et déposez-le de nouveau avant l’échéance : rien n’est pris en compte.",
    "20": _CORRECT_IDENTITY,
    "51": "Corrigez la référence du contrat, l’affiliation ou le paiement dans la prochaine DSN.",
    "94": "Corrigez l’identité ou l’adresse dans la prochaine DSN ; en attendant, appliquez le taux non personnalisé.",
}
_ACTIONS_OF_CODES = {
    "I0320": "Demandez au salarié ses justificatifs ou son numéro de sécurité sociale, puis corrigez son identité.",
}
_SUBSTITUTED = "Si rien n’est fait, l’organisme peut corriger lui-même (substitution)."
_AFTER_SUBSTITUTION = frozenset({"132", "134"})


def title_of(nature: str, anomaly: Anomaly) -> str:
    """One line, cut at a word when it is too long."""
    title = _TITLES.get(anomaly.code) or _one_line(anomaly.title) or _one_line(anomaly.message)
    return shortened(title or f"{nature_of(nature).label} : {anomaly.code}".removesuffix(" : "), TITLE_LENGTH)


def identity_title(identity: Identity) -> str:
    """What is wrong with an identity, in words even where the document has a code (SALARIE_INCONNU)."""
    return _TITLES.get(identity.code) or _one_line(identity.title)


def action_of(nature: str, anomaly: Anomaly) -> str:
    """What to do: as the body says, else what the nature asks for."""
    told = anomaly.action or _ACTIONS_OF_CODES.get(anomaly.code) or _ACTIONS.get(nature) or nature_of(nature).action
    return f"{told} {_SUBSTITUTED}" if anomaly.substitutable and nature not in _AFTER_SUBSTITUTION else told


def message_of(anomaly: Anomaly, identity: Identity | None, again: Sequence[Anomaly]) -> str:
    """What is wrong, a sentence a line; `again`: the other cases of the same anomaly in the return."""
    lines = [_told(anomaly)]
    lines += _differences(identity)
    lines += [f"Constat : {anomaly.fault.result}."] if anomaly.fault.result else []
    lines += [_contract(anomaly.contract)] if anomaly.contract else []
    lines += _places([anomaly, *again])
    lines += [_amount(anomaly.amount)] if anomaly.amount is not None else []
    lines += [f"Conséquence : {anomaly.consequence}"] if anomaly.consequence else []
    lines += [f"Interlocuteur : {anomaly.contact}."] if anomaly.contact else []
    return "\n".join(line for line in lines if line)


def values_of(anomaly: Anomaly, identity: Identity | None) -> tuple[str, str, str]:
    """(rubrique, declared, expected) at fault; of an identity, the first that the register identifies by."""
    fault = anomaly.fault
    if not fault.rubrique and identity is not None and identity.differences:
        first = identity.differences[0]
        declared, reference = shown_value(first.name, first.declared), shown_value(first.name, first.reference)
        return BY_FIELD[first.name], declared[:VALUE_LENGTH], reference[:VALUE_LENGTH]
    expected = fault.expected or " ou ".join(fault.accepted)
    return fault.rubrique[:14], shortened(fault.declared, VALUE_LENGTH), shortened(expected, VALUE_LENGTH)


def name_of(person: Person) -> str:
    """The names as the return writes them, or the matricule; never a NIR."""
    names = f"{person.family_name or person.usual_name} {person.given_names}".strip()
    matricule = f"matricule {person.matricule}" if person.matricule else ""
    return (names or matricule or "salarié désigné par son seul numéro")[:200]


def shortened(text: str, length: int) -> str:
    """The text on one line, cut at a word with « … » when it is longer."""
    text = _one_line(text)
    return text if len(text) <= length else f"{text[: length - 1].rsplit(' ', 1)[0]}…"


def french_day(day: str) -> str:
    """AAAA-MM-JJ → JJ/MM/AAAA; any other text as it is."""
    parts = day.split("-")
    return "/".join(reversed(parts)) if len(parts) == 3 else day


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _told(anomaly: Anomaly) -> str:
    """The message; else the title where the list shows another one, or part of it; a keyword alone says nothing."""
    title = _one_line(anomaly.title)
    is_hidden = len(title) > TITLE_LENGTH or (anomaly.code in _TITLES and " " in title)
    return anomaly.message or anomaly.control or (anomaly.title if is_hidden else "")


def _differences(identity: Identity | None) -> Iterator[str]:
    for one in identity.differences if identity else ():
        rubrique = rubrique_of(BY_FIELD[one.name])
        label = rubrique.label if rubrique else one.name
        declared, reference = shown_value(one.name, one.declared), shown_value(one.name, one.reference)
        yield f"{label} : « {declared} » déclaré, « {reference} » au répertoire."


def _contract(contract: Contract) -> str:
    number = f"n° {contract.number}" if contract.number else ""
    since = f"du {french_day(contract.since)}" if contract.since else ""
    return " ".join(part for part in ("Contrat", number, since) if part) + "."


def _places(cases: Sequence[Anomaly]) -> Iterator[str]:
    """The lines of the file and the periods, and how many cases there are."""
    lines = sorted({one.line for one in cases if one.line})
    if lines:
        shown = ", ".join(map(str, lines[:_SHOWN_LINES])) + (", …" if len(lines) > _SHOWN_LINES else "")
        yield f"{'Lignes' if len(lines) > 1 else 'Ligne'} {shown} du fichier déposé."
    periods = sorted({(one.since, one.until) for one in cases if one.since})
    for since, until in periods[:_SHOWN_LINES]:
        yield f"Période : du {french_day(since)}{f' au {french_day(until)}' if until else ''}."
    if len(cases) > 1:
        yield f"Ce retour le relève {len(cases)} fois."


def _amount(amount: Decimal) -> str:
    """« − » is a debit for the employer, « + » a credit: the reverse of what one would think (retours §3)."""
    if not amount:
        return "Montant : 0 € (nouvelle affectation, sans effet sur le total)."
    figure = f"{abs(amount):,.2f}".replace(",", "\u202f").replace(".", ",")
    return f"Montant : {figure} € au {'débit' if amount < 0 else 'crédit'} de l’employeur."
