"""What is hidden in a copy for anybody but the police; never who is hidden."""
