"""Recovery configs for tests of what is said of them."""
