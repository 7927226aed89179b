"""A local EMR: the control plane of EMR on EC2, whose clusters and steps are processes of this machine."""
