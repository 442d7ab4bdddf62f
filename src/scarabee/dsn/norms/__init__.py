"""The norm NEODeS as tables: blocs, rubriques, lists of values and usages, for every version known here.

The facts are the TSV files of this folder; SOURCES.md says where they come from and how they are rebuilt.
"""

from scarabee.dsn.norms.tables import BLOC_PARENTS, KNOWN_VERSIONS, PERSON_BLOCS, Bloc, Norm, Rubrique, norm

__all__ = ["BLOC_PARENTS", "KNOWN_VERSIONS", "PERSON_BLOCS", "Bloc", "Norm", "Rubrique", "norm"]
