"""What lies beside the footage on the same disk: its index."""
