"""The engine: one line in, one result out, by a fast route for most rows and an exact one for all."""
