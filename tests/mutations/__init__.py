"""The catalogue of mistakes, built and booted. Its data are in *.txt here; course.catalogue_of_mistakes reads them."""
