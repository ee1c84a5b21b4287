"""The dictionary as a site: static pages about variables and studies, with counts and no data.

Everything a page tells of people goes through `disclosure`: small counts are not shown, and cannot
be computed from what is.
"""
