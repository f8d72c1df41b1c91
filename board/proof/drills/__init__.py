"""Drills: attacks on a real server of its own, each with the bounds that have to hold."""

from board.proof.drills.bags import BagUnderFire
from board.proof.drills.bomb import FanOutBomb
from board.proof.drills.catchup import CatchUpLivelock
from board.proof.drills.drill import Drill
from board.proof.drills.guards import GuardTheGuards
from board.proof.drills.judge import CanaryJudge
from board.proof.drills.loops import EchoPair, IncidentReplay
from board.proof.drills.multiplication import Multiplication
from board.proof.drills.operators import OperatorError
from board.proof.drills.partition import KillUnderPartition
from board.proof.drills.processes import BlockedLoop, Leak, SilentSpin
from board.proof.drills.readers import DoubleSubscribe, SlowReaders
from board.proof.drills.storm import ReconnectStorm

__all__ = ["DRILLS", "Drill"]
DRILLS: dict[str, type[Drill]] = {
    drill.number: drill
    for drill in (
        IncidentReplay,
        EchoPair,
        FanOutBomb,
        DoubleSubscribe,
        ReconnectStorm,
        SlowReaders,
        Leak,
        BlockedLoop,
        SilentSpin,
        Multiplication,
        KillUnderPartition,
        GuardTheGuards,
        CanaryJudge,
        CatchUpLivelock,
        OperatorError,
        BagUnderFire,
    )
}
