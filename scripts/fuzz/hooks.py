"""What schemathesis does not know of the ledger: who calls, which things there are, and what a refusal is."""

import atexit
import json
import os
import random
import re
from collections import Counter
from datetime import datetime
from itertools import count
from pathlib import Path

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import REQUEST_SHAPE_PROBES, CoverageScenario, coverage_scenario
from schemathesis.openapi.checks import RejectedPositiveData

from keys import OWNERS, sign
from world import NEWCOMERS, PASSWORD, Api, Session, address, moment, safe_state

RUN = Path(os.environ["BOUNTY_LEDGER_FUZZ_RUN"])
KNOWN = json.loads((RUN / "known.json").read_text())
API = Api(KNOWN["url"])
CHANCE = random.Random(KNOWN["seed"])
NUMBERS = count(1)
# The largest body that the ledger reads.
LARGEST_BODY = 64 * 1024


def name_of(case):
    return case.operation.definition.raw["operationId"]


# --- who calls -------------------------------------------------------------------------------------------------

if KNOWN["cookie"]:

    @schemathesis.auth(refresh_interval=300)
    class Token:
        """The caller's access token: it ends after 10 minutes, and is renewed before."""

        def __init__(self):
            self._session = Session(API, KNOWN["cookie"])

        def get(self, case, context):
            self._session.renew()
            return self._session.token

        def set(self, case, token, context):
            case.headers["Authorization"] = f"Bearer {token}"


# --- what there is ---------------------------------------------------------------------------------------------

# Times as the document describes them: JSON Schema has no word for a range of years.
TIMES = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(9998, 12, 31))
OFFSETS = st.sampled_from(["Z", "+00:00", "-11:30", "+14:00"])
schemathesis.openapi.format("date-time", st.builds(lambda at, offset: at.isoformat() + offset, TIMES, OFFSETS))


def number_of(*states, owner=None):
    """The number of a claim: in one of these states, of this member."""
    claims = [claim for claim in KNOWN["claims"] if not states or claim["state"] in states]
    return CHANCE.choice([claim for claim in claims if owner in (None, claim["member"])] or claims)["number"]


# What somebody does with a claim of their own, and in which states.
OWN = {
    "revise_submission": ["submitted", "needs_changes"],
    "accept_offer": ["needs_changes"],
    "withdraw_submission": ["submitted", "agreed"],
    "appeal_rejection": ["rejected"],
    "reopen_submission": ["approved"],
}


def claim_for(operation):
    """The number of a claim that is likely to be right for an operation."""
    if operation == "cast_vote":
        return number_of("submitted")
    own, spare = KNOWN["members"].get(KNOWN["caller"]), KNOWN["members"]["spare"]
    if operation in OWN:
        return number_of(*OWN[operation], owner=own)
    if operation == "call_alternate":
        return number_of("submitted")
    if operation == "check_sample":
        return 10
    if operation in ("hold_submission", "challenge_submission"):
        return number_of("approved")
    if operation == "release_submission":
        return number_of("approved", owner=spare)
    if operation == "reverse_submission":
        return number_of("approved", owner=KNOWN["members"]["contributor"])
    return number_of()


def event_for(operation):
    """The number of an event that is likely to be right for an operation."""
    if operation == "withdraw_transfer":
        # One after another, and outflows before others: no batch is proposed as long as there is one.
        events = RECORDED or KNOWN["spares"]
        events.append(events.pop(0))
        return events[-1]
    right = {"classify_inflow": KNOWN["inflows"], "settle_outflow": OUTFLOWS[1::2]}
    return CHANCE.choice(right.get(operation) or [KNOWN["funding"], CHANCE.randint(0, 40)])


def member_for(operation):
    """Nobody who calls, since whoever lost their roles would only be refused from then on; but slots are one's own."""
    owns = operation == "release_slot" and KNOWN["caller"] not in (None, "lead")
    return KNOWN["members"][KNOWN["caller"] if owns else "spare"]


