"""The files of a folder as values with lines, and what is wrong with them."""
