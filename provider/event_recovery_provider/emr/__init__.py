"""What the provider does with EMR: what it tells, how clusters are found, started, ended, explained and swept up."""
