"""The present: frames to whoever watches, from the newest key frame on and nothing older."""
