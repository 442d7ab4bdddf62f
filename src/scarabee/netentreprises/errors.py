"""Everything the portal may answer that is not what was asked, one class for each row of api-dsn §3.1.

Messages are for a payroll clerk: `message` says what happened, `remedy` what to do. None ever holds a password, a token
or what was sent. `code` is stable: it is stored, printed and compared.
"""

from typing import ClassVar

_KEEP = "Le portail n’a rien enregistré."


class PortalError(Exception):
    """What went wrong with one request.

    `certain`: the answer proves that the portal did nothing of what was asked (api-dsn §8.1).
    `sent`: the request may have reached the portal.
    `status`: the HTTP status of the answer, None when there was none.
    """

    code: ClassVar[str]
    message: str
    remedy: str
    certain: bool = False
    sent: bool = True

    def __init__(
        self, message: str = "", remedy: str = "", *, status: int | None = None, sent: bool | None = None
    ) -> None:
        self.message = message or self.message
        self.remedy = remedy or self.remedy
        self.status = status
        if sent is not None:
            self.sent = sent
        super().__init__(self.message)

    @property
    def is_outcome_unknown(self) -> bool:
        """Whether the portal may have done what was asked: a deposit must then be looked for, never sent again."""
        return self.sent and not self.certain

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"


class RefusedCredentials(PortalError):
    """401 Basic at authentication: unknown account, wrong password, or (says the kit) a service it has no right to."""

    code = "identifiants_refuses"
    message = (
        "Net-Entreprises ne reconnaît pas ces identifiants : le SIRET, le nom, le prénom ou le mot de passe n’est pas "
        "celui du compte, ou ce compte n’a pas droit à ce service."
    )
    remedy = (
        "Connectez-vous à la main sur net-entreprises.fr avec ces quatre valeurs. Si cela marche, recopiez-les ici "
        "exactement, et vérifiez que la DSN figure parmi les services du compte. N’essayez pas au hasard : plusieurs "
        "refus de suite bloquent le compte."
    )
    certain = True


class ExpiredPassword(PortalError):
    """401 at authentication, realm « Expiration du mot de passe »."""

    code = "mot_de_passe_expire"
    message = "Le mot de passe de ce compte Net-Entreprises a expiré."
    remedy = "Changez-le sur net-entreprises.fr, puis tapez le nouveau ici."
    certain = True


class NotEnrolled(PortalError):
    """401 DSNLogin « Utilisateur non-inscrit au service », at authentication or at any service."""

    code = "non_inscrit"
    message = "Ce compte Net-Entreprises existe, mais il n’est pas inscrit au service DSN."
    remedy = (
        "Sur net-entreprises.fr, ajoutez la DSN aux services de ce compte. L’inscription prend effet le lendemain : "
        "revérifiez demain, sans rien changer ici."
    )
    certain = True


class LockedAccount(PortalError):
    """403 at authentication: locked after several failures (or a Host header the portal does not know)."""

    code = "compte_bloque"
    message = "Net-Entreprises a bloqué ce compte, sans doute après plusieurs mots de passe refusés."
    remedy = (
        "Débloquez-le sur net-entreprises.fr (« Mot de passe oublié »), puis tapez ici le nouveau mot de passe. "
        "N’essayez pas avant : cela prolongerait le blocage."
    )
    certain = True


class MalformedCredentials(PortalError):
    """422 at authentication, or a character that no XML can carry: nothing was sent then."""

    code = "identifiants_mal_formes"
    message = "Net-Entreprises juge ces identifiants mal formés : une valeur manque, ou elle est trop longue."
    remedy = (
        "Vérifiez le SIRET (14 chiffres), le nom (64 caractères au plus), le prénom (39) et le mot de passe (30), "
        "sans espace ajouté au début ni à la fin."
    )
    certain = True


class InvalidToken(PortalError):
    """401 DSNLogin « Jeton manquant ou invalide »: sign in again once, and ask again once (api-dsn §8.2)."""

    code = "jeton_invalide"
    message = "Le portail ne reconnaît pas la session qu’il avait ouverte."
    remedy = "Recommencez : Scarabée ouvrira une nouvelle session. Si cela persiste, vérifiez avec la boule bleue."
    certain = True


class ExpiredToken(PortalError):
    """401 DSNLogin « Expiration du jeton »: sign in again once, and ask again once (api-dsn §8.2)."""

    code = "jeton_expire"
    message = "La session ouverte sur le portail a expiré."
    remedy = "Recommencez : Scarabée ouvrira une nouvelle session."
    certain = True


class NotTheDepositor(PortalError):
    """403 elsewhere than at authentication: the returns of what somebody else deposited."""

    code = "depot_d_un_autre"
    message = "Le portail refuse : ce dépôt a été fait avec un autre compte Net-Entreprises."
    remedy = "Ses retours se lisent avec le compte qui a fait le dépôt. Choisissez l’utilisateur qui tient ce compte."
    certain = True


class NotFound(PortalError):
    """404 for one deposit or one return: unknown, purged, overwritten, or not there yet."""

    code = "introuvable"
    message = "Le portail ne trouve pas ce dépôt ou ce retour : il est trop récent, trop ancien ou remplacé."
    remedy = (
        "Pour un dépôt fait à l’instant, attendez quelques minutes. Pour un retour, relisez la liste : un organisme a "
        "pu le remplacer. Au-delà de trois mois environ, le portail ne garde plus les retours."
    )


