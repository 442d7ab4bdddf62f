"""The `scarabee` command: reads the global options, prepares the data folder, runs one subcommand.

Exit codes: 0 done, 1 refused with a clear reason, 2 wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

from scarabee import __version__
from scarabee.cli.parser import WRONG_USAGE, FrenchParser
from scarabee.cli.registry import COMMANDS

if TYPE_CHECKING:
    from scarabee.maintenance.journal import Actor

DONE, REFUSED = 0, 1

_USAGE = "scarabee [--donnees CHEMIN] [--en-tant-que NOM] COMMANDE …"
_WITH_VALUE = frozenset({"--donnees", "--en-tant-que"})
_GLOBAL_OPTIONS = {
    "--donnees CHEMIN": "dossier des données (sinon SCARABEE_DONNEES, sinon celui du système)",
    "--en-tant-que NOM": "agir avec les droits de cet utilisateur",
    "--version": "montrer la version",
    "--aide": "montrer cette aide",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        return _main(list(sys.argv[1:] if argv is None else argv))
    except SystemExit as stop:  # argparse: help shown, or wrong usage
        return stop.code if isinstance(stop.code, int) else WRONG_USAGE


def _main(arguments: list[str]) -> int:
    leading = _leading(arguments)
    options = _global_parser().parse_args(leading)
    rest = arguments[len(leading) :]
    if options.version:
        print(f"scarabee {__version__}")
        return DONE
    if options.help or not rest:
        print(_overview())
        return DONE if options.help else WRONG_USAGE
    name, *own = rest
    if not _exists(name):
        print(f"scarabee : commande inconnue : {name}\n\n{_overview()}", file=sys.stderr)
        return WRONG_USAGE
    module = import_module(COMMANDS[name])
    if hasattr(module, "choose_folder"):
        module.choose_folder(options.donnees)
    elif options.donnees:
        os.environ["SCARABEE_DONNEES"] = options.donnees
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.desktop")
    parser = FrenchParser(prog=f"scarabee {name}", description=_help(module))
    module.add_arguments(parser)
    args = parser.parse_args(own)
    args.command = name
    return _run(module, args, options.en_tant_que)


def _leading(arguments: list[str]) -> list[str]:
    """The arguments before the name of the subcommand."""
    index = 0
    while index < len(arguments) and arguments[index].startswith("-"):
        index += 2 if arguments[index] in _WITH_VALUE else 1
    return arguments[:index]


def _global_parser() -> argparse.ArgumentParser:
    parser = FrenchParser(prog="scarabee", usage=_USAGE, add_help=False)
    parser.add_argument("-h", "--help", "--aide", action="store_true", dest="help")
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--donnees", metavar="CHEMIN")
    parser.add_argument("--en-tant-que", metavar="NOM")
    return parser


def command_names() -> list[str]:
    """The names of the commands there are, in the order of the help."""
    return [name for name in COMMANDS if _exists(name)]


def global_options() -> dict[str, str]:
    """The options that stand before the command, and what they do."""
    return dict(_GLOBAL_OPTIONS)


def _exists(name: str) -> bool:
    return name in COMMANDS and find_spec(COMMANDS[name]) is not None


def _help(module: ModuleType) -> str:
    return str(getattr(module, "HELP", "")).strip()


def _overview() -> str:
    commands = {name: _help(import_module(COMMANDS[name])) for name in command_names()}
    return "\n".join(
        [
            f"usage : {_USAGE}",
            "",
            "options, avant la commande",
            *_columns(_GLOBAL_OPTIONS),
            "",
            "commandes (« scarabee COMMANDE --aide » dit tout de l’une d’elles)",
            *_columns(commands),
        ]
    )


def _columns(texts: dict[str, str]) -> list[str]:
    return [f"  {name:22}{text.split('\n', 1)[0]}".rstrip() for name, text in texts.items()]


def _run(module: ModuleType, args: argparse.Namespace, acting_as: str | None) -> int:
    """Set Django up, prepare the data folder, run; what is refused is said in words."""
    if (code := _set_up()) != DONE:
        return code
    from scarabee.accounts.portal.binding import bind_or_refuse
    from scarabee.cli.output import Output
    from scarabee.cli.refusals import as_refusal
    from scarabee.maintenance.folder import prepare_folder

    out = Output(json_wanted=bool(getattr(args, "json", False)))
    try:
        with _gate(module):
            if acting_as is not None or not getattr(module, "WITHOUT_DATABASE", False):
                prepare_folder()
            if not hasattr(module, "choose_folder"):
                bind_or_refuse()
            actor = _actor(acting_as)
            _require_administrator(module, actor, args.command)
            _require_open(module, actor)
            return int(module.run(args, actor, out))
    except KeyboardInterrupt:
        out.info("\nInterrompu. Ce qui était enregistré l’est toujours.")
        return REFUSED
    except BrokenPipeError:  # whoever read our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except Exception as error:
        refusal = as_refusal(error)
        if refusal is None:
            raise
        out.refusal(refusal)
        return REFUSED


def _set_up() -> int:
    """Read the settings; a wrong one is a wrong usage, a data folder that cannot be made is a refusal."""
    import django
    from django.apps import apps
    from django.core.exceptions import ImproperlyConfigured

    try:
        if not apps.ready:  # who calls us from a process that is set up keeps its logs as they are
            django.setup()
    except ImproperlyConfigured as error:
        print(f"Scarabée n’est pas bien réglé. {error}\nRien n’a été modifié.", file=sys.stderr)
        return WRONG_USAGE
    except ModuleNotFoundError as error:
        named = os.environ["DJANGO_SETTINGS_MODULE"]
        if not error.name or not f"{named}.".startswith(f"{error.name}."):
            raise
        print(f"DJANGO_SETTINGS_MODULE nomme des réglages qui n’existent pas : {named}", file=sys.stderr)
        return WRONG_USAGE
    except OSError as error:
        print(f"Scarabée ne peut pas ouvrir le dossier des données : {error}", file=sys.stderr)
        return REFUSED
    return DONE


def _actor(acting_as: str | None) -> "Actor":
    from scarabee.maintenance.journal import Actor

    if acting_as is None:
        return Actor.owner()
    from scarabee.accounts.models import User, username_key
    from scarabee.maintenance.errors import Refusal

    user = User.objects.filter(username_key=username_key(acting_as), is_active=True).first()
    if user is None:
        raise Refusal(
            f"Aucun compte actif ne s’appelle « {acting_as} ».",
            remedy="Vérifiez l’orthographe, ou lancez la commande sans --en-tant-que.",
        )
    return Actor.of(user, via="commande")


@contextmanager
def _gate(module: ModuleType) -> Iterator[None]:
    """A place at the gate for as long as the command runs, so that a maintenance waits for its end."""
    from scarabee.maintenance import gate, window

    if not getattr(module, "GATED", True):
        yield
        return
    with gate.together() as comes_in:
        if not comes_in:
            raise window.refusal(window.current())
        yield


def _require_open(module: ModuleType, actor: "Actor") -> None:
    """Stop a command that writes while Scarabée is closed by somebody else."""
    from scarabee.maintenance import window

    row = window.current() if getattr(module, "GATED", True) else None
    if row is not None and row.is_closed and not window.lets_through(row, actor):
        raise window.refusal(row)


def _require_administrator(module: ModuleType, actor: "Actor", name: str) -> None:
    """Stop, before it does anything, a command that acts for the whole installation (see `cli.registry`)."""
    from scarabee.maintenance.errors import NotAllowed

    if getattr(module, "FOR_ADMINISTRATOR", False) and not actor.is_administrator:
        raise NotAllowed(
            f"Seul un Administrateur peut lancer « scarabee {name} ».",
            remedy="Demandez-lui de le faire, ou lancez la commande sans --en-tant-que.",
        )


if __name__ == "__main__":
    sys.exit(main())
