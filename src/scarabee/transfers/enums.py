"""Choices a person makes about a transfer."""

from django.db import models


class IfExists(models.TextChoices):
    """What to do with an employer or employee that already stands at the destination."""

    COMPLETE = "completer", "compléter : ajouter ce qui manque"
    IGNORE = "ignorer", "ignorer : laisser la destination telle quelle"
    REPLACE = "remplacer", "remplacer : prendre la fiche et les versions de la source"


class Declaring(models.TextChoices):
    """Which dossier declares the transferred SIRETs afterwards."""

    SOURCE = "source", "le dossier d’origine continue de déclarer"
    DESTINATION = "destination", "le dossier de destination déclare désormais"


class Standing(models.TextChoices):
    """How an item of the selection stands to the destination."""

    NEW = "new", "nouveau"
    IDENTICAL = "identical", "identique"
    INCOMPLETE = "incomplete", "à compléter"
    DIFFERENT = "different", "différent"
    PROBABLE = "probable", "ressemble à quelqu’un"