# The events of outflows, and those that this run recorded.
OUTFLOWS, RECORDED = KNOWN["outflows"], []
# The hash of each batch that was there at the beginning.
HASHES = dict(enumerate(KNOWN["hashes"], 1))
DIGESTS = {claim["number"]: claim["digest"] for claim in KNOWN["claims"]}
# The refresh token of somebody who does nothing else; it changes at each use.
SPARE = [KNOWN["spare"]] if KNOWN["spare"] else []
# What can be done with which batch; world.py says what stands where.
BATCHES = {
    "adopt_transaction": [2],
    "attest_execution": [3],
    "get_exec_transaction": [4],
    "propose_rejection": [4],
    "pull_confirmations": [4],
    "record_signature": [5],
    "share_batch": [4, 5],
}
PARTS = {
    "slug": lambda operation: KNOWN["door" if operation in ("join", "leave") else "slug"],
    "submission": claim_for,
    # Of the first somebody has taken a slot; it is left open.
    "bounty": lambda operation: {"release_slot": 1, "close_bounty": 2}.get(operation) or CHANCE.choice([1, 2]),
    "invite": lambda _: CHANCE.choice(KNOWN["invites"]),
    "batch": lambda operation: CHANCE.choice(BATCHES.get(operation) or list(HASHES)),
    # The third batch's.
    "nonce": lambda _: 9,
    # Outflows are settled by their own operation, too: every other one is left to it.
    "finding": lambda _: CHANCE.choice(OUTFLOWS[::2] or KNOWN["inflows"]),
    "digest": lambda _: CHANCE.choice(KNOWN["documents"]),
    "period": lambda operation: 2 if operation == "close_period" else 1,
    "event": event_for,
    "member": member_for,
}
QUERIES = {
    "program": lambda: KNOWN["slug"],
    "period": lambda: 1,
    "member": lambda: KNOWN["members"]["contributor"],
    "bounty": lambda: 1,
    "category": lambda: "bounties",
    "account": lambda: "1/bounties/available",
    "as_of": lambda: CHANCE.choice(["3", moment(0)]),
}


def claim(body):
    """A claim that could be filed, with the texts of the one that was made up."""
    mine = KNOWN["caller"] or "contributor"
    real = {
        "amount": CHANCE.choice(["1", "0.5", "2.000000000000000001"]),
        "payee": KNOWN["payees"][mine],
        "evidence": [{"url": f"https://example.org/{next(NUMBERS)}", "captured_at": moment(0)}],
        "captures": [],
    }
    if "kind" in body:
        kind = CHANCE.choice(["bounty", "expense", "retro", "lead"])
        real |= {"kind": kind, "bounty": None, "period": 1, "category": "bounties", "function": "co-host"}
        if kind == "bounty":
            real["bounty"] = 1
    else:
        real |= {"period": None, "function": "co-host", "share": CHANCE.choice([None, 50])}
    return body | real


def vote(body):
    ground = {"ground": "duplicate" if body.get("choice") == "reject" else None}
    return body | ground | {"ordinal": 1, "offer": None, "salt": None, "signature": None, "signer": None}


def batch(_):
    # Of the third nothing is awaited.
    return {"submissions": [CHANCE.choice([3, number_of("approved")])], "evidence_up": True}


def bounty(body):
    real = {"period": 1, "category": "marketing", "reward": "0.01", "slots": 1}
    return body | real | {"opens_at": moment(-1), "closes_at": moment(1)}


def period(body):
    start = next(NUMBERS) * 30
    return body | {"starts_at": moment(start), "ends_at": moment(start + 30), "cap": "675"}


def observation(body):
    return body | safe_state() | {"block": 2000 + next(NUMBERS), "guard": None, "corrects": None}


