"""Regexes: what Java makes of them, recorded, and the means to ask it anew."""
