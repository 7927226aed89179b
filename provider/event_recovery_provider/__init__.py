"""Airflow provider for Snowplow event recovery on transient EMR clusters."""
