"""What happens next to a filing, in plain French: what is safe, what goes on by itself and when, what a person does."""

from collections.abc import Callable
from dataclasses import dataclass

from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import Filing
from scarabee.filings.selectors.searching import is_searched, searched_until
from scarabee.filings.services.sessions import MEND, NOT_BEFORE
from scarabee.filings.templatetags.filings import clock, moment
from scarabee.maintenance.clock import now


@dataclass(frozen=True, slots=True)
class NextStep:
    """`level`: info, success, warning or error, as `web/message.html` takes it."""

    level: str
    title: str
    text: str
    remedy: str = ""


def next_step(filing: Filing, missing: str = "") -> NextStep:
    """What the page of a filing says first. `missing`: why nobody's identifiers serve for it, in French."""
    if filing.state == S.PLANNED and (missing or NOT_BEFORE in filing.problem):
        return _stopped(missing)
    return _STEPS[S(filing.state)](filing)


def _received(filing: Filing) -> NextStep:
    return NextStep("info", "Contrôle en cours", "Scarabée lit la déclaration. Rien ne part sans votre ordre.")


def _rejected(filing: Filing) -> NextStep:
    return NextStep(
        "error",
        "À corriger : rien n’est parti",
        "Le portail refuserait sûrement cette déclaration, pour les raisons données plus bas.",
        "Corrigez dans le logiciel de paie, puis déposez le nouveau fichier : celui-ci ne partira pas.",
    )


def _checked(filing: Filing) -> NextStep:
    if filing.blocking and not filing.passed_reason:
        return NextStep(
            "warning",
            "Contrôlée, avec des constats bloquants",
            "Rien ne part tant qu’ils sont là.",
            "Corrigez dans le logiciel de paie et déposez le nouveau fichier, ou passez outre en disant pourquoi.",
        )
    return NextStep("info", "Contrôlée, en attente de votre ordre", "Elle ne part pas tant que personne ne l’ordonne.")


def _held(filing: Filing) -> NextStep:
    if filing.release_at:
        return NextStep(
            "warning",
            f"Part toute seule le {moment(filing.release_at)}",
            "Un ordre permanent la fait partir après ce délai.",
            "« Retenir » l’en empêche ; « Déposer » la fait partir plus tôt.",
        )
    return NextStep("warning", "Retenue", "Elle ne part pas toute seule.", "« Déposer » la fait partir.")


def _planned(filing: Filing) -> NextStep:
    if filing.next_at and filing.next_at <= now():
        text = "Elle part dès que le compte du portail est libre : une déclaration à la fois pour chaque compte."
        return NextStep("info", "Départ imminent", text, "« Retenir » l’en empêche tant qu’elle n’est pas partie.")
    later = ""
    if filing.planned_at and filing.next_at and filing.next_at > filing.planned_at:
        later = f" Prochain essai le {moment(filing.next_at)}."
    return NextStep(
        "info",
        f"Départ prévu le {moment(filing.planned_at)}",
        f"Elle partira d’elle-même à cette heure, ou dès que Scarabée sera remis en marche s’il est arrêté.{later}",
        "« Retenir » l’en empêche tant qu’elle n’est pas partie.",
    )


def _stopped(missing: str) -> NextStep:
    """Ordered, but only a person can let it go."""
    remedy = missing or "Ce qui l’arrête est dit ci-dessous."
    if NOT_BEFORE not in remedy and "boule bleue" in remedy:
        remedy = f"{remedy} {MEND}"
    return NextStep(
        "error",
        "Ordonnée, mais elle ne peut pas partir",
        "Rien n’est parti. Elle reste ordonnée, et partira une fois réparé ce qui l’arrête.",
        remedy,
    )


def _sending(filing: Filing) -> NextStep:
    return NextStep(
        "info",
        f"Envoi en cours depuis le {moment(filing.started_at or filing.state_at)}",
        "La réponse du portail arrive d’ordinaire en quelques secondes. Rien n’est à faire.",
    )


