"""The synthetic study MUSIC: a longitudinal REDCap project of five timepoints."""
