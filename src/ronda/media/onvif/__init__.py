"""ONVIF messages: requests as bytes out, answers as values in. No I/O; `ronda.video.onvif` sends them."""
