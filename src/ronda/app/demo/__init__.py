"""`ronda demo`: a virtual regency with a past, and the story that it tells."""
