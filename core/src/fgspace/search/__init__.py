"""Search: algorithms that propose, the study that asks them and tells them, and the store that forgets nothing."""
