"""The benchmark's tools, written from their behaviour: arguments are not checked, since its own do not check them."""
