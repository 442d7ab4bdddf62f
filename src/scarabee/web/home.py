"""The home page: what there is, what waits for a person, where to begin."""

from dataclasses import dataclass, field

from django.db.models import Count, Exists, Max, OuterRef, Subquery, Sum
from django.urls import reverse

from scarabee.accounts.portal import health
from scarabee.dossiers.models import Act, Dossier, Employee, Employer
from scarabee.dossiers.selectors.dossiers import DossierRow, rows_of
from scarabee.filings.enums import FilingState
from scarabee.filings.selectors import figures as deposits
from scarabee.maintenance.journal import Actor
from scarabee.returns.selectors import figures as returned
from scarabee.web.navigation import address

SHOWN_DOSSIERS = 8


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do next: why, and where. `url` is empty while the screen does not exist."""

    title: str
    text: str
    icon: str
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number worth seeing first, with its noun, and where it leads."""

    value: int
    label: str
    url: str = ""


@dataclass(slots=True)
class Home:
    """Figures and the first dossiers when there is something, what waits, then what to do."""

    figures: list[Figure] = field(default_factory=list)
    waiting: list[Figure] = field(default_factory=list)
    dossiers: list[DossierRow] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.dossiers


def home(actor: Actor) -> Home:
    """The home page of this actor."""
    dossiers = rows_of(Dossier.objects.visible_to(actor).filter(archived_at=None)[:SHOWN_DOSSIERS])
    totals = _totals(actor)
    return Home(
        figures=_figures(totals) if dossiers else [],
        waiting=[figure for figure in _waiting(actor, totals) if figure.value],
        dossiers=dossiers,
        steps=[step for step in _steps(may_fill=actor.is_administrator or bool(totals["writable"])) if step.url],
    )


def _totals(actor: Actor) -> dict[str, int]:
    """What the visible dossiers hold and wait for, in one query."""
    writable = Dossier.objects.writable_by(actor).order_by().filter(pk=OuterRef("pk"))
    prepared = Act.objects.filter(kind=Act.Kind.IMPORT, state=Act.State.PREPARED, user_id=actor.user_id or 0)
    counted = prepared.order_by().values("user_id").annotate(figure=Count("pk")).values("figure")
    totals = (
        Dossier.objects.visible_to(actor)
        .order_by()
        .aggregate(
            dossiers=Count("pk"),
            employers=Sum(_held(Employer)),
            employees=Sum(_held(Employee)),
            writable=Count("pk", filter=Exists(writable)),
            prepared=Max(Subquery(counted)),
            unknown=Sum(deposits.unknown_filings()),
            stopped=Sum(deposits.stopped_filings()),
            to_order=Sum(deposits.batches_to_order()),
            unread=Max(returned.unread(actor)),
            anomalies=Sum(returned.anomalies_to_do()),
            rates=Sum(returned.rates_to_validate()),
        )
    )
    return {name: figure or 0 for name, figure in totals.items()}


def _figures(totals: dict[str, int]) -> list[Figure]:
    return [
        Figure(totals["dossiers"], "Dossiers", reverse("dossiers:list")),
        Figure(totals["employers"], "Employeurs", reverse("dossiers:search")),
        Figure(totals["employees"], "Salariés", reverse("dossiers:search")),
    ]


def _held(model: type[Employer | Employee]) -> Subquery:
    """How many a dossier holds."""
    rows = model.objects.filter(dossier_id=OuterRef("pk")).order_by().values("dossier_id")
    return Subquery(rows.annotate(figure=Count("pk")).values("figure"))


def _waiting(actor: Actor, totals: dict[str, int]) -> list[Figure]:
    """What nobody but a person can go on with."""
    prepared = _figure(totals["prepared"], "import à confirmer", "imports à confirmer", reverse("dossiers:imports"))
    return [
        *_waiting_filings(actor, totals),
        *_waiting_returns(totals),
        prepared,
        *_waiting_dossiers(actor),
        *_waiting_identifiers(actor),
    ]


