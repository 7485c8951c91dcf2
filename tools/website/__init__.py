"""The parts of the documentation as a site: pages that are copied, and pages that are made from what is installed."""
