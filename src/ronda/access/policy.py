"""The one table of who may do what. Readable by an inspector; shown on the access page as it stands.

Nothing here opens the past, but LOOK_BACK: some minutes of what the control room has in view, under the rules of
`ronda.access.look_back`. REVIEW_FOOTAGE says who may *ask* to look inside a case; the case then
decides (`ronda.cases.rules`). No role may do everything: who runs the machines reads no footage,
who checks the log reads no footage.
"""

from enum import StrEnum

from ronda.access.model import Role


class Action(StrEnum):
    WATCH_LIVE = "watch_live"
    SEE_GAPS = "see_gaps"
    LOCK_UNSEEN = "lock_unseen"
    ENTER_REQUEST = "enter_request"
    ENTER_CITIZEN_REQUEST = "enter_citizen_request"
    APPROVE_REQUEST = "approve_request"
    APPROVE_CHANGE = "approve_change"
    LOOK_BACK = "look_back"
    SET_DUTY = "set_duty"
    SEE_CASES = "see_cases"
    REVIEW_FOOTAGE = "review_footage"
    EXPORT_PACKAGE = "export_package"
    CLOSE_CASE = "close_case"
    READ_LOG = "read_log"
    MANAGE_CAMERAS = "manage_cameras"
    SEE_REGISTER = "see_register"
    MANAGE_REGISTER = "manage_register"
    MANAGE_PEOPLE = "manage_people"
    SEE_METRICS = "see_metrics"
    ORDER_REPAIR = "order_repair"
    SHARE_VILLAGE_PAGE = "share_village_page"
    MANAGE_ALERTS = "manage_alerts"
    SEE_PLAN = "see_plan"
    MAKE_PLAN = "make_plan"
    REVIEW_PLAN = "review_plan"
    SEE_SERVICE = "see_service"
    MANAGE_SERVICE = "manage_service"


WALL_MAY = frozenset({Action.WATCH_LIVE})  # from a wall screen, whatever the roles of its operator allow

_R = Role

MAY: dict[Action, frozenset[Role]] = {
    Action.WATCH_LIVE: frozenset({_R.OPERATOR, _R.INVESTIGATOR}),
    Action.SEE_GAPS: frozenset(Role),
    Action.LOCK_UNSEEN: frozenset({_R.OPERATOR, _R.INVESTIGATOR}),
    Action.ENTER_REQUEST: frozenset({_R.INVESTIGATOR, _R.OPERATOR}),
    Action.ENTER_CITIZEN_REQUEST: frozenset({_R.OPERATOR}),
    Action.APPROVE_REQUEST: frozenset({_R.APPROVER}),
    Action.APPROVE_CHANGE: frozenset({_R.APPROVER}),
    Action.LOOK_BACK: frozenset({_R.OPERATOR}),
    Action.SET_DUTY: frozenset({_R.ADMIN, _R.APPROVER}),
    Action.SEE_CASES: frozenset({_R.INVESTIGATOR, _R.OPERATOR, _R.APPROVER, _R.INSPECTOR}),
    Action.REVIEW_FOOTAGE: frozenset({_R.INVESTIGATOR, _R.OPERATOR}),
    Action.EXPORT_PACKAGE: frozenset({_R.INVESTIGATOR, _R.OPERATOR}),
    Action.CLOSE_CASE: frozenset({_R.INVESTIGATOR, _R.APPROVER}),
    Action.READ_LOG: frozenset({_R.INSPECTOR, _R.ADMIN}),
    Action.MANAGE_CAMERAS: frozenset({_R.ADMIN}),
    Action.SEE_REGISTER: frozenset(Role),
    Action.MANAGE_REGISTER: frozenset({_R.ADMIN}),
    Action.MANAGE_PEOPLE: frozenset({_R.ADMIN}),
    Action.SEE_METRICS: frozenset({_R.ADMIN, _R.INSPECTOR, _R.OPERATOR}),
    Action.ORDER_REPAIR: frozenset({_R.OPERATOR, _R.ADMIN}),
    Action.SHARE_VILLAGE_PAGE: frozenset({_R.OPERATOR, _R.ADMIN}),
    Action.MANAGE_ALERTS: frozenset({_R.ADMIN}),
    Action.SEE_PLAN: frozenset(Role),
    Action.MAKE_PLAN: frozenset({_R.PLANNER}),
    Action.REVIEW_PLAN: frozenset({_R.PLANNER, _R.APPROVER, _R.INVESTIGATOR, _R.SERVICE_HEAD}),
    Action.SEE_SERVICE: frozenset({_R.SERVICE_HEAD, _R.INSPECTOR, _R.ADMIN, _R.OPERATOR}),
    Action.MANAGE_SERVICE: frozenset({_R.OPERATOR, _R.ADMIN}),
}
