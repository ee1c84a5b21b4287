"""The rim: turns the dictionary into Dagster's assets, checks, schedules and sensors."""
