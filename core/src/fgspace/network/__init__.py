"""From one description to a network, or to its cost: everything here knows descriptions, and no points."""
