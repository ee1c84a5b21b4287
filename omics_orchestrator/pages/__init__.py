"""Pages for people: rendered on the server, without script, without a request to anywhere else.

They stand behind the same door as Dagster, which says who looks (`X-Forwarded-User`). Each kind of
page has a path of its own, such as `/quarantine`, and the door sends that path here. The site of
the dictionary is built beforehand; it is handed out here, and its search is the only script.
"""
