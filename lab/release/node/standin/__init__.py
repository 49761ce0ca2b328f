"""Stand-ins for the programs of a DC/OS node: real processes, the real ports, none of the work."""
