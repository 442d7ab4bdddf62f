"""Every subcommand and the module that runs it, so that only the one asked for is imported.

A module of scarabee.cli.commands has HELP (one French sentence), `add_arguments(parser)` and
`run(args, actor, out) -> int` (0 done, 1 refused). One with `FOR_ADMINISTRATOR = True` acts for the whole
installation: it is never run for anybody but an Administrateur, as the owner of the data folder is. Several names
may lead to one module, which then finds the name in `args.command`. A module with `choose_folder(asked)` picks its
data folder itself, and binds it to its portal itself. One with `WITHOUT_DATABASE = True` needs none: its run touches
no model, and no database is made for it. One with `GATED = False` writes nothing, or goes through the gate of
maintenance by itself; the others are refused while Scarabée is closed, and waited for before it closes.
"""

_PACKAGE = "scarabee.cli.commands"

COMMANDS: dict[str, str] = {
    "demarrer": f"{_PACKAGE}.demarrer",
    "demo": f"{_PACKAGE}.demo",
    "bouchon": f"{_PACKAGE}.bouchon",
    "web": f"{_PACKAGE}.web",
    "worker": f"{_PACKAGE}.worker",
    "horloge": f"{_PACKAGE}.horloge",
    "diagnostic": f"{_PACKAGE}.diagnostic",
    "mettre-a-jour": f"{_PACKAGE}.mettre_a_jour",
    "dossiers": f"{_PACKAGE}.dossiers",
    "dossier": f"{_PACKAGE}.dossier",
    "declarant": f"{_PACKAGE}.declarant",
    "employeurs": f"{_PACKAGE}.employeurs",
    "salaries": f"{_PACKAGE}.salaries",
    "chercher": f"{_PACKAGE}.chercher",
    "importer": f"{_PACKAGE}.importer",
    "imports": f"{_PACKAGE}.imports",
    "annuler-import": f"{_PACKAGE}.annuler",
    "exporter": f"{_PACKAGE}.exporter",
    "supprimer": f"{_PACKAGE}.supprimer",
    "reprendre": f"{_PACKAGE}.reprendre",
    "transferer": f"{_PACKAGE}.transferer",
    "transferts": f"{_PACKAGE}.transferts",
    "annuler-transfert": f"{_PACKAGE}.annuler",
    "controler": f"{_PACKAGE}.controler",
    "deposer": f"{_PACKAGE}.deposer",
    "depots": f"{_PACKAGE}.depots",
    "retours": f"{_PACKAGE}.retours",
    "taux": f"{_PACKAGE}.taux",
    "utilisateurs": f"{_PACKAGE}.utilisateurs",
    "identifiants": f"{_PACKAGE}.identifiants",
    "journal": f"{_PACKAGE}.journal",
    "coffre": f"{_PACKAGE}.coffre",
    "sauvegarder": f"{_PACKAGE}.sauvegarder",
    "sauvegardes": f"{_PACKAGE}.sauvegardes",
    "verifier-sauvegarde": f"{_PACKAGE}.verifier_sauvegarde",
    "trousse": f"{_PACKAGE}.trousse",
    "restaurer": f"{_PACKAGE}.restaurer",
    "migrer-vers": f"{_PACKAGE}.migrer_vers",
    "maintenance": f"{_PACKAGE}.maintenance",
    "personne": f"{_PACKAGE}.personne",
    "conservation": f"{_PACKAGE}.conservation",
}
