"""What code writes a network with: modules that are described and not built yet."""
