"""Collector payloads as Enrich gets them, and registries that need no server."""
