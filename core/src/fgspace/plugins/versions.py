"""The version of core, and the versions of the plugin interface that it serves."""

__version__ = "0.1.0"
API_VERSION = 1
"""The version of the plugin interface; a plugin may name the one it was written for as `fgspace_api`."""
OLDEST_API_VERSION = 1
"""The oldest version of the plugin interface that this core still serves."""
