"""Digests, the log tree, manifests, seals and the offline verifier; ships alone."""
