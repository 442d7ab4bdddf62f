"""One answer, two languages: a tree of objects, lists and texts as XML (1.0) or as JSON (2.0) with its variants."""

import json
from collections.abc import Callable
from typing import Any

from lxml import etree

Tree = dict[str, Any]
"""Element name → text, tree, or list of either."""

_NUMBERS = frozenset({"date", "publication", "production", "nature"})
_LISTS = frozenset({"depot", "flux", "retour"})


def as_xml(root: str, tree: Tree) -> bytes:
    """A document in UTF-8 whose root has this name; a list becomes one element for each item."""
    element = etree.Element(root)
    _fill(element, tree)
    return bytes(etree.tostring(element, xml_declaration=True, encoding="UTF-8"))


def as_json(root: str, tree: Tree, on: Callable[[str], bool]) -> bytes:
    """The JSON of the guide, changed by every incident `json-…` that is on (api-dsn §6.4)."""
    value: Any = _varied(tree, on)
    if not on("json-sans-racine"):
        value = {_cased(root, on): value}
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


def _fill(element: etree._Element, tree: Tree) -> None:
    for name, value in tree.items():
        for one in value if isinstance(value, list) else [value]:
            child = etree.SubElement(element, name)
            if isinstance(one, dict):
                _fill(child, one)
            else:
                child.text = one


def _varied(value: Any, on: Callable[[str], bool], name: str = "") -> Any:
    if isinstance(value, list):
        if len(value) == 1 and on("json-objet-seul"):
            return _varied(value[0], on, name)
        return [_varied(one, on, name) for one in value]
    if isinstance(value, dict):
        return _varied_object(value, on)
    return int(value) if name in _NUMBERS and value.isdigit() and on("json-nombres") else value


def _varied_object(tree: Tree, on: Callable[[str], bool]) -> Tree:
    found: Tree = {}
    for name, value in tree.items():
        if value == [] and name in _LISTS and on("json-cle-absente"):
            continue
        shown = None if value == [] and on("json-null") else _varied(value, on, name)
        if name == "declarant" and isinstance(shown, dict) and on("json-tableaux"):
            shown = [shown]
        found[_cased(name, on)] = shown
    if on("json-cles-inconnues"):
        found["inattendu"] = {"version": "7", "liste": [1, None, "x"]}
    return found


def _cased(name: str, on: Callable[[str], bool]) -> str:
    return name[0].upper() + name[1:] if on("json-majuscules") else name
