"""What goes over the wire: events, items, configuration, formats of sound."""
