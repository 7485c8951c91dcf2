"""Cells for fgspace: the operations of DARTS and NAS-Bench-201, their cells and networks, and spaces over them."""
