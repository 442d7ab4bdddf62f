"""Net-Entreprises identifiers: shown, saved, tested (the blue ball), copied. Never a password on screen."""

import argparse
from typing import TYPE_CHECKING, Any

from scarabee.cli.parser import add_deed, add_early

if TYPE_CHECKING:
    from scarabee.accounts.models import User
    from scarabee.accounts.portal.connection_tests import Shown
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "enregistrer, vérifier ou copier les identifiants Net-Entreprises d’un utilisateur"

_USER = "utilisateur concerné (sinon le seul compte qui existe, ou Administrateur)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--utilisateur", metavar="NOM", help="ne montrer que ce compte")
    parser.add_argument("--json", action="store_true", help="en JSON")
    deeds = parser.add_subparsers(dest="deed", metavar="ACTION", title="actions")
    save = _deed(deeds, "enregistrer", "garder les quatre valeurs du portail, telles quelles")
    save.add_argument("--siret", required=True, metavar="SIRET", help="SIRET du bureau sur le portail")
    save.add_argument("--nom", required=True, metavar="NOM", help="nom, à la lettre près")
    save.add_argument("--prenom", required=True, metavar="PRENOM", help="prénom, à la lettre près")
    save.add_argument(
        "--regime", action="extend", nargs="+", choices=["general", "agricole"], help="régimes (general sinon)"
    )
    save.add_argument(
        "--mot-de-passe-stdin", action="store_true", help="lire le mot de passe sur l’entrée standard, une ligne"
    )
    check = _deed(deeds, "verifier", "la boule bleue : vérifier la saisie et tester les connexions")
    check.add_argument(
        "--declarer",
        choices=["debloque", "renouvele", "inscrit", "risque"],
        help="ce qui a changé sur le portail depuis le refus, pour essayer encore une fois",
    )
    copy = _deed(deeds, "copier", "donner les mêmes identifiants à d’autres comptes")
    copy.add_argument("--vers", required=True, nargs="+", metavar="NOM", help="comptes qui les reçoivent")
    _deed(deeds, "effacer", "retirer les identifiants d’un utilisateur")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """List without an action; 1 when a check is red."""
    if args.deed is None:
        return _list(actor, args.utilisateur, out)
    user = _user(actor, args.utilisateur)
    match args.deed:
        case "enregistrer":
            return _save(args, actor, user, out)
        case "verifier":
            return _check(actor, user, args.declarer or "", out)
        case "copier":
            return _copy(actor, user, args.vers, out)
        case _:
            return _forget(actor, user, out)


def _deed(deeds: Any, name: str, text: str) -> argparse.ArgumentParser:
    deed = add_deed(deeds, name, text)
    add_early(deed, "--utilisateur", metavar="NOM", help=_USER)
    return deed


def _user(actor: "Actor", name: str | None) -> "User":
    """The account of that name; without one, whoever acts, the only account there is, or Administrateur.

    The owner may set Administrateur up before the first start has chosen its password.
    """
    from scarabee.accounts.models import User, username_key
    from scarabee.accounts.services.users import ADMINISTRATOR_NAME, ensure_administrator, user_by_name

    if name is None and actor.user_id is not None:
        name = actor.name
    elif name is None:
        names = list(User.objects.filter(is_active=True).values_list("username", flat=True)[:2])
        name = names[0] if len(names) == 1 else ADMINISTRATOR_NAME
    if actor.user_id is None and username_key(name) == username_key(ADMINISTRATOR_NAME):
        return ensure_administrator(actor=actor)
    return user_by_name(actor=actor, name=name)


def _list(actor: "Actor", name: str | None, out: "Output") -> int:
    from scarabee.accounts.models import PortalIdentifiers
    from scarabee.accounts.portal import health

    states = health.rows(actor)
    held = PortalIdentifiers.objects.select_related("user").filter(user_id__in=states).order_by("user__username_key")
    if name is not None:
        held = held.filter(user=_user(actor, name))
    if out.json_wanted:
        out.json(
            [
                {
                    "user": one.user.username,
                    "siret": one.siret,
                    "nom": one.nom,
                    "prenom": one.prenom,
                    "regimes": [name for name in ("general", "agricole") if getattr(one, name)],
                    "level": states[one.user_id].level,
                    "last_success_at": states[one.user_id].last_success_at,
                    "last_failure_at": states[one.user_id].last_failure_at,
                    "cause": states[one.user_id].cause,
                }
                for one in held
            ]
        )
        return 0
    rows = [[one.user.username, one.siret, one.nom, one.prenom, states[one.user_id].state] for one in held]
    out.table(("utilisateur", "SIRET", "nom", "prénom", "état"), rows)
    if not rows:
        out.info("Aucun identifiant Net-Entreprises. « scarabee identifiants enregistrer » en garde.")
    return 0


