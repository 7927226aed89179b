"""A node of a cluster: its paths, settings and programs, in a folder of this machine."""
