"""Places, drawn: a small renderer, people and vehicles that move, and the scenes made of them."""
