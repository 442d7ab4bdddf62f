"""Home, accounts, incidents, requests."""

from datetime import datetime
from html import escape

from scarabee.netentreprises.bouchon.accounts import LONGEST, SERVICES, Account
from scarabee.netentreprises.bouchon.incidents import GROUPS, INCIDENTS
from scarabee.netentreprises.bouchon.pages import frame
from scarabee.netentreprises.bouchon.state import PARIS, REMEMBERED, Request, State
from scarabee.netentreprises.bouchon.wire import Answer, Call

_RECENT = 10
_DONE = {
    "debloque": "Le compte est débloqué.",
    "mot-de-passe": "Le mot de passe est changé, jusqu’à l’arrêt du bouchon.",
}


def home(state: State, call: Call) -> Answer:
    """What this is, what it plays, what was asked last."""
    on = state.incidents.all_on()
    played = ", ".join(f"<code>{name}</code>" for name in on) if on else "aucun"
    recent = [_request(one) for one in list(state.requests)[-_RECENT:][::-1]]
    body = f"""
<p>Le bouchon joue le portail Net-Entreprises sur cette machine, pour s’entraîner et pour essayer : on s’y identifie,
on y dépose des DSN, des retours inventés en reviennent. <strong>Aucune déclaration n’est faite, rien ne quitte cette
machine.</strong> N’y tapez jamais le mot de passe d’un vrai compte.</p>
<dl>
<dt>Adresse</dt><dd><code>{escape(state.address)}</code></dd>
<dt>Pour que Scarabée s’en serve</dt><dd><code>SCARABEE_PORTAIL={escape(state.address)}</code></dd>
<dt>Comptes</dt><dd><a href="/comptes">{len(state.accounts)}</a></dd>
<dt>Dépôts reçus</dt><dd><a href="/depots">{state.store.count()}</a></dd>
<dt>Incidents joués</dt><dd>{played} (<a href="/incidents">changer</a>)</dd>
</dl>
{frame.table("Dernières requêtes", _REQUEST_HEADS, recent, none="Personne n’a encore rien demandé.")}
"""
    return frame.page("Bouchon du portail", body, current="/")


def accounts(state: State, call: Call) -> Answer:
    """The invented accounts, their passwords, and the ways to unlock them."""
    rows = [_account(state, one) for one in state.accounts.values()]
    heads = ["SIRET", "Nom", "Prénom", "Mot de passe", "Services", "État", "Agir"]
    told = frame.done(_DONE[call.query["fait"]]) if call.query.get("fait") in _DONE else ""
    body = f"""{told}
<p>Ces comptes sont inventés : leurs mots de passe sont montrés. Ils sont comparés à la lettre, majuscules et accents
compris.</p>
{frame.table("Comptes du bouchon", heads, rows, none="Aucun compte.")}
"""
    return frame.page("Comptes", body, current="/comptes")


def incidents(state: State, call: Call) -> Answer:
    """Every incident, with its switch."""
    parts = ["<p>Un incident joué le reste jusqu’à ce qu’on l’arrête ici, ou que le bouchon s’arrête.</p>"]
    if (name := call.query.get("fait", "")) in INCIDENTS:
        state_now = "est joué" if state.incidents.on(name) else "n’est plus joué"
        parts.append(frame.done(f"L’incident « {name} » {state_now}."))
    for number, (title, group) in enumerate(GROUPS.items()):
        rows = [_incident(state, name, text) for name, text in group.items()]
        parts.append(f'<h2 id="groupe-{number}">{escape(title)}</h2>')
        parts.append(frame.table(title, ["Incident", "Ce qu’il fait", "État", "Agir"], rows, none="", titled=True))
    return frame.page("Incidents", "".join(parts), current="/incidents")


