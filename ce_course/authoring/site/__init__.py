"""The course as a website: its pages, its widgets with all their scenes, its exercises."""
