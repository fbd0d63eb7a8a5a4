"""The kinds: the forms a constraint can take. One more is one file and one line here."""

from checker.constraint import Kind
from checker.kinds.agrees import Agrees
from checker.kinds.always import Always
from checker.kinds.apart import Apart
from checker.kinds.area import Area
from checker.kinds.concurrent import Concurrent
from checker.kinds.count import Count
from checker.kinds.differs import Differs
from checker.kinds.distance import DistanceTo
from checker.kinds.duration import Duration
from checker.kinds.during import During
from checker.kinds.followed_by import FollowedBy
from checker.kinds.never import Never
from checker.kinds.preceded_by import PrecededBy
from checker.kinds.sequence import Sequence
from checker.kinds.spacing import SpacingOf
from checker.kinds.state_on import StateOn
from checker.kinds.time_before import TimeBefore
from checker.kinds.total import TotalOf

KINDS: dict[str, type[Kind]] = {
    "never": Never,
    "always": Always,
    "during": During,
    "apart": Apart,
    "preceded_by": PrecededBy,
    "followed_by": FollowedBy,
    "duration": Duration,
    "total": TotalOf,
    "count": Count,
    "spacing": SpacingOf,
    "concurrent": Concurrent,
    "sequence": Sequence,
    "differs": Differs,
    "agrees": Agrees,
    "state_on": StateOn,
    "distance": DistanceTo,
    "area": Area,
    "time_before": TimeBefore,
}
"""Name in a rulebook -> class."""
