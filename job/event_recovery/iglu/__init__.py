"""Iglu: schema URIs, the registries that hold schemas, and the resolver that asks them."""
