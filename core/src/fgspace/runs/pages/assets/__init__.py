"""The style and the scripts of the page of a report, which are written into it."""