def program(_):
    """The pilot, of another name and for another Safe."""
    file = json.loads(json.dumps(KNOWN["file"]))
    number = next(NUMBERS)
    file |= {"slug": f"{KNOWN['slug']}-{number}", "safe": address(CHANCE.getrandbits(160))}
    handles = [KNOWN["caller"] or "lead", "reviewer-one"]
    file["members"] = [{"handle": handle, "roles": ["lead"]} for handle in dict.fromkeys(handles)]
    return file


def moved(body):
    """LPT that moved: so little that it may happen often."""
    counterpart = {name: None for name in ("sender", "recipient") if name in body}
    return body | counterpart | {"amount": "0.000000000000000001", "tx_hash": f"{CHANCE.getrandbits(256):064x}"}


def explanation(body):
    """What LPT in suspense was: nothing that a claim asks for."""
    return body | {"submission": None}


def adoption(_):
    """What a wallet shows of the second batch, which lost its nonce, with one that the wallet chose."""
    return KNOWN["shown"] | {"nonce": CHANCE.randint(20, 30)}


def signature(hashed):
    return {"signature": sign(CHANCE.choice(OWNERS), hashed)}


def share(hashed):
    owner = CHANCE.choice(OWNERS)
    return CHANCE.choice([{}, {"sender": owner, "signature": sign(owner, hashed)}])


# What is made for the hash of a batch.
SIGNED = {"record_signature": signature, "share_batch": share}
BODIES = {
    "adopt_transaction": adoption,
    "classify_inflow": explanation,
    "settle_outflow": explanation,
    "resolve_finding": explanation,
    "record_inflow": moved,
    "record_outflow": moved,
    "consume_nonce": lambda body: body | {"how": CHANCE.choice(["failed", "replaced"])},
    "file_submission": claim,
    "revise_submission": claim,
    "cast_vote": vote,
    "preview_batch": batch,
    "propose_batch": batch,
    "post_bounty": bounty,
    "open_period": period,
    "observe_safe": observation,
    "open_program": program,
    "record_funding": lambda body: body | {"amount": "1", "sender": None},
    "record_address": lambda body: body
    | {"program": KNOWN["slug"], "address": address(CHANCE.getrandbits(160)), "proof": None},
    "allot": lambda body: {"period": 1, "allotments": {"bounties": str(CHANCE.randint(125, 130))}},
    "change_cap": lambda body: body | {"cap": f"750.{next(NUMBERS)}"},
    "change_limits": lambda body: body | {"cap": f"{CHANCE.randint(100_000, 200_000)}", "categories": []},
    "move_allotment": lambda body: body
    | {"period": 1, "from": "bounties", "to": "marketing", "amount": "0.000000000000000001"},
    "address_typed_data": lambda body: body | {"program": KNOWN["slug"], "address": address(CHANCE.getrandbits(160))},
    "accept_offer": lambda _: {"amount": "5"},
    "call_alternate": lambda _: {"member": KNOWN["members"]["reviewer-alternate"]},
    "declare_conflict": lambda body: body | {"with": KNOWN["members"]["spare"], "stands": True},
    # Of what the first batch paid; little enough for many.
    "record_refund": lambda body: moved(body) | {"submission": 1},
    "join": lambda _: {},
    "link_members": lambda body: body | {"other": KNOWN["members"]["partner"], "linked": CHANCE.random() < 0.8},
    "take_slot": lambda _: {},
    "invite_member": lambda body: body | {"roles": ["contributor"]},
    "register": lambda _: {"handle": f"new-{KNOWN['caller'] or 'none'}-{next(NUMBERS)}", "password": PASSWORD},
    "add_member": lambda body: {"handle": CHANCE.choice(NEWCOMERS), "roles": ["contributor"]},
    "login": lambda body: {"handle": "partner", "password": PASSWORD},
}


