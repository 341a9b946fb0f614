"""What every part of the app is made of: types, protocols, errors, settings, sound."""
