"""The accounts: listed, made, given rights, closed and opened. For the owner at the machine, the way back in."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.accounts.directory import Account
    from scarabee.accounts.models import User
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "montrer les comptes et leurs droits, en créer, les débloquer, leur redonner un mot de passe"
FOR_ADMINISTRATOR = True

_DEEDS = {
    "creer": "créer un compte",
    "droits": "donner ou retirer un rôle sur un dossier",
    "administrateur": "donner le rôle Administrateur, ou le retirer",
    "desactiver": "fermer un compte, sans rien effacer ; ses sessions s’arrêtent aussitôt",
    "reactiver": "rouvrir un compte fermé, avec ses droits et son mot de passe",
    "debloquer": "laisser un compte bloqué après cinq échecs se connecter de nouveau",
    "reinitialiser": "donner un nouveau mot de passe, retirer le second facteur, débloquer et fermer les sessions",
}
_PASSWORD_STDIN = "lire le mot de passe sur l’entrée standard, une ligne (sinon il est demandé au clavier)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="en JSON")
    actions = parser.add_subparsers(dest="deed", metavar="ACTION", title="actions")
    deeds = {name: actions.add_parser(name, help=text, description=text) for name, text in _DEEDS.items()}
    for deed in deeds.values():
        deed.add_argument("name", metavar="NOM", help="nom du compte")
    deeds["creer"].add_argument(
        "--role",
        required=True,
        choices=["administrateur", "gestionnaire", "lecture"],
        help="rôle ; gestionnaire et lecture n’ouvrent aucun dossier tant qu’il n’est pas donné (« droits »)",
    )
    deeds["droits"].add_argument("--dossier", required=True, metavar="DOSSIER", help="nom du dossier")
    deeds["droits"].add_argument(
        "--role", required=True, choices=["gestionnaire", "lecture", "aucun"], help="rôle sur ce dossier"
    )
    deeds["administrateur"].add_argument("--retirer", action="store_true", help="retirer ce rôle au lieu de le donner")
    deeds["creer"].add_argument("--mot-de-passe-stdin", action="store_true", help=_PASSWORD_STDIN)
    ways = deeds["reinitialiser"].add_mutually_exclusive_group()
    ways.add_argument("--mot-de-passe-stdin", action="store_true", help=_PASSWORD_STDIN)
    ways.add_argument(
        "--lien",
        action="store_true",
        help="donner plutôt une adresse, valable quinze minutes et une seule fois, où la personne le choisit",
    )
    _ask_about_returns(deeds["desactiver"])
    for deed in deeds.values():
        deed.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="en JSON")


def _ask_about_returns(parser: argparse.ArgumentParser) -> None:
    from scarabee.cli.commands.taux_arguments import day

    goes_on = parser.add_mutually_exclusive_group()
    goes_on.add_argument(
        "--retours-jusqu-au",
        metavar="AAAA-MM-JJ",
        type=day,
        help="continuer jusqu’à ce jour à récupérer les retours de ses dépôts avec ses identifiants, et rien d’autre",
    )
    goes_on.add_argument("--sans-retours", action="store_true", help="ne plus les récupérer, dès maintenant")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """List without an action; else do what was asked and print the account as it is now."""
    from scarabee.accounts.services.users import user_by_name
    from scarabee.cli.commands import utilisateurs_leaving

    if args.deed is None:
        return _list(actor, out)
    if args.deed == "creer":
        return _create(args, actor, out)
    user = user_by_name(actor=actor, name=args.name)
    match args.deed:
        case "droits":
            return _give(args, actor, user, out)
        case "administrateur":
            return _administrator(args, actor, user, out)
        case "reinitialiser":
            return _link(actor, user, out) if args.lien else _reset(args, actor, user, out)
        case "desactiver":
            return utilisateurs_leaving.deactivate(args, actor, user, out)
        case _:
            return _change(args.deed, actor, user, out)


def _list(actor: "Actor", out: "Output") -> int:
    from django.utils.timezone import localtime

    from scarabee.accounts import directory

    listed = directory.accounts(directory.users_visible_to(actor))
    if out.json_wanted:
        out.json([described(one) for one in listed])
        return 0
    rows = [
        [
            one.user.username,
            one.role,
            _state(one),
            "oui" if one.second_factor else "",
            f"{localtime(one.last_login):%Y-%m-%d %H:%M}" if one.last_login else "",
            ", ".join(f"{given.name} ({given.role})" for given in one.dossiers),
        ]
        for one in listed
    ]
    out.table(("compte", "rôle", "état", "second facteur", "dernière connexion", "dossiers"), rows)
    if not rows:
        out.info("Aucun compte. « scarabee demarrer » fait choisir le mot de passe d’Administrateur.")
    return 0


def _create(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.accounts.services.users import create_user
    from scarabee.cli.passwords import read_password

    is_administrator = args.role == "administrateur"
    user = create_user(
        actor=actor,
        username=args.name,
        password=read_password("Mot de passe : ", from_stdin=args.mot_de_passe_stdin, twice=True),
        is_administrator=is_administrator,
        usual_role="" if is_administrator else args.role,
    )
    out.info(f"Le compte « {user.username} » est créé.")
    if not is_administrator:
        out.info(
            "Il ne voit encore aucun dossier. "
            f"« scarabee utilisateurs droits '{user.username}' --dossier DOSSIER --role {args.role} » lui en donne un."
        )
    return _shown(user, out)


def _give(args: argparse.Namespace, actor: "Actor", user: "User", out: "Output") -> int:
    from scarabee.accounts.services.rights import set_role
    from scarabee.dossiers.services.dossiers import dossier_by_name

    dossier = dossier_by_name(actor=actor, name=args.dossier)
    set_role(actor=actor, user=user, dossier=dossier, role=args.role)
    if args.role == "aucun":
        out.info(f"« {user.username} » n’a plus aucun rôle sur le dossier « {dossier.name} ».")
    else:
        out.info(f"« {user.username} » a le rôle {args.role} sur le dossier « {dossier.name} ».")
    if user.is_administrator:
        out.info("Ce compte est Administrateur : il voit et modifie tous les dossiers de toute façon.")
    return _shown(user, out)


def _administrator(args: argparse.Namespace, actor: "Actor", user: "User", out: "Output") -> int:
    from scarabee.accounts.services.rights import set_administrator

    set_administrator(actor=actor, user=user, value=not args.retirer)
    out.info(f"« {user.username} » {'n’est plus' if args.retirer else 'est'} Administrateur.")
    return _shown(user, out)


def _change(deed: str, actor: "Actor", user: "User", out: "Output") -> int:
    from scarabee.accounts.services import users

    name = f"Le compte « {user.username} »"
    match deed:
        case "reactiver":
            users.reactivate_user(actor=actor, user=user)
            out.info(f"{name} est actif, avec les droits et le mot de passe qu’il avait.")
        case _:
            users.unlock_user(actor=actor, user=user)
            out.info(f"{name} n’est pas bloqué : on peut s’y connecter avec le bon mot de passe.")
    return _shown(user, out)


def _reset(args: argparse.Namespace, actor: "Actor", user: "User", out: "Output") -> int:
    from scarabee.accounts.services.users import reset_with_password
    from scarabee.cli.passwords import read_password

    password = read_password(
        f"Nouveau mot de passe de « {user.username} » : ", from_stdin=args.mot_de_passe_stdin, twice=True
    )
    reset_with_password(actor=actor, user=user, password=password)
    out.info(
        f"Le compte « {user.username} » a un nouveau mot de passe, sans second facteur ; il est débloqué et ses "
        "sessions sont fermées. Ses identifiants Net-Entreprises n’ont pas été touchés."
    )
    return _shown(user, out)


def _link(actor: "Actor", user: "User", out: "Output") -> int:
    from django.urls import reverse

    from scarabee.accounts.links import LINK_MINUTES
    from scarabee.accounts.services.users import reset_user

    path = reverse("accounts:reset", args=[reset_user(actor=actor, user=user)])
    out.info(
        f"L’ancien mot de passe de « {user.username} » ne vaut plus rien. Ajoutez ce chemin à l’adresse de Scarabée "
        f"et donnez-la à cette personne : elle vaut {LINK_MINUTES} minutes, une seule fois."
    )
    if out.json_wanted:
        out.json({"name": user.username, "path": path, "minutes": LINK_MINUTES})
    else:
        out.line(path)
    return 0


def _shown(user: "User", out: "Output") -> int:
    from scarabee.accounts import directory

    if out.json_wanted:
        out.json(described(directory.account(user)))
    return 0


def _state(one: "Account") -> str:
    if not one.user.is_active:
        return "désactivé"
    if one.locked:
        return "bloqué"
    return "actif" if one.user.has_usable_password() else "sans mot de passe"


def described(one: "Account") -> dict[str, Any]:
    """The JSON of an account."""
    return {
        "name": one.user.username,
        "role": one.role,
        "active": one.user.is_active,
        "locked": one.locked,
        "second_factor": one.second_factor,
        "last_login": one.last_login,
        "dossiers": [{"name": given.name, "role": given.role} for given in one.dossiers],
    }
