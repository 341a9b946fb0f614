"""A study: arms that are trained with equal rollouts, measured on the same tasks, and compared (``study tarl``)."""
