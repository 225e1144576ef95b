"""All mechanisms, promise by promise. docs/protocol.md, section 16, prints this list."""

from tests.promises.bounds import BOUNDS
from tests.promises.keeping import NO_LOSS, ONCE, ORDER
from tests.promises.mechanisms import Mechanism
from tests.promises.setbacks import CLOCKS, FORKS, RESTORED
from tests.promises.sharing import FAIRNESS
from tests.promises.trusting import AUTHORSHIP, CUSTODY, SECRECY

MECHANISMS: list[Mechanism] = [
    *NO_LOSS,
    *ONCE,
    *ORDER,
    *AUTHORSHIP,
    *CUSTODY,
    *FORKS,
    *RESTORED,
    *CLOCKS,
    *BOUNDS,
    *SECRECY,
    *FAIRNESS,
]
