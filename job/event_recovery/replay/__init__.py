"""The same recovery without a cluster: in processes of this machine, to the same stream and files."""
