"""Edge boxes and the hub: batches, cursors, transfer offsets. Pure rules."""