def _waiting_filings(actor: Actor, totals: dict[str, int]) -> list[Figure]:
    """Deposits that press, whose outcome only a person can tell, or that nobody ordered yet."""
    board, batches = f"{reverse('filings:board')}?voir=risque", f"{reverse('filings:batches')}?voir=a-ordonner"
    unknown = f"{reverse('filings:list')}?etat={FilingState.UNKNOWN}"
    stopped = f"{reverse('filings:list')}?etat={FilingState.PLANNED}"
    pressing = deposits.pressing(actor)
    return [
        _figure(pressing, "dépôt en retard ou à risque", "dépôts en retard ou à risque", board),
        _figure(totals["unknown"], "dépôt à décider (issue inconnue)", "dépôts à décider (issue inconnue)", unknown),
        _figure(totals["stopped"], "dépôt ordonné ne part pas", "dépôts ordonnés ne partent pas", stopped),
        _figure(totals["to_order"], "lot à ordonner", "lots à ordonner", batches),
    ]


def _waiting_returns(totals: dict[str, int]) -> list[Figure]:
    """What came back and nobody looked at yet; what is late is asked for by the page itself."""
    unread, anomalies = f"{reverse('returns:list')}?voir=non-lus", f"{reverse('returns:anomalies')}?etat=to_do"
    return [
        _figure(totals["rates"], "taux PAS à valider", "taux PAS à valider", reverse("returns:rates")),
        _figure(totals["anomalies"], "anomalie à traiter", "anomalies à traiter", anomalies),
        _figure(totals["unread"], "retour non lu", "retours non lus", unread),
    ]


def _waiting_identifiers(actor: Actor) -> list[Figure]:
    """Identifiers of the portal that somebody must mend, verify, or take over from a colleague."""
    healths = health.rows(actor).values()
    refused = len({one.identity_id for one in healths if one.level == "error"})
    to_verify = sum(one.level == "warning" for one in healths)
    newer = sum(bool(one.newer_password_from) for one in healths)
    url = address("accounts:users" if actor.is_administrator else "accounts:own_show")
    return [
        _figure(refused, "compte Net-Entreprises refusé", "comptes Net-Entreprises refusés", url),
        _figure(to_verify, "compte aux identifiants à vérifier", "comptes aux identifiants à vérifier", url),
        _figure(newer, "mot de passe plus récent à reprendre", "mots de passe plus récents à reprendre", url),
    ]


def _figure(count: int, singular: str, plural: str, url: str) -> Figure:
    return Figure(count, plural if count > 1 else singular, url)


def _waiting_dossiers(actor: Actor) -> list[Figure]:
    """Employers without a name."""
    unnamed = Employer.objects.filter(name="", dossier__in=Dossier.objects.writable_by(actor))
    per_dossier = unnamed.order_by("dossier__name_key").values_list("dossier__uuid", "dossier__name")
    return [
        Figure(
            count,
            f"{'employeurs' if count > 1 else 'employeur'} sans nom dans « {name} » (une DSN n’en contient pas)",
            reverse("dossiers:names", args=[uuid]),
        )
        for uuid, name, count in per_dossier.annotate(Count("pk"))[:SHOWN_DOSSIERS]
    ]


def _steps(*, may_fill: bool) -> list[Step]:
    """Filling and transferring are not offered to who may only read."""
    reading = Step(
        "Ouvrir un dossier",
        "Un dossier est un ensemble d’employeurs qui se suffit à lui-même.",
        "folder",
        address("dossiers:list"),
        "Voir les dossiers",
    )
    if not may_fill:
        return [reading]
    return [
        Step(
            "Remplir un dossier",
            "Déposez les fichiers DSN que votre logiciel de paie a déjà écrits : employeurs, salariés et "
            "historique s’y trouvent.",
            "arrow-down-tray",
            address("dossiers:import"),
            "Importer des DSN",
        ),
        reading,
        Step(
            "Déposer les DSN du mois",
            "Chaque fichier est contrôlé avant de partir ; le lendemain, un certificat ou la liste de ce qu’il faut "
            "corriger.",
            "arrow-up-tray",
            address("filings:deposit"),
            "Déposer des DSN",
        ),
        Step(
            "Transférer des employeurs ou des salariés",
            "D’un dossier à un autre, avec tout leur historique et la preuve que rien n’est perdu.",
            "arrows-right-left",
            address("transfers:start"),
            "Transfert de données",
        ),
    ]