def whole(value):
    """To JSON Schema 3.0 is a whole number; the ledger's document says that whole numbers have no fraction."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    return [whole(item) for item in value] if isinstance(value, list) else value


@schemathesis.hook
def map_case(context, case):
    """Puts things that exist where the made-up request is meant to be right, most of the time."""
    meta, operation = case.meta, name_of(case)
    if meta is None:
        return case
    if not meta.is_negative_at(ParameterLocation.HEADER):
        if "Idempotency-Key" in case.headers and CHANCE.random() < 0.9:
            case.headers["Idempotency-Key"] = f"{CHANCE.getrandbits(64):x}"
        if operation == "refresh" and SPARE:
            case.headers["Cookie"] = SPARE[0]
        if case.method == "GET" and CHANCE.random() < (0.5 if meta.generation.mode.is_negative else 0.05):
            # Whatever the caller has, what would be refused is refused.
            case.headers["If-None-Match"] = "*"
    if case.path_parameters and not meta.is_negative_at(ParameterLocation.PATH):
        # Whoever left would only be refused from then on: they leave another program.
        always = operation in ("grant_role", "revoke_role", "leave")
        for name in case.path_parameters:
            if name in PARTS and (always or CHANCE.random() < 0.9):
                case.path_parameters[name] = PARTS[name](operation)
    if case.query and not meta.is_negative_at(ParameterLocation.QUERY):
        for name in case.query:
            if name in QUERIES and CHANCE.random() < 0.7:
                case.query[name] = QUERIES[name]()
            elif name == "cursor" and operation in KNOWN["cursors"] and CHANCE.random() < 0.7:
                case.query[name] = KNOWN["cursors"][operation]
    if isinstance(case.body, dict) and not meta.is_negative_at(ParameterLocation.BODY):
        case.body = whole(case.body)
        # Nothing can be paid or signed of a Safe that was seen as made up.
        if operation in BODIES and (operation == "observe_safe" or CHANCE.random() < 0.7):
            case.body = BODIES[operation](case.body)
            if operation == "cast_vote":
                number = case.path_parameters["submission"]
                case.body["revision"] = DIGESTS.get(number, case.body["revision"])
        hashed = HASHES.get(case.path_parameters.get("batch")) if operation in SIGNED else None
        if hashed and CHANCE.random() < 0.7:
            case.body = SIGNED[operation](hashed)
    return case


# --- what a refusal is -----------------------------------------------------------------------------------------

# Well-formed values that are refused as malformed all the same, because no schema can say what they have to be:
# by field, with words of each such refusal.
CLAIM = {"evidence[].captured_at": ["it lies in the future"], "captures[]": ["no upload of yours with this digest"]}
# What no wallet could have signed is refused before anybody asks who signed it.
SIGNATURE = [
    "the signature is of another statement",
    "the last byte of a signature",
    "the high one of the two possible s",
]
# Which of the fields an owner's agreement needs depends on its form.
AGREEMENT = [
    "it must not be empty",
    "a signature is 65 bytes",
    "this is a compact signature of 64 bytes",
    "signatures in one",
    "this stands for an approved hash",
    "the signature's last byte",
    "the signature's r or s",
    "the high one of the two possible s",
    "no owner signed this transaction",
]
BEYOND_SCHEMA = {
    "add_member": {"handle": ["nobody registered this handle"]},
    "file_submission": CLAIM,
    "revise_submission": CLAIM,
    "observe_safe": {"singleton": ["no known Safe contract", "this is the code of a Safe"]},
    "open_program": {
        "chain_id": ["no LPT token is known"],
        "token": ["this is not LPT"],
        "safe_version": ["no Safe of this version"],
        "members": ["the first member must be yourself", "two members cannot have the same handle"],
    },
    "register": {"password": ["what guessers try first"]},
    "cast_vote": {"signature": SIGNATURE},
    "record_address": {"proof": SIGNATURE},
    "record_signature": {"owner": ["it must not be empty"], "signature": AGREEMENT},
    "share_batch": {"signature": AGREEMENT},
}


def is_beyond_schema(operation, problem):
    """Whether a malformed value had the form that the document asks for."""
    # Only what a list gave is a cursor, and letters of an address are a checksum.
    known = BEYOND_SCHEMA.get(operation, {}) | {"cursor": ["no list of ours gave this cursor"]}

    def is_beyond(field):
        words = [*known.get(re.sub(r"\[\d+\]", "[]", field["field"]), []), "(EIP-55) is wrong"]
        return any(word in field["detail"] for word in words)

    return all(is_beyond(field) for field in problem.get("errors") or [{"field": "", "detail": ""}])


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Rules refuse well-formed requests with 422; a body may be too large before it is anything else."""
    if response.status_code == 413 and isinstance(failure, (AcceptedNegativeData, RejectedPositiveData)):
        return len(response.request.body or b"") <= LARGEST_BODY
    if not isinstance(failure, RejectedPositiveData):
        return True
    if response.status_code == 415:
        # Bytes that are no picture and no PDF.
        return name_of(case) != "upload_capture"
    if response.status_code != 422:
        return True
    problem = response.json()
    return problem["code"] == "malformed" and not is_beyond_schema(name_of(case), problem)


