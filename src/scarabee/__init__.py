"""Scarabée: the open maintenance centre and DSN desk of a French payroll bureau."""

__version__ = "0.1.0"
