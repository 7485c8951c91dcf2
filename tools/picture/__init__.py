"""The picture of the house: what is read, and how it is drawn."""
