"""Backends behind the ports of the other packages."""
