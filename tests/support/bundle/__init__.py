"""A bundle that is quick to build, and a folder that plays the node it is installed on."""
