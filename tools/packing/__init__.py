"""What `make packages` is made of: the workspace's distributions, their archives, and environments to try them in."""
