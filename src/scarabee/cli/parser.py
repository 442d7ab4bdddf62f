"""argparse in French."""

import argparse
import re
from typing import Any, NoReturn

WRONG_USAGE = 2

_FRENCH = (
    ("the following arguments are required: ", "il manque : "),
    ("one of the arguments ", "il faut l’un de : "),
    (" is required", ""),
    ("unrecognized arguments: ", "arguments inconnus : "),
    ("expected one argument", "une valeur est attendue"),
    ("expected at least one argument", "au moins une valeur est attendue"),
    ("not allowed with argument ", "ne va pas avec "),
    ("invalid choice: ", "valeur inconnue : "),
    ("choose from ", "choisir parmi "),
    ("invalid int value: ", "un nombre entier est attendu, pas "),
    ("ambiguous option: ", "option ambiguë : "),
    ("argument ", ""),
)


class _FrenchHelp(argparse.HelpFormatter):
    """Lines are never cut inside « »."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return super()._split_lines(_unbroken(text), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return super()._fill_text(_unbroken(text), width, indent)


def _unbroken(text: str) -> str:
    return text.replace("« ", "«\u00a0").replace(" »", "\u00a0»").replace(" :", "\u00a0:")


class FrenchParser(argparse.ArgumentParser):
    """Headings, help and errors in French; options are never abbreviated; wrong usage exits with 2."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        wants_help = kwargs.pop("add_help", True)
        super().__init__(*args, **{"allow_abbrev": False, "formatter_class": _FrenchHelp, **kwargs, "add_help": False})
        self._positionals.title = "arguments"
        self._optionals.title = "options"
        if wants_help:
            self.add_argument("-h", "--help", "--aide", action="help", help="montrer cette aide et sortir")

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", "usage : ", 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", "usage : ", 1)

    def error(self, message: str) -> NoReturn:
        for english, french in _FRENCH:
            message = message.replace(english, french)
        message = re.sub(r"^(\S+): ", r"\1 : ", message)
        self.exit(WRONG_USAGE, f"{self.format_usage()}{self.prog} : {message}\n")


def add_deed(deeds: Any, name: str, text: str) -> argparse.ArgumentParser:
    """An action of a command, with its `--json`, which may stand before the action too."""
    deed: argparse.ArgumentParser = deeds.add_parser(name, help=text, description=text)
    add_early(deed, "--json", action="store_true", help="en JSON")
    return deed


def add_early(deed: argparse.ArgumentParser, *names: str, **options: Any) -> None:
    """An option that the command takes as well: not given after the action, it keeps what was given before it."""
    deed.add_argument(*names, default=argparse.SUPPRESS, **options)
