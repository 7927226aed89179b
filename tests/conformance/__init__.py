"""What the reference and Java did, recorded, and this engine beside it."""
