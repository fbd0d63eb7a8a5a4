"""Holds a rulebook; there is nothing to import."""
