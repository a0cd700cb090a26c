"""SNMP: interfaces and values of devices, read by name (RFC 3416, 3414; IF-MIB, RFC 2863)."""
