"""What Enrich and its parts said of payloads, schemas and texts, recorded, and the means to ask Java anew."""
