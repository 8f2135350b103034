"""What Ronda puts up with from cameras, rule by rule, and where its patience ends.

`RULES` is the list that the design page and the dialogue tests are held against: a rule without a
test, or a test without a rule, fails. The behaviour itself is in `rtsp_client`; the figures that a
rule has are in `Limits`, so that a test of an endless loop takes a moment.
Why a table: a quirk that hides in a condition is found again by the next person who meets it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where patience ends in one dialogue."""

    tries_of_a_step: int = 3  # a request and two more after 401
    redirects: int = 5
    early_bytes: int = 4 * 1024 * 1024  # of pictures before the PLAY answer
    messages: int = 200  # answers and requests of the camera before PLAY was granted
    unanswered_keepalives: int = 2  # then another kind is tried


PATIENCE = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One quirk: what cameras do, what Ronda does, and why."""

    name: str
    quirk: str
    policy: str
    why: str


RULES = (
    Rule(
        name="stale-nonce",
        quirk="a 401 in the middle with a new nonce, with or without stale=true",
        policy="the step is repeated with the new nonce, at most twice",
        why="cameras expire nonces after seconds; the same nonce again is a wrong password",
    ),
    Rule(
        name="next-nonce",
        quirk="Authentication-Info names the nonce to use from now on",
        policy="it is used from the next request on",
        why="it saves a refused request, which some cameras count towards a lock-out",
    ),
    Rule(
        name="strongest-scheme",
        quirk="several challenges in one answer",
        policy="SHA-256 before MD5 before Basic; auth-int alone is left out",
        why="Basic sends the password itself",
    ),
    Rule(
        name="late-401",
        quirk="401 on PLAY or on a keepalive, although DESCRIBE was granted",
        policy="answered like any other; while pictures come, a refused keepalive ends nothing",
        why="a running picture proves more than a refused request",
    ),
    Rule(
        name="options-refused",
        quirk="OPTIONS is refused or unknown",
        policy="the dialogue goes on with DESCRIBE",
        why="OPTIONS only tells which keepalive is known",
    ),
    Rule(
        name="odd-control",
        quirk="control addresses that are whole, relative, `*`, missing, or hang on a base that ends in a query",
        policy="appended after a slash, as cameras mean it, other than RFC 3986 says",
        why="each vendor's own reader does the same",
    ),
    Rule(
        name="play-elsewhere",
        quirk="PLAY of the whole is refused with 404, 455, 459 or 460",
        policy="PLAY is asked once more for the track's own address",
        why="old servers know only one of the two",
    ),
    Rule(
        name="granted-channels",
        quirk="SETUP grants other channels than those asked for, or names none",
        policy="the granted ones count; none named means those asked for",
        why="pictures come on the camera's channels, whatever was asked",
    ),
    Rule(
        name="answer-among-media",
        quirk="an answer stands between packets, before or after PLAY",
        policy="packets before the PLAY answer are kept for the engine, up to 4 MiB",
        why="without them the first key frame would be lost",
    ),
    Rule(
        name="stale-sessions",
        quirk="packets of older sessions come on the same connection, on other channels",
        policy="only those on the granted channels are kept",
        why="two pictures in one film would be no evidence",
    ),
    Rule(
        name="odd-cseq",
        quirk="an answer without CSeq, with one that was never asked, or always with the same",
        policy="before PLAY taken for the answer to the request that waits; after it a late one is passed over",
        why="only one request waits at a time, and each is answered once",
    ),
    Rule(
        name="keepalive-falls-back",
        quirk="GET_PARAMETER is refused or never answered",
        policy="OPTIONS is sent instead, then RTCP receiver reports",
        why="cameras end sessions that nobody keeps alive, and each knows another way",
    ),
    Rule(
        name="udp-on-461",
        quirk="461 to RTP inside the connection, or a granted UDP transport that nobody asked for",
        policy="SETUP is repeated with UDP ports; else UDP is used only where the camera's entry says so",
        why="TCP loses nothing on the way",
    ),
    Rule(
        name="sound-refused",
        quirk="SETUP of the sound track is refused",
        policy="the picture is recorded without sound",
        why="sound never costs the picture",
    ),
    Rule(
        name="redirect",
        quirk="301, 302, 303, 305 or 307 with a Location",
        policy="followed at most 5 times, never in a circle; credentials go to the same host only",
        why="a camera must not be able to send the recorder, or a password, where it likes",
    ),
    Rule(
        name="camera-asks",
        quirk="the camera sends requests of its own",
        policy="refused politely with 501",
        why="an unanswered request makes some cameras hang up",
    ),
    Rule(
        name="session-timeout",
        quirk="a session time-out that is missing, 0 or odd",
        policy="60 s are assumed; the newest one told counts",
        why="RFC 2326 says so",
    ),
)
