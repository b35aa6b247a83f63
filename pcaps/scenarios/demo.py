"""One small site with everything in it."""
