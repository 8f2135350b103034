"""A recorder in a simulated world: hours in a second, the same again for the same seed. docs/design/world.md."""