class CompressionRefused(PortalError):
    """406: the Accept-Encoding of the request does not please."""

    code = "compression_refusee"
    message = f"Le portail refuse la forme de la demande (compression). {_KEEP}"
    remedy = (
        "Ce n’est pas votre saisie. Un antivirus ou un pare-feu modifie peut-être ce qui part d’ici : parlez-en à la "
        "personne qui s’occupe du réseau. Sinon, signalez-le aux auteurs de Scarabée."
    )
    certain = True


class JudgedDangerous(PortalError):
    """407: the firewall of the portal judged the request dangerous."""

    code = "requete_jugee_dangereuse"
    message = f"Le pare-feu du portail a jugé la demande dangereuse et l’a arrêtée. {_KEEP}"
    remedy = (
        "N’insistez pas. Si cela se répète, déposez ou consultez à la main sur net-entreprises.fr, et signalez-le à "
        "l’assistance de Net-Entreprises, avec la date et l’heure."
    )
    certain = True


class MediaRefused(PortalError):
    """415: the Content-Type or the Content-Encoding of the request does not please."""

    code = "format_refuse"
    message = f"Le portail refuse la forme de la demande (type de contenu). {_KEEP}"
    remedy = CompressionRefused.remedy
    certain = True


class BadParameters(PortalError):
    """422 without an avis de rejet: a date, an id or a parameter is not as it must be."""

    code = "parametres_refuses"
    message = f"Le portail refuse la demande : une date ou un identifiant n’a pas la forme attendue. {_KEEP}"
    remedy = "Vérifiez les dates et les identifiants demandés. S’ils sont justes, signalez-le aux auteurs de Scarabée."
    certain = True


class TooMuchAsked(PortalError):
    """429: too wide a range, or the same search before its answer was stale.

    `allowed_minutes`: how wide a range may be, when the answer says so.
    """

    code = "trop_demande"
    message = "Le portail trouve qu’on lui demande trop à la fois, ou trop souvent."
    remedy = "Attendez quelques minutes, puis demandez une période plus courte."

    def __init__(
        self,
        message: str = "",
        remedy: str = "",
        *,
        status: int | None = None,
        sent: bool | None = None,
        allowed_minutes: int | None = None,
    ) -> None:
        super().__init__(message, remedy, status=status, sent=sent)
        self.allowed_minutes = allowed_minutes


class PortalFault(PortalError):
    """500 and the other 5xx but 503: what became of a deposit is unknown."""

    code = "erreur_interne"
    message = "Le portail a eu une erreur interne."
    remedy = "Ce n’est pas votre saisie. Attendez un quart d’heure, puis recommencez."


class Maintenance(PortalError):
    """503, 404 where the path is always right, a redirection, or a web page instead of an answer (api-dsn §8.4)."""

    code = "maintenance"
    message = "Le portail est momentanément indisponible, sans doute pour maintenance."
    remedy = "Vos identifiants ne sont pas en cause. Attendez un quart d’heure, puis recommencez."


class Unreachable(PortalError):
    """No answer: no such host, refused, cut, or too late. `sent` says whether the request may have arrived."""

    code = "injoignable"
    message = "Le portail ne répond pas."
    remedy = (
        "Vérifiez que cet ordinateur a accès à Internet et que le pare-feu laisse passer Scarabée vers "
        "net-entreprises.fr, puis recommencez dans quelques minutes."
    )


class CertificateNotTrusted(PortalError):
    """The certificate of the host was not issued by an authority this computer trusts, or not for this host."""

    code = "certificat"
    message = (
        "L’adresse répond, mais son certificat n’est pas reconnu par cet ordinateur : rien n’a été envoyé, car ce "
        "n’est peut-être pas le vrai portail."
    )
    remedy = (
        "Vérifiez la date et l’heure de cet ordinateur. Si un antivirus ou un proxy inspecte les connexions, la "
        "personne qui s’occupe du réseau doit installer son certificat dans le système, ou exclure net-entreprises.fr."
    )
    certain = True
    sent = False


class UnreadableAnswer(PortalError):
    """An answer that is not what the service promises: cut, too big, or in a language nobody knows."""

    code = "reponse_illisible"
    message = "Le portail a répondu quelque chose que Scarabée ne sait pas lire."
    remedy = "Recommencez dans quelques minutes. Si cela persiste, signalez-le aux auteurs de Scarabée."


class BadBody(PortalError):
    """400: the portal could not read what was sent."""

    code = "corps_illisible"
    message = f"Le portail n’a pas pu lire ce qui lui a été envoyé. {_KEEP}"
    remedy = CompressionRefused.remedy
    certain = True


ERRORS: dict[str, type[PortalError]] = {
    one.code: one
    for one in (
        RefusedCredentials,
        ExpiredPassword,
        NotEnrolled,
        LockedAccount,
        MalformedCredentials,
        InvalidToken,
        ExpiredToken,
        NotTheDepositor,
        NotFound,
        CompressionRefused,
        JudgedDangerous,
        MediaRefused,
        BadParameters,
        TooMuchAsked,
        PortalFault,
        Maintenance,
        Unreachable,
        CertificateNotTrusted,
        UnreadableAnswer,
        BadBody,
    )
}
"""Every error by its code."""