def _accepted(filing: Filing) -> NextStep:
    return NextStep(
        "info",
        "Enregistrée par le portail (AEE), pas encore conforme",
        f"L’AEE prouve l’heure du dépôt, pas sa validité : seul le certificat de conformité (CCO) vaut déclaration."
        f"{_asks_again(filing)}",
        "Rien n’est à faire : le certificat ou le bilan d’anomalies arrive d’ordinaire dans les heures qui suivent.",
    )


def _refused(filing: Filing) -> NextStep:
    return NextStep(
        "error",
        "Rejetée par le portail (ARE) : rien n’est déposé",
        "L’avis de rejet, plus bas, dit pourquoi.",
        "Corrigez dans le logiciel de paie et déposez le nouveau fichier avant l’échéance.",
    )


def _unknown(filing: Filing) -> NextStep:
    if is_searched(filing):
        return NextStep(
            "warning",
            "On ne sait pas encore si ce dépôt est arrivé",
            "La liaison s’est coupée avant la réponse du portail. Scarabée cherche sur le portail, attendez "
            f"{clock(searched_until(filing))} : rien ne sera déposé deux fois.",
            "Rien n’est à faire d’ici là. Ne le redéposez pas.",
        )
    again = f" Prochaine recherche le {moment(filing.next_at)}." if filing.next_at else ""
    return NextStep(
        "error",
        "On ne sait pas si ce dépôt est arrivé",
        "La liaison s’est coupée avant la réponse du portail. Scarabée cherche ce dépôt là-bas et ne le renvoie jamais "
        f"de lui-même : rien ne sera déposé deux fois.{again}",
        "Regardez d’abord sur net-entreprises.fr, tableau de bord DSN ; si le dépôt s’y voit, ou ne s’y voit pas, "
        "dites-le plus bas.",
    )


def _not_deposited(filing: Filing) -> NextStep:
    return NextStep(
        "warning",
        "Rien n’est déposé",
        "L’envoi n’a pas abouti, et le portail n’en garde rien. Le même fichier peut repartir.",
        "« Déposer » le fait repartir.",
    )


def _conform(filing: Filing) -> NextStep:
    return NextStep("success", "Conforme (CCO)", "La déclaration est faite. Le certificat, plus bas, en est la preuve.")


def _anomalies(filing: Filing) -> NextStep:
    return NextStep(
        "error",
        "Bilan d’anomalies (BAN) : la déclaration n’est pas valable",
        "Le dépôt est arrivé, mais rien n’est déclaré tant qu’un certificat de conformité n’est pas là.",
        "Corrigez dans le logiciel de paie, puis déposez le nouveau fichier avant l’échéance.",
    )


def _cancelled(filing: Filing) -> NextStep:
    return NextStep("info", "Abandonnée", "Elle ne part pas. Ce qui a été importé dans le dossier y reste.")


def _by_hand(filing: Filing) -> NextStep:
    if filing.idflux:
        return NextStep(
            "info",
            "Déposée à la main, suivie d’ici",
            f"Scarabée demande au portail le certificat de ce dépôt, comme des siens.{_asks_again(filing)}",
        )
    day = f" du {filing.by_hand_on:%d/%m/%Y}" if filing.by_hand_on else ""
    return NextStep(
        "info",
        "Déposée à la main",
        f"Scarabée cherche sur le portail le dépôt{day}, pour en suivre les retours.{_asks_again(filing)}",
        "Avec l’identifiant du dépôt (idflux), le suivi reprend aussitôt.",
    )


def _asks_again(filing: Filing) -> str:
    return f" Prochaine interrogation le {moment(filing.next_at)}." if filing.next_at else ""


_STEPS: dict[S, Callable[[Filing], NextStep]] = {
    S.RECEIVED: _received,
    S.REJECTED_LOCALLY: _rejected,
    S.CHECKED: _checked,
    S.HELD: _held,
    S.PLANNED: _planned,
    S.SENDING: _sending,
    S.ACCEPTED: _accepted,
    S.REFUSED: _refused,
    S.UNKNOWN: _unknown,
    S.NOT_DEPOSITED: _not_deposited,
    S.CONFORM: _conform,
    S.ANOMALIES: _anomalies,
    S.CANCELLED: _cancelled,
    S.RECORDED_BY_HAND: _by_hand,
}
