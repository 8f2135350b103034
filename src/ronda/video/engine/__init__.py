"""Packet engines: RTP in, blocks of whole access units out. One interface, `port`."""
