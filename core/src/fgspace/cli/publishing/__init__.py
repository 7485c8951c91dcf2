"""What authors of plugins and who installs them use: checks, new packages, the catalogue, and pip."""
