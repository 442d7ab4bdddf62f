"""The words of the invention: plainly invented towns and associations, ordinary first and family names.

Everything here fits ISO-8859-1 (no œ, no typographic apostrophe) and the rules of the norm on names.
"""

FAMILY_NAMES = (
    "MARTIN", "BERNARD", "PETIT", "ROUX", "MOREAU", "FOURNIER", "GIRARD", "LAMBERT", "FAURE", "MERCIER",
    "BLANC", "GUÉRIN", "BOYER", "GARNIER", "CHEVALIER", "LEGRAND", "GAUTHIER", "PERRIN", "ROBIN", "MATHIEU",
    "NOËL", "LÉVÊQUE", "L'HÉRITIER", "D'ALMEIDA", "N'DIAYE", "L'HOSTIS", "D'HÉRICOURT", "M'BAREK", "LE GOFF",
    "DE LA FONTAINE", "LE BRIS", "DUPONT-MOREL", "PEÑA", "MÜLLER", "KOWALSKI", "NGUYEN", "BENALI", "TRAORÉ",
    "FERREIRA", "GARCIA", "BAÏRI", "ÇELIK", "GÜNES", "HÉBRARD", "CAZENAVE", "ETCHEVERRY", "KERBRAT",
    "SCHMITT", "VANDENBERGHE", "OLLIVIER", "AUBRY", "BAUDOUIN", "CARPENTIER", "DELMAS", "ESTÈVE", "FABRE",
    "GRANGER", "HUMBERT", "IMBERT", "JOUBERT", "LACROIX", "MAILLARD", "NAVARRO", "OZANNE", "PRÉVOST",
    "QUENTIN", "RENAUD", "SAUVAGE", "TEXIER", "URBAIN", "VIDAL", "WEBER",
)  # fmt: skip

MEN = (
    "Adrien", "Alexis", "Antoine", "Baptiste", "Benoît", "Cédric", "Clément", "Damien", "Émile", "Étienne",
    "Fabien", "François", "Gaëtan", "Hugo", "Jérôme", "Jean-Marc", "Joël", "Karim", "Loïc", "Mathéo",
    "Mickaël", "Nicolas", "Olivier", "Paul", "Quentin", "Rémi", "Sébastien", "Théo", "Valentin", "Yann",
    "Zéphyr",
)  # fmt: skip
WOMEN = (
    "Agnès", "Alice", "Anaïs", "Béatrice", "Camille", "Céline", "Chloé", "Delphine", "Élodie", "Eva", "Fanny",
    "Françoise", "Gaëlle", "Hélène", "Inès", "Jeanne", "Julie", "Karine", "Léa", "Lucie", "Maëlys",
    "Marie-Noëlle", "Nathalie", "Océane", "Pauline", "Raphaëlle", "Sandrine", "Sophie", "Valérie", "Yasmine",
    "Zoé",
)  # fmt: skip

# (name in associations, localité as rubriques .006 and .010 allow it, code postal, code INSEE)
TOWNS = (
    ("Valbrume", "VALBRUME", "35990", "35990"),
    ("Saint-Olin-sur-Brelle", "SAINT OLIN SUR BRELLE", "69990", "69990"),
    ("Montfleury-le-Vieux", "MONTFLEURY LE VIEUX", "34990", "34990"),
    ("Pontrouvray", "PONTROUVRAY", "44990", "44990"),
    ("L'Aubette", "L AUBETTE", "59990", "59990"),
    ("Rochegrise", "ROCHEGRISE", "07990", "07990"),
    ("Trois-Ormes", "TROIS ORMES", "28990", "28990"),
    ("Bourg-Lanière", "BOURG LANIERE", "01990", "01990"),
    ("Cap-Sarrigue", "CAP SARRIGUE", "33990", "33990"),
    ("Noirval-en-Plaine", "NOIRVAL EN PLAINE", "67990", "67990"),
    ("Plouezguen", "PLOUEZGUEN", "29990", "29990"),
    ("Sainte-Ombeline", "SAINTE OMBELINE", "63990", "63990"),
)

STREETS = (
    "rue de l'Église", "place de la Mairie", "avenue des Tilleuls", "chemin du Moulin à vent", "rue Pasteur",
    "impasse des Mûriers", "boulevard Victor Hugo", "rue du Général de Gaulle", "allée des Érables",
    "quai de l'Écluse", "route de la Forêt", "rue des Écoles", "cours d'Aubépine", "sentier de la Chèvre",
)  # fmt: skip

# (department of birth in the nir, code pays, codification UE, country label or "", places)
BIRTHPLACES = (
    ("35", "FR", "01", "", ("RENNES", "FOUGÈRES")),
    ("69", "FR", "01", "", ("LYON 3", "VILLEURBANNE")),
    ("59", "FR", "01", "", ("LILLE", "DUNKERQUE")),
    ("13", "FR", "01", "", ("MARSEILLE", "AUBAGNE")),
    ("33", "FR", "01", "", ("BORDEAUX", "LIBOURNE")),
    ("75", "FR", "01", "", ("PARIS 14", "PARIS 20")),
    ("67", "FR", "01", "", ("STRASBOURG", "HAGUENAU")),
    ("29", "FR", "01", "", ("BREST", "QUIMPER")),
    ("2A", "FR", "01", "", ("AJACCIO", "SARTÈNE")),
    ("2B", "FR", "01", "", ("BASTIA", "CORTE")),
    ("97", "FR", "01", "", ("SAINT-DENIS", "CAYENNE")),
    ("99", "PT", "02", "PORTUGAL", ("PORTO", "BRAGA")),
    ("99", "PL", "02", "POLOGNE", ("CRACOVIE", "GDANSK")),
    ("99", "MA", "04", "MAROC", ("RABAT", "FÈS")),
    ("99", "SN", "04", "SÉNÉGAL", ("DAKAR", "THIÈS")),
)
