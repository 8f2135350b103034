"""A virtual regency: RTSP cameras, scenes with known truth, faults on demand."""
