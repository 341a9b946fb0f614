"""What every test runs under."""

from hypothesis import settings

# No deadline for a single example: on a busy two-core machine it says nothing about the code.
settings.register_profile("tarl", deadline=None)
settings.load_profile("tarl")
