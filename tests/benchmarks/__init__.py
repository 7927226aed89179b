"""What the product costs, measured; the page beside this says how to run each, and what it said."""
