"""Camera-minutes with their cause, alerts with a likely common cause, repair orders, promises kept."""
