"""The REST API, the video socket and the built screens: one web process."""
