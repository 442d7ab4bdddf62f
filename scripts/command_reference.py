"""Write docs/reference/commandes.md from the parsers of the commands themselves.

Run it after changing a command: `.venv/bin/python scripts/command_reference.py`. A test compares.
"""

import argparse
from importlib import import_module
from pathlib import Path

from scarabee.cli.main import command_names, global_options
from scarabee.cli.parser import FrenchParser
from scarabee.cli.registry import COMMANDS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "commandes.md"

HEAD = """# Les commandes de Scarabée

<!-- Écrit par scripts/command_reference.py : ne pas modifier à la main. -->

`scarabee [--donnees CHEMIN] [--en-tant-que NOM] COMMANDE …`

Ce qu’une commande donne est écrit sur la sortie standard, ses messages et son avancement sur la sortie d’erreur.
Elle sort avec 0 quand c’est fait, 1 quand c’est refusé (la raison est dite, et ce qu’il faut faire), 2 quand elle est
mal écrite. Avec `--json`, la sortie standard est un seul document JSON, refus compris (`{"error": …}`).
"""


def reference() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD, "\n## Avant la commande\n\n", *_table(list(global_options().items()))]
    for name in command_names():
        module = import_module(COMMANDS[name])
        parser = FrenchParser(prog=f"scarabee {name}", description=module.HELP)
        module.add_arguments(parser)
        parts += [f"\n## {name}\n\n", f"{_sentence(module.HELP)}\n", *_described(parser)]
    return "".join(parts)


def _described(parser: argparse.ArgumentParser) -> list[str]:
    actions = [one for one in parser._actions if not isinstance(one, argparse._HelpAction)]
    deeds = [one for one in actions if isinstance(one, argparse._SubParsersAction)]
    if deeds:
        parts = []
        texts = {choice.dest: choice.help or "" for choice in deeds[0]._choices_actions}
        for name, deed in deeds[0].choices.items():
            parts += [f"\n### {parser.prog.removeprefix('scarabee ')} {name}\n\n", f"{_sentence(texts[name])}\n"]
            parts += _described(deed)
        return parts
    usage = " ".join([parser.prog, *_usage(parser, actions)])
    rows = [(_name(one), one.help or "") for one in actions]
    told = [row for row in rows if row[1]]
    return [f"\n```\n{usage}\n```\n", *(["\n", *_table(told)] if told else [])]


def _name(action: argparse.Action) -> str:
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else "")
    if not action.option_strings:
        return str(value or action.dest)
    return " ".join([action.option_strings[-1], *([str(value)] if action.nargs != 0 else [])])


def _usage(parser: argparse.ArgumentParser, actions: list[argparse.Action]) -> list[str]:
    words = []
    choices = {id(group._group_actions[0]): group for group in parser._mutually_exclusive_groups}
    grouped = {id(one) for group in choices.values() for one in group._group_actions}
    for one in actions:
        if id(one) in choices:
            words.append(f"({' | '.join(map(_name, choices[id(one)]._group_actions))})")
        elif id(one) not in grouped:
            words.append(_in_usage(one))
    return words


def _in_usage(action: argparse.Action) -> str:
    name = _name(action)
    if action.nargs == "+":
        name += " …"
    optional = action.nargs == "?" or (action.option_strings and not action.required)
    return f"[{name}]" if optional else name


def _table(rows: list[tuple[str, str]]) -> list[str]:
    lines = [f"| `{name.replace('|', '\\|')}` | {text} |\n" for name, text in rows]
    return ["| | |\n| --- | --- |\n", *lines]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(reference(), encoding="utf-8")
