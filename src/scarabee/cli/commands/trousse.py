"""The key kit: show it, or say that it was put away."""

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
        choices=["montrer", "rangee"],
        default="montrer",
        help="montrer la clé (par défaut), ou noter qu’elle est imprimée ou gardée ailleurs",
    )
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print the one line that opens the archives; the journal keeps that it was shown, never what it is."""
    from scarabee.backups import keys

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
