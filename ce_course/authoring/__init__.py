"""For authors: exercises from solutions, outputs of notebooks, widgets as pages."""
