"""Deposits, their returns, and the documents to download."""

from datetime import datetime
from html import escape

from scarabee.netentreprises.bouchon.kept import Deposit, Return
from scarabee.netentreprises.bouchon.pages import frame
from scarabee.netentreprises.bouchon.returns.planning import EXTENSIONS
from scarabee.netentreprises.bouchon.state import PARIS, State
from scarabee.netentreprises.bouchon.wire import TEXT, XML, Answer, Call

_NATURES = {
    "10": "accusé d’enregistrement ou avis de rejet",
    "11": "certificat de conformité ou bilan d’anomalies",
    "20": "bilan d’identification des salariés",
    "30": "accusé de réception CNAM",
    "40": "accusé de réception France Travail",
    "51": "compte rendu d’organisme complémentaire",
    "60": "accusé de réception Urssaf",
    "92": "accusé de réception DGFiP",
    "94": "compte rendu nominatif : taux PAS",
    "119": "accompagnement à la résolution des anomalies",
}
_KIND = {"01": "essai", "02": "réel"}
_POINT = {"01": "régime général", "02": "régime agricole"}
_EXTRAS = {"objet": "fiche de paramétrage", "bpij": "bordereau de paiement des IJ"}


def listed(state: State, call: Call) -> Answer:
    """Every deposit, the newest first."""
    found = state.store.deposits()[::-1]
    count = max(1, -(-len(found) // frame.PAGE_LENGTH))
    number = frame.page_number(call.query.get("page", ""), count)
    shown = found[(number - 1) * frame.PAGE_LENGTH : number * frame.PAGE_LENGTH]
    rows = [
        [
            f'<a href="/depots/{one.number}">Dépôt n° {one.number}</a>',
            _moment(one.at),
            f"{escape(one.owner[1])} {escape(one.owner[2])}",
            _KIND.get(one.essai_reel, "non lu"),
            _outcome(one, call.at),
            f"<code>{escape(one.idflux)}</code>",
        ]
        for one in shown
    ]
    heads = ["Dépôt", "Reçu le", "Déclarant", "Envoi", "Où il en est", "Identifiant (idflux)"]
    none = "Aucun dépôt. Déposez une DSN depuis Scarabée : elle apparaîtra ici, et nulle part ailleurs."
    body = frame.table("Dépôts reçus", heads, rows, none=none) + frame.paging("/depots", number, count)
    return frame.page("Dépôts", body, current="/depots")


def one(state: State, call: Call, parts: list[str]) -> Answer:
    """One deposit (`/depots/N`), its file (`/depots/N/fichier`) or a document (`/depots/N/documents/NOM`)."""
    text = parts[0]
    deposit = state.store.deposit(int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else None
    if deposit is None:
        return frame.problem(404, "Ce dépôt n’existe pas.")
    match parts[1:]:
        case []:
            return _page(deposit, call.at)
        case ["fichier"]:
            return _file(state.store.content(deposit), f"depot-{deposit.number}.dsn", f"{TEXT}; charset=iso-8859-1")
        case ["documents", name] if name in _documents(deposit):
            media_type = f"{TEXT}; charset=utf-8" if name.endswith(EXTENSIONS[TEXT]) else XML
            return _file(state.store.file(deposit, name), name, media_type)
    return frame.problem(404, "Ce document n’existe pas.")


def _page(deposit: Deposit, at: datetime) -> Answer:
    siret, nom, prenom = map(escape, deposit.owner)
    rows = [_return(deposit, one, at) for one in deposit.returns]
    extras = [
        [
            _EXTRAS.get(one.kind, escape(one.kind)),
            escape(one.producteur) or "—",
            _moment(one.publication),
            _link(deposit, one.file, one.kind),
        ]
        for one in deposit.extras
    ]
    body = f"""
<dl>
<dt>Identifiant (idflux)</dt><dd><code>{escape(deposit.idflux)}</code></dd>
<dt>Déclarant</dt><dd>{siret} {nom} {prenom}</dd>
<dt>Reçu le</dt><dd>{_moment(deposit.at)}, {_POINT.get(deposit.point, escape(deposit.point))}</dd>
<dt>Envoi</dt><dd>{_KIND.get(deposit.essai_reel, "non lu")}</dd>
<dt>Fichier</dt><dd><a href="/depots/{deposit.number}/fichier">Télécharger les {deposit.size} octets déposés</a></dd>
<dt>SHA-256</dt><dd><code class="long">{deposit.sha256}</code></dd>
</dl>
{frame.table("Retours", ["Retour", "État", "Organisme", "Mis à disposition", "Document"], rows, none="Aucun retour.")}
"""
    if extras:
        body += "<h2>Autres documents</h2>"
        body += frame.table(
            "Autres documents", ["Document", "De", "Mis à disposition", "Fichier"], extras, none="", titled=True
        )
    body += '<p><a href="/depots">Tous les dépôts</a></p>'
    return frame.page(f"Dépôt n° {deposit.number}", body, current="/depots")


def _return(deposit: Deposit, one: Return, at: datetime) -> list[str]:
    label = _NATURES.get(one.nature, "autre")
    when = _moment(one.publication)
    if not one.is_published(at):
        when = f"à venir : {when}"
    elif one.overwrites:
        when = f"{when}, a remplacé {escape(one.overwrites)}"
    body = f"{escape(one.ops)} {escape(one.delegataire)}".strip() or "—"
    document = _link(deposit, one.file, one.nature) if one.file else "aucun"
    return [f"{escape(one.nature)} : {label}", escape(one.statut), body, when, document]


def _link(deposit: Deposit, file: str, what: str) -> str:
    name = escape(file)
    return (
        f'<a href="/depots/{deposit.number}/documents/{name}">{name}<span class="hidden"> ({escape(what)})</span></a>'
    )


def _documents(deposit: Deposit) -> set[str]:
    """The names of its documents: nothing else of its folder can be asked for."""
    return {one.file for one in deposit.returns if one.file} | {extra.file for extra in deposit.extras}


def _outcome(deposit: Deposit, at: datetime) -> str:
    """The last word so far: the receipt, then conformity."""
    if deposit.statut == "KO":
        return "rejeté (ARE)"
    conformity = next((one for one in deposit.published(at) if one.nature == "11"), None)
    if conformity is None:
        return "enregistré (AEE)"
    return "conforme (CCO)" if conformity.statut == "OK" else "en anomalie (BAN)"


def _file(content: bytes, name: str, media_type: str) -> Answer:
    return Answer(200, content, media_type, {"Content-Disposition": f'attachment; filename="{name}"'})


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%d/%m/%Y à %H:%M:%S}"
