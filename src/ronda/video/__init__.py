"""The running picture: connect, record, live, playback, retain, and the index of it all."""
