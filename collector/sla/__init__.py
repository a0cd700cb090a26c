"""What a contract got of its promises: pure functions, no I/O, no clock, no floats that decide."""
