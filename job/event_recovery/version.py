"""The version of the distribution, which is also in every bad row that the engine writes."""

__version__ = "0.1.0"
