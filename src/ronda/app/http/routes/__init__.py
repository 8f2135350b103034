"""One module a subject; `ronda.app.http.server` joins them."""
