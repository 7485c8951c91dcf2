"""What the tests of messages share."""

import re

import pytest


def refused(message):
    """Expect a ValueError with this whole message."""
    return pytest.raises(ValueError, match=f"^{re.escape(message)}$")
