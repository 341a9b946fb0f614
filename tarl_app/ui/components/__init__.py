"""What all tabs are made of: events, values, widgets, files that the page gives out."""
