"""Whether the installation is well: named checks, each with its colour, what was found and what to do.

`scarabee diagnostic` and the screen of the same name run them all; `/sante` tells the least that a monitor needs.
"""
