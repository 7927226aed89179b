"""What a person wrote: where it comes from, its places, and what is wrong with it."""
