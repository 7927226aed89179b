"""Hosts on this machine: each has a network, a name, a table of other hosts and a folder of its own."""
