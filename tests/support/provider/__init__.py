"""AWS as the provider's tests have it: scripted, or a site on the fabric with a job that is played."""
