"""Times and bounds of the wire, each with its unit and reason."""

HEARTBEAT_SECONDS = 15  # under the 30 s idle cut of common proxies
HEAD_SECONDS = 30  # a lost last event is noticed this late at most
TICK_SECONDS = 1.0
AUTHORITY_SECONDS = 3  # revoked people receive nothing 5 s later
SWEEP_GRACE_SECONDS = 0.25  # an announcement on its way is not a lost one
WRITE_SECONDS = (
    8  # a reader that takes nothing for this long is cut off; with what the looks take, within 10 s
)
REPLAY_EVENTS = 500
RING_FRAMES = 500
RING_BYTES = 1024 * 1024
COALESCE_FROM = 20  # events per second on one channel from which on they gather
COALESCE_MOST = 0.05  # seconds
REACH_SECONDS = 2  # a join waits so long for a commit its reader knows of and this process does not
DRAIN_SECONDS = 0.6  # of the second that a worker has to go
DEPLOY_SPREAD_MS = 5000  # reconnecting browsers come back over this time
HINT_GROUP = "parley.hints"
INDICATORS_SECONDS = 1.0  # who is here is told at most this often
IDLE_SECONDS = 60  # without a pulse or a write
ROSTER_PEOPLE = 100  # named in one roster, who acted last first; the others are counted
GRACE_SECONDS = 5  # between two streams of one person: a reload, another leader, a lost connection
PULSE_LEASE_SECONDS = 10  # whoever pulses here and has the stream in another process
EDITING_SECONDS = 45  # the page says it again every 15 s, while its person does something
EVIDENCE_SECONDS = 300  # behind a proxy an open stream proves nothing: the proxy takes the heartbeats
PEER_SECONDS = 25  # another process's roster; it says it again every PEER_REFRESH_SECONDS
PEER_REFRESH_SECONDS = 10
PULSE_TICKS = (0.1, 0.25, 1.0)  # seconds between two frames: normally, and under pressure
PULSE_BYTES = 512
