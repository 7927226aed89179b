"""The JSON Schema that Enrich holds events to: draft 4 as its validator reads it, with that validator's reports."""