# --- what else must hold ---------------------------------------------------------------------------------------


@schemathesis.check
def problems_are_whole(ctx, response, case):
    """Every failure is a problem (RFC 9457) that says the same as its status, and when to come back."""
    if response.status_code < 400 or response.request.method == "HEAD":
        return
    assert response.headers["content-type"] == ["application/problem+json"], "a failure is a problem"
    problem = response.json()
    assert problem["status"] == response.status_code, "a problem's status is that of the answer"
    assert problem["type"].endswith(f"#{problem['code']}"), "a problem's type is its code's"
    wanted = {401: "www-authenticate", 405: "allow", 429: "retry-after", 503: "retry-after"}.get(response.status_code)
    assert wanted is None or wanted in response.headers, f"{response.status_code} comes with {wanted}"


@schemathesis.check
def methods_are_refused_whoever_asks(ctx, response, case):
    """The built-in check lets 401 and 404 pass for 405; here the path alone decides."""
    if coverage_scenario(case) == CoverageScenario.UNSPECIFIED_HTTP_METHOD and response.request.method != "OPTIONS":
        assert response.status_code == 405, f"{response.request.method} is answered {response.status_code}, not 405"


@schemathesis.check
def created_things_are_there(ctx, response, case):
    """What was created can be read where its answer says."""
    if response.status_code == 201 and "location" in response.headers:
        place = response.headers["location"][0]
        assert requests.get(KNOWN["url"] + place, timeout=60).status_code == 200, f"there is nothing at {place}"


# --- what was seen ---------------------------------------------------------------------------------------------

SEEN = Counter()


@schemathesis.hook
def after_call(context, case, response):
    if SPARE and case.path.endswith("/auth/refresh") and "set-cookie" in response.headers:
        SPARE[0] = response.headers["set-cookie"][0].split(";")[0]
    if name_of(case) == "record_outflow" and response.status_code == 200:
        OUTFLOWS.append(response.json()["seq"])
        RECORDED.append(OUTFLOWS[-1])
    if name_of(case) == "withdraw_transfer" and response.status_code == 200:
        gone = response.json()["transfer"]["seq"]
        RECORDED[:] = [event for event in RECORDED if event != gone]
    code = ""
    if response.status_code >= 400:
        try:
            code = response.json()["code"]
        except (ValueError, KeyError, TypeError):
            code = "?"
    meta = case.meta
    mode = "probe" if coverage_scenario(case) in REQUEST_SHAPE_PROBES else meta.generation.mode.value if meta else "?"
    phase = meta.phase.name.value if meta else "?"
    SEEN[name_of(case), phase, mode, response.status_code, code] += 1


@atexit.register
def report():
    seen = [[*key, number] for key, number in sorted(SEEN.items())]
    (RUN / "seen.json").write_text(json.dumps(seen))
