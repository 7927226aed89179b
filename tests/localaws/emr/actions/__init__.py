"""What EMR does when it is asked: one module for each kind of call."""
