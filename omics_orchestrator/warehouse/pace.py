"""One pace for everybody who asks the same server: promised in the warehouse, which all share.

REDCap bans an address that sends more than 600 requests in any minute, for good. Runs, processes
and machines have only the warehouse in common, so the turns are handed out here.
"""

from psycopg import Connection

from omics_orchestrator.warehouse.faults import refusals

A_MINUTE = 480
AT_ONCE = 60
"""In any minute at most `A_MINUTE + AT_ONCE` requests start."""

# The generic cell rate algorithm: each request moves the due time on by its share of a minute, and
# may start as long as the due time is not further ahead than the burst that is allowed.
_RESERVE = """
    insert into ops.request_pace (server, due)
    values (%(server)s, clock_timestamp() + make_interval(secs => %(share)s))
    on conflict (server) do update
    set due = greatest(request_pace.due, clock_timestamp()) + make_interval(secs => %(share)s)
    returning greatest(0, extract(epoch from due - clock_timestamp()) - %(burst)s)
"""


def reserve(connection: Connection, server: str) -> float:
    """Promise one request to `server`; gives the seconds to wait before it is sent."""
    share = 60 / A_MINUTE
    values = {"server": server, "share": share, "burst": AT_ONCE * share}
    with refusals("ops.request_pace"):
        return float(connection.execute(_RESERVE, values).fetchall()[0][0])
