"""Who may do what, by job: the table that the walks enforce and that docs/admin/droits.md prints."""

from dataclasses import dataclass
from enum import Enum


class Right(Enum):
    """What a job asks for; the value says who has it: Administrateur, Gestionnaire, Lecture, sans droit."""

    OPEN = ("oui", "oui", "oui", "oui, même sans compte")
    SIGNED_IN = ("oui", "oui", "oui", "oui")
    LIST = ("tout", "ses dossiers", "ses dossiers", "rien à voir")
    READ = ("oui", "ses dossiers", "ses dossiers", "non")
    WRITE = ("oui", "ses dossiers", "non", "non")
    BOTH = ("oui", "s’il l’est des deux", "non", "non")
    KEEPER = ("oui", "oui", "non", "non")
    OWN_DRAFT = ("les siennes", "les siennes", "non", "non")
    OWN_LIST = ("tous", "les siens", "les siens", "les siens")
    OWN_ACCOUNT = ("de tous", "les siens", "les siens", "les siens")
    OWN_TEST = ("les siennes", "les siennes", "les siennes", "les siennes")
    ADMINISTRATOR = ("oui", "non", "non", "non")


@dataclass(frozen=True)
class Job:
    """A line of the table: what is done, where on the screens, and with which commands ("" where there is none)."""

    title: str
    right: Right
    screen: str = ""
    command: str = ""

    @property
    def line(self) -> str:
        """The line of Markdown that stands in the documentation."""
        cells = (self.title, self.screen or "–", self.command or "–", *self.right.value)
        return f"| {' | '.join(cells)} |"


