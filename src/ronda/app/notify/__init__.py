"""Hand messages to the outside: webhook, mail server, MQTT broker. One module a kind, each may be away."""