def requests(state: State, call: Call) -> Answer:
    """What services were asked, and who tried to sign in; the newest first."""
    found = list(state.requests)[::-1]
    count = max(1, -(-len(found) // frame.PAGE_LENGTH))
    number = frame.page_number(call.query.get("page", ""), count)
    shown = [_request(one) for one in found[(number - 1) * frame.PAGE_LENGTH : number * frame.PAGE_LENGTH]]
    attempts = [
        [
            _hour(one.at),
            f"{escape(one.siret)} {escape(one.nom)} {escape(one.prenom)}".strip() or "—",
            escape(one.service) or "—",
            str(one.status),
        ]
        for one in list(state.authentications)[: -frame.PAGE_LENGTH - 1 : -1]
    ]
    body = f"""
<p>Les {REMEMBERED} dernières demandes depuis le démarrage. <a href="/requetes">Actualiser</a></p>
{frame.table("Requêtes", _REQUEST_HEADS, shown, none="Personne n’a encore rien demandé.")}
{frame.paging("/requetes", number, count)}
<h2>Authentifications</h2>
{frame.table("Authentifications", _ATTEMPT_HEADS, attempts, none="Aucune.", titled=True)}
"""
    return frame.page("Requêtes", body, current="/requetes")


_REQUEST_HEADS = ["Heure", "Demande", "Réponse"]
_ATTEMPT_HEADS = ["Heure", "Compte", "Service", "Réponse"]


def _request(one: Request) -> list[str]:
    status = "aucune (coupée ou muette)" if one.status is None else str(one.status)
    return [_hour(one.at), f"<code>{escape(one.method)} {escape(one.path)}</code>", status]


def _account(state: State, account: Account) -> list[str]:
    siret, nom, prenom = account.identity
    services = "<br>".join(f"{code} : {escape(SERVICES.get(code, code))}" for code in account.service)
    refusals = state.store.refusals(account.identity)
    locked = state.store.is_locked(account.identity)
    msa = f"<br>MSA : {escape(account.identifiant)}" if account.identifiant else ""
    word = "Bloqué" if locked else "Ouvert"
    return [
        f'<code class="exact">{escape(siret)}</code>{msa}',
        f'<code class="exact">{escape(nom)}</code>',
        f'<code class="exact">{escape(prenom)}</code>',
        f'<code class="exact">{escape(account.motdepasse)}</code>',
        services,
        f"{word}<br>{refusals} refus de suite",
        _account_forms(account, wanted=locked or refusals > 0),
    ]


def _account_forms(account: Account, *, wanted: bool) -> str:
    siret, nom, prenom = map(escape, account.identity)
    who = f'<span class="hidden"> de {prenom} {nom}</span>'
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{value}">'
        for name, value in (("siret", siret), ("nom", nom), ("prenom", prenom))
    )
    unlock = ""
    if wanted:
        unlock = (
            f'<form method="post" action="/comptes/debloquer">{hidden}<button>Débloquer le compte{who}</button></form>'
        )
    field = (
        f'<input name="motdepasse" required maxlength="{LONGEST["motdepasse"]}" autocomplete="off" spellcheck="false">'
    )
    button = f'<button>Changer<span class="hidden"> le mot de passe</span>{who}</button>'
    return (
        f'{unlock}<form method="post" action="/comptes/mot-de-passe">{hidden}'
        f"<label>Nouveau mot de passe{who} {field}</label> {button}</form>"
    )


def _incident(state: State, name: str, text: str) -> list[str]:
    on = state.incidents.on(name)
    deed, word = ("arreter", "Arrêter") if on else ("jouer", "Jouer")
    form = f"""<form method="post" action="/incidents"><input type="hidden" name="incident" value="{name}">
<button name="action" value="{deed}">{word}<span class="hidden"> {name}</span></button></form>"""
    shown = '<strong class="on">● joué</strong>' if on else "○ arrêté"
    return [f'<code id="{name}">{name}</code>', escape(text), shown, form]


def _hour(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%d/%m/%Y %H:%M:%S}"