SIGN_IN = Job("Se connecter, choisir son mot de passe avec un lien reçu", Right.OPEN, "Connexion")
SIGN_OUT = Job("Se déconnecter", Right.OPEN, "Menu du compte")
HOME = Job("Voir l’accueil", Right.LIST, "Accueil")
LIST_DOSSIERS = Job("Voir la liste des dossiers", Right.LIST, "Dossiers", "`dossiers`")
SEARCH = Job("Chercher un employeur ou une personne", Right.LIST, "Rechercher", "`chercher`, `personne`")
READ_DOSSIER = Job(
    "Lire un dossier : employeurs, salariés, mois, déclarations, corbeille",
    Right.READ,
    "Dossiers ▸ un dossier",
    "`employeurs`, `salaries`, `declarant`",
)
EXPORT = Job("Exporter en DSN ou en CSV", Right.READ, "Un dossier ▸ Exporter", "`exporter`")
CREATE_DOSSIER = Job(
    "Créer un dossier", Right.KEEPER, "Dossiers ▸ Créer un dossier", "`dossier creer`, `importer --creer`"
)
KEEP_DOSSIER = Job(
    "Renommer, archiver, rouvrir un dossier ; le supprimer quand il est vide",
    Right.WRITE,
    "Un dossier",
    "`dossier renommer`, `archiver`, `desarchiver`, `supprimer`",
)
ENTER = Job(
    "Créer ou corriger un employeur, un salarié ; donner des noms ; réunir deux fiches ; dire une succession",
    Right.WRITE,
    "La fiche",
    "`employeurs --noms`",
)
DELETE = Job("Supprimer un employeur ou un salarié", Right.WRITE, "La fiche ▸ Supprimer", "`supprimer`")
RESTORE = Job("Reprendre une suppression", Right.WRITE, "Un dossier ▸ Corbeille", "`reprendre`")
RESTORE_GONE = Job(
    "Reprendre une suppression dont le dossier n’existe plus",
    Right.ADMINISTRATOR,
    "Dossiers ▸ corbeille des dossiers supprimés",
    "`reprendre --dossier`",
)
CHECK_FILES = Job("Contrôler des fichiers DSN, sans les garder", Right.SIGNED_IN, "", "`controler`")
LIST_IMPORTS = Job("Voir les imports", Right.LIST, "Importer des DSN", "`imports`")
READ_IMPORT = Job("Lire un import et son compte rendu", Right.READ, "Importer des DSN ▸ un import")
IMPORT = Job("Importer des DSN dans un dossier", Right.WRITE, "Importer des DSN", "`importer`")
UNDO_IMPORT = Job("Annuler un import", Right.WRITE, "Un import ▸ Annuler", "`annuler-import`")
LIST_TRANSFERS = Job(
    "Voir les transferts, et les employeurs présents dans plusieurs dossiers",
    Right.LIST,
    "Transfert de données, Transferts faits",
    "`transferts`",
)
START_TRANSFER = Job("Préparer un transfert depuis un dossier", Right.WRITE, "Transfert de données")
PREPARE = Job("Continuer ou abandonner une préparation de transfert", Right.OWN_DRAFT, "Transfert de données")
TRANSFER = Job("Transférer d’un dossier à un autre", Right.BOTH, "Transfert de données ▸ Transférer", "`transferer`")
READ_TRANSFER = Job("Lire le reçu d’un transfert (il faut voir ses deux dossiers)", Right.READ, "Transferts faits")
UNDO_TRANSFER = Job(
    "Annuler un transfert (Gestionnaire de la destination, qui voit l’origine)",
    Right.WRITE,
    "Transferts faits ▸ Annuler",
    "`annuler-transfert`",
)
LIST_FILINGS = Job(
    "Voir les dépôts, le tableau du mois et avec quels identifiants part chaque DSN",
    Right.LIST,
    "Dépôts, Couverture",
    "`depots`, `depots couverture`",
)
READ_FILING = Job(
    "Lire un dépôt, ses constats, ce que le portail a répondu",
    Right.READ,
    "Dépôts ▸ un dépôt",
    "`depots preuves`",
)
FILE = Job("Remettre des DSN à déposer", Right.WRITE, "Dépôts ▸ Déposer", "`deposer`")
DECIDE_FILING = Job(
    "Ordonner un dépôt, le retenir, l’abandonner, le reprendre ; passer outre un constat ; dire une issue inconnue ; "
    "enregistrer un dépôt fait à la main",
    Right.WRITE,
    "Un dépôt",
    "`depots ordonner`, `retenir`, `abandonner`, `reprendre`, `passer-outre`, `redeposer`, `decider`, `a-la-main`",
)
SET_FILING = Job(
    "Régler comment un dossier et ses employeurs déposent ; retirer un ordre permanent",
    Right.WRITE,
    "Dépôts ▸ Réglages, Couverture",
    "`depots dossier`, `depots employeur`",
)
ORDER_FOR_GOOD = Job(
    "Donner un ordre permanent, choisir un dossier d’échange",
    Right.ADMINISTRATOR,
    "Dépôts ▸ Réglages, Couverture",
    "`depots employeur --ordre-permanent`, `depots dossier --echange`",
)
SEND_DUE = Job("Faire partir tout de suite ce qui est dû", Right.ADMINISTRATOR, "", "`depots envoyer`")
LIST_RETURNS = Job(
    "Voir les retours, et ceux qui sont attendus", Right.LIST, "Retours", "`retours`, `retours attendus`"
)
READ_RETURN = Job(
    "Lire un retour, ce qu’il dit de ses employeurs ; télécharger son document quand on les voit tous",
    Right.READ,
    "Retours ▸ un retour",
    "`retours lire`",
)
MARK_RETURNS = Job("Marquer des retours comme lus", Right.WRITE, "Retours")
ASK_AGAIN = Job(
    "Faire redemander au portail un retour qu’il a refusé", Right.WRITE, "Retours ▸ un retour", "`retours redemander`"
)
ADD_RETURNS = Job(
    "Ajouter des retours téléchargés sur le portail",
    Right.KEEPER,
    "Retours ▸ Ajouter des fichiers",
    "`retours importer`",
)
ADOPT = Job(
    "Adopter l’identité de référence d’un salarié", Right.WRITE, "Retours ▸ un retour, Anomalies ▸ une anomalie"
)
FETCH_DUE = Job("Demander tout de suite au portail ce qui est arrivé", Right.ADMINISTRATOR, "", "`retours recuperer`")
LIST_ANOMALIES = Job("Voir les anomalies, cause par cause", Right.LIST, "Anomalies", "`retours anomalies`")
READ_ANOMALY = Job("Lire une cause, une anomalie", Right.READ, "Anomalies ▸ une cause")
DECIDE_ANOMALY = Job(
    "Dire où en est une anomalie, qui la suit, ce qu’il faut savoir",
    Right.WRITE,
    "Anomalies ▸ une cause",
    "`retours prendre`, `retours traiter`",
)
LIST_RATES = Job("Voir dans quels dossiers des taux PAS attendent", Right.LIST, "Taux PAS")
READ_RATES = Job(
    "Lire les taux PAS et les exporter, voir ceux qui attendent et ceux qui manquent",
    Right.READ,
    "Taux PAS ▸ un dossier",
    "`taux`, `taux attente`, `manquants`, `lignes`",
)
DECIDE_RATES = Job(
    "Appliquer ou écarter des taux, dire de qui parle une ligne, revenir sur une décision ; exporter ce qui a changé",
    Right.WRITE,
    "Taux PAS ▸ un dossier",
    "`taux appliquer`, `ecarter`, `annuler`, `attribuer`, `dater`, `taux --changes`",
)
READ_GRID = Job("Lire le barème non personnalisé du PAS", Right.SIGNED_IN, "", "`taux bareme`")
SET_RATES = Job(
    "Laisser s’appliquer d’eux-mêmes les taux que rien ne signale",
    Right.ADMINISTRATOR,
    "Taux PAS ▸ un dossier",
    "`taux reglage --appliquer-seuls`",
)
HAND_OVER = Job(
    "Changer le dossier qui déclare un employeur",
    Right.BOTH,
    "La fiche ▸ Déclarer ici, Employeurs en double",
    "`declarant --dossier`",
)
OWN_ACCOUNT = Job("Son mot de passe, son deuxième facteur, ses sessions ouvertes", Right.SIGNED_IN, "Mon compte")
READ_IDENTIFIERS = Job(
    "Voir des identifiants Net-Entreprises, sans le mot de passe",
    Right.OWN_LIST,
    "Mon compte ▸ Net Entreprise",
    "`identifiants`",
)
KEEP_IDENTIFIERS = Job(
    "Enregistrer ou effacer des identifiants Net-Entreprises",
    Right.OWN_ACCOUNT,
    "Mon compte ▸ Net Entreprise",
    "`identifiants enregistrer`, `effacer`",
)
CHECK_IDENTIFIERS = Job(
    "Vérifier des identifiants Net-Entreprises (boule bleue)",
    Right.OWN_ACCOUNT,
    "Mon compte ▸ Net Entreprise",
    "`identifiants verifier`",
)
READ_CHECK = Job("Suivre une vérification que l’on a lancée", Right.OWN_TEST, "La boule bleue")
COPY_IDENTIFIERS = Job(
    "Copier des identifiants vers d’autres comptes",
    Right.ADMINISTRATOR,
    "Comptes utilisateurs ▸ un compte",
    "`identifiants copier`",
)
ACCOUNTS = Job(
    "Voir et créer des comptes ; désactiver, débloquer, réinitialiser ; donner et retirer les rôles ; "
    "voir et changer les identifiants d’un autre",
    Right.ADMINISTRATOR,
    "Comptes utilisateurs",
    "`utilisateurs`",
)
CLOSE = Job("Mettre Scarabée en maintenance, y mettre fin", Right.ADMINISTRATOR, "Mode maintenance", "`maintenance`")
JOURNAL = Job("Lire et vérifier le journal", Right.ADMINISTRATOR, "Journal", "`journal`, `journal verifier`")
GIVE_PERSON = Job(
    "Voir où une personne se trouve, exporter ce qui est gardé d’elle",
    Right.READ,
    "Données personnelles",
    "`personne exporter`",
)
ERASE_PERSON = Job(
    "Effacer une personne, lire le registre des effacements",
    Right.ADMINISTRATOR,
    "Données personnelles",
    "`personne effacer`, `effacements`",
)
RETAIN = Job(
    "Régler les durées de conservation, supprimer ce qui les dépasse",
    Right.ADMINISTRATOR,
    "Données personnelles ▸ Durées de conservation",
    "`conservation`",
)
VAULT = Job("Voir l’état du coffre, renouveler sa clé", Right.ADMINISTRATOR, "", "`coffre`")
BACK_UP = Job(
    "Sauvegarder l’installation, voir, vérifier et télécharger les sauvegardes, régler leurs scripts",
    Right.ADMINISTRATOR,
    "Sauvegarder / Restaurer",
    "`sauvegarder`, `sauvegardes`, `verifier-sauvegarde`",
)
KEY_KIT = Job(
    "Voir la trousse de clés des sauvegardes, dire qu’elle est à l’abri",
    Right.ADMINISTRATOR,
    "Sauvegarder / Restaurer ▸ Trousse de clés",
    "`trousse`",
)
GO_BACK = Job(
    "Revenir à une sauvegarde, déplacer l’installation vers PostgreSQL",
    Right.ADMINISTRATOR,
    "Sauvegarder / Restaurer ▸ Revenir à une sauvegarde",
    "`restaurer`, `migrer-vers`",
)
PARTS = Job(
    "Voir ce que l’on peut reprendre d’une archive ou remettre, et la clé publique",
    Right.KEEPER,
    "Reprendre / Remettre un dossier",
)
SAVE_PART = Job(
    "Sauvegarder à part un dossier, un employeur, un salarié ; le remettre, chiffré, à un autre tiers",
    Right.WRITE,
    "Reprendre / Remettre un dossier",
    "`sauvegarder --dossier`",
)
TAKE_PART = Job(
    "Reprendre d’une archive un dossier, un employeur, un salarié, dans un nouveau dossier",
    Right.KEEPER,
    "Reprendre / Remettre un dossier",
    "`restaurer --dossier`",
)
PART_JOB = Job(
    "Suivre ses travaux de reprise et de remise, télécharger, annuler une reprise",
    Right.OWN_DRAFT,
    "Reprendre / Remettre un dossier",
)
AFTER_RESTORE = Job(
    "Après un retour à une sauvegarde : confirmer les ordres permanents, clore la recherche sur le portail",
    Right.ADMINISTRATOR,
    "Après un retour à une sauvegarde",
    "`depots apres-restauration`",
)
DIAGNOSTIC = Job("Voir si l’installation va bien", Right.ADMINISTRATOR, "Diagnostic", "`diagnostic`")
INSTALLATION = Job(
    "Faire marcher l’installation",
    Right.ADMINISTRATOR,
    "",
    "`demarrer`, `demo`, `web`, `worker`, `horloge`, `bouchon`, `mettre-a-jour`",
)

JOBS = [job for job in list(globals().values()) if isinstance(job, Job)]
"""Every line of the table, in its order."""
