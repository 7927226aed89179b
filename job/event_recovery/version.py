"""The version of the engine, as it stands in every bad row it writes."""

__version__ = "0.1.0"