def _save(args: argparse.Namespace, actor: "Actor", user: "User", out: "Output") -> int:

    from scarabee.accounts.portal.diagnosis import remarks
    from scarabee.accounts.portal.entry import Entry
    from scarabee.accounts.portal.identifiers import save_identifiers
    from scarabee.cli.passwords import read_password

    secret = read_password("Mot de passe Net-Entreprises : ", from_stdin=args.mot_de_passe_stdin)
    regimes = args.regime or ["general"]
    entry = Entry(args.siret, args.nom, args.prenom, secret, "general" in regimes, "agricole" in regimes)
    save_identifiers(actor=actor, user=user, entry=entry)
    found = remarks(entry)
    for remark in found:
        out.info(f"Attention : {remark.text}")
    out.info(
        f"Les identifiants de « {user.username} » sont enregistrés. "
        "« scarabee identifiants verifier » les teste auprès du portail."
    )
    if out.json_wanted:
        out.json(
            {
                "user": user.username,
                "saved": True,
                "remarks": [
                    {"field": one.field, "level": one.level, "code": one.code, "text": one.text} for one in found
                ],
            }
        )
    return 0


def _check(actor: "Actor", user: "User", statement: str, out: "Output") -> int:
    from scarabee.accounts.portal import connection_tests

    test = connection_tests.start_test(actor=actor, user=user, entry=None, statement=statement)
    result = connection_tests.shown(connection_tests.run_all(actor=actor, test=test))
    if out.json_wanted:
        out.json({"user": user.username, "ok": result.ok, "checks": _as_json(result)})
    for line in result.lines:
        out.info(f"{_MARKS[line.state]} {line.label}{' : ' + line.message if line.message else ''}")
        for reason in line.probable:
            out.info(f"    • {reason}")
        if line.remedy:
            out.info(f"    → {line.remedy}")
    for one in result.statements:
        out.info(f"    --declarer {one.value} : {one.label}")
    out.info("Tout est vert." if result.ok else "Tout n’est pas vert : la saisie est gardée telle quelle.")
    return 0 if result.ok else 1


_MARKS = {"ok": "✓", "red": "✗", "skipped": "–", "waiting": "…"}
_OK = {"ok": True, "red": False}


def _as_json(result: "Shown") -> list[dict[str, Any]]:
    return [
        {
            "name": line.name,
            "regime": line.regime or None,
            "ok": _OK.get(line.state),
            "cause": line.cause or None,
            "probable": line.probable,
            "message": line.message,
            "remedy": line.remedy,
        }
        for line in result.lines
    ]


def _copy(actor: "Actor", user: "User", names: list[str], out: "Output") -> int:
    from scarabee.accounts.portal.identifiers import copy_identifiers
    from scarabee.accounts.services.users import user_by_name
    from scarabee.maintenance.errors import Refusal

    named = [user_by_name(actor=actor, name=name) for name in names]
    targets = [target for target in named if target.pk != user.pk]
    if not targets:
        raise Refusal(f"Ces identifiants sont ceux de « {user.username} » lui-même.", remedy="Nommez un autre compte.")
    count = copy_identifiers(actor=actor, source=user, targets=targets)
    received = "1 compte a reçu" if count == 1 else f"{count} comptes ont reçu"
    out.info(f"{received} les identifiants de « {user.username} ». Chacun garde les siens désormais.")
    if out.json_wanted:
        out.json({"user": user.username, "copied_to": [target.username for target in targets], "count": count})
    return 0


def _forget(actor: "Actor", user: "User", out: "Output") -> int:
    from scarabee.accounts.portal.identifiers import forget_identifiers

    forget_identifiers(actor=actor, user=user)
    out.info(f"« {user.username} » n’a plus d’identifiants Net-Entreprises.")
    if out.json_wanted:
        out.json({"user": user.username, "saved": False})
    return 0
