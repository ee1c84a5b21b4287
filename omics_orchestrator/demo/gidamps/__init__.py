"""The study GI-DAMPs, made up: participants, samples, laboratory sheets and omic files."""
