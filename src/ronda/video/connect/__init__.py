"""From a camera's address to a playing stream, again and again."""
