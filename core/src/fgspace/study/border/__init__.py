"""The border of a study: what programs and evaluators give becomes plain JSON, or an error."""
