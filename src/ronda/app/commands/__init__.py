"""One module a command; `ronda.app.cli` lists them."""
