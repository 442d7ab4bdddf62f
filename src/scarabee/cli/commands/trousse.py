"""The key kit: show it, say that it was put away, or give the public key that goes with it."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "montrer la trousse de clés, qui rouvre les sauvegardes, ou dire qu’elle est à l’abri"
FOR_ADMINISTRATOR = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        choices=["montrer", "rangee", "publique"],
        default="montrer",
        help="montrer la clé (par défaut), noter qu’elle est imprimée ou gardée ailleurs, ou donner la clé publique, "
        "avec laquelle un autre tiers chiffre ce qu’il vous remet",
    )
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print the one line that opens the archives; the journal keeps that it was shown, never what it is."""
    from scarabee.backups import keys

    if args.action == "publique":
        return _tell_public_key(out)
    if args.action == "rangee":
        keys.put_away(actor=actor)
        out.info("C’est noté : la trousse de clés est à l’abri.")
        if out.json_wanted:
            out.json({"put_away": True})
        return 0
    identity = keys.kit(actor=actor)
    if out.json_wanted:
        out.json({"key": identity, "public_key": keys.recipient(identity), "put_away": keys.is_put_away()})
        return 0
    out.line(identity)
    out.info(
        "Cette ligne ouvre toutes vos sauvegardes, mots de passe compris. Imprimez-la, ou gardez-la dans un coffre de "
        "mots de passe, ailleurs que sur cet ordinateur ; ne l’envoyez à personne.\n"
        "Puis dites-le : « scarabee trousse rangee »."
    )
    return 0


def _tell_public_key(out: "Output") -> int:
    from scarabee.backups import recipients

    if out.json_wanted:
        out.json({"public_key": recipients.mine()})
        return 0
    out.line(recipients.mine())
    out.info(
        "Cette clé ne fait que chiffrer : envoyez-la à qui doit vous remettre un dossier. Vous seul ouvrirez "
        "ce qu’il écrira avec « scarabee sauvegarder --dossier NOM --pour CLE »."
    )
    return 0
