"""MobileNets for fgspace."""
