"""Transfert de données: employers and employees copied whole from one dossier to another."""
