"""Recover Snowplow bad rows by a JSON recovery config."""
