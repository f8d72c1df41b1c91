"""Is the error rate the usual one, or ten times that? Wald's sequential probability ratio test."""

import math
from enum import StrEnum


class Verdict(StrEnum):
    GOING_ON = "going on"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


GOOD, BAD = 0.005, 0.05  # error rates: the usual one, and ten times that


class SequentialTest:
    """Wald 1945: likelihood of `bad` against `good`. With the defaults three errors in a row reject, 65 good accept.

    After it has accepted, it begins anew with the next answer: what was good may become bad.
    """

    def __init__(
        self, good: float = GOOD, bad: float = BAD, alpha: float = 0.001, beta: float = 0.05
    ) -> None:
        """`good`, `bad`: error rates. `alpha`: the risk of rejecting the good, `beta`: of accepting the bad."""
        if not 0 < good < bad < 1 or not 0 < alpha < 1 or not 0 < beta < 1:
            raise ValueError("Rates and risks lie between 0 and 1, good below bad.")
        self._error = math.log(bad / good)
        self._success = math.log((1 - bad) / (1 - good))
        self._reject = math.log((1 - beta) / alpha)
        self._accept = math.log(beta / (1 - alpha))
        self.ratio = 0.0
        self.verdict = Verdict.GOING_ON

    def see(self, *, error: bool) -> Verdict:
        """One answer. REJECTED stays."""
        if self.verdict is Verdict.REJECTED:
            return self.verdict
        if self.verdict is Verdict.ACCEPTED:
            self.ratio = 0.0
        self.ratio += self._error if error else self._success
        if self.ratio >= self._reject:
            self.verdict = Verdict.REJECTED
        elif self.ratio <= self._accept:
            self.verdict = Verdict.ACCEPTED
        else:
            self.verdict = Verdict.GOING_ON
        return self.verdict
