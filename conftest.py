"""How every test of the workspace runs: the same examples each time, whatever the speed of the machine."""

import signal

from hypothesis import settings

settings.register_profile("workspace", derandomize=True, deadline=None)
settings.load_profile("workspace")

# A command in the background, or under nohup, ignores Ctrl-C, and so would the searches that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
