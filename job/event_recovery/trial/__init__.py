"""What would a run make of its rows? A sample of them, recovered and verified before a cluster is paid for."""
