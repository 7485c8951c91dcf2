"""How every test of the workspace runs: the same examples each time, whatever the speed of the machine."""

from hypothesis import settings

settings.register_profile("workspace", derandomize=True, deadline=None)
settings.load_profile("workspace")
