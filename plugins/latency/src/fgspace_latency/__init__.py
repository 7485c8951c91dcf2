"""Latency of networks for fgspace, predicted from a few that were measured on a device."""
