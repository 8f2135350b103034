"""Which routes a program's token reaches: the whole list. Whatever does not stand here, no token opens.

Every one of them gives numbers, states and registers; none gives a picture, a case, a person or the log.
"""

from typing import Final

from ronda.access.policy import Action

TOKEN_ROUTES: Final[dict[str, Action]] = {
    "/api/cameras": Action.SEE_GAPS,
    "/api/cameras/{camera}/timeline": Action.SEE_GAPS,
    "/api/ledger": Action.SEE_GAPS,
    "/api/ledger.csv": Action.SEE_GAPS,
    "/api/ledger/{camera}/days": Action.SEE_GAPS,
    "/api/ledger/{camera}/gaps": Action.SEE_GAPS,
    "/api/register": Action.SEE_REGISTER,
    "/api/areas": Action.SEE_REGISTER,
    "/api/targets": Action.SEE_REGISTER,
    "/api/storage": Action.SEE_METRICS,
    "/metrics": Action.SEE_METRICS,
    "/api/service": Action.SEE_SERVICE,
    "/api/service/{camera}/days": Action.SEE_SERVICE,
    "/api/service/{camera}/quarters": Action.SEE_SERVICE,
    "/api/service/{camera}/quarters.csv": Action.SEE_SERVICE,
    "/api/plans": Action.SEE_PLAN,
    "/api/plans/{plan_id}": Action.SEE_PLAN,
    "/api/plans/{plan_id}/points.csv": Action.SEE_PLAN,
    "/api/plans/{plan_id}/points.geojson": Action.SEE_PLAN,
}
