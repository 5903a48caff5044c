"""A month of the pilot, made through the API: real things for made-up requests to meet.

Everybody is registered once; each role gets a program of its own, so that what one role breaks no other misses.
"""

import base64
import copy
import hmac
import http.client
import json
import secrets
import time
import tomllib
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from keys import OWNERS, sign

PASSWORD = "seventeen green otters"
PILOT = Path(__file__).parents[2] / "docs/examples/degen-pilot.toml"
# The roles that requests are made with, and who has each.
CALLERS = {
    "none": None,
    "contributor": "contributor",
    "auditor": "auditor",
    "reviewer": "reviewer-one",
    "treasurer": "treasurer",
    "lead": "lead",
}
CONTRIBUTORS = ["contributor", "partner", "spare"]
NEWCOMERS = ["newcomer-one", "newcomer-two", "newcomer-three", "newcomer-four"]
SINGLETON = "0x41675C099F32341bf84BFc5382aF534df5C7461a"


def forwarded():
    # Made-up requests are repeatable, and so is all chance around them: this must not be.
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


class Refused(Exception):
    """The ledger refused what the world is made of."""


class Api:
    """The API of one server."""

    def __init__(self, url):
        self.url = url
        self._place = urlsplit(url).netloc
        self._keys = count(1)

    def call(self, method, path, body=None, token=None, headers=()):
        """Calls, and gives the JSON of a success with the cookies that came along."""
        number = next(self._keys)
        sent = {"content-type": "application/json", "idempotency-key": f"world-{number}", **dict(headers)}
        # Each from an address of its own: who signs in too often from one has to wait.
        sent["x-forwarded-for"] = forwarded()
        if token:
            sent["authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection(self._place, timeout=60)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, f"/api/v1{path}", text, sent)
            answer = connection.getresponse()
            got = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 300:
            raise Refused(f"{method} {path}: {answer.status} {got}")
        return (json.loads(got) if got else None), answer.headers.get("set-cookie")

    def get(self, path):
        return self.call("GET", path)[0]


def code_of(secret):
    """What an authenticator app shows now of a secret in Base32 (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), (int(time.time()) // 30).to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at:at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


class Session:
    """Somebody who signed in, and stays so: an access token ends after 10 minutes."""

    def __init__(self, api, cookie, token=None):
        self._api, self.cookie, self.token = api, cookie, token

    @classmethod
    def begin(cls, api, handle):
        view, cookie = api.call("POST", "/auth/login", {"handle": handle, "password": PASSWORD})
        return cls(api, cookie.split(";")[0], view["access_token"])

    def renew(self):
        """Exchanges the refresh token: no limit of sign-ins counts that."""
        view, cookie = self._api.call("POST", "/auth/refresh", headers=[("cookie", self.cookie)])
        self.cookie, self.token = cookie.split(";")[0], view["access_token"]

    def post(self, path, body):
        return self._api.call("POST", path, body, self.token)[0]

    def prove(self, secret):
        """Shows anew who asks; a code that was used before is good no more, so it may take until the next one."""
        for _ in range(3):
            body = {"password": PASSWORD, "code": secret and code_of(secret)}
            try:
                self.token = self.post("/auth/prove", body)["access_token"]
                return
            except Refused as refused:
                if "wrong_code" not in str(refused):
                    raise
                time.sleep(30 - time.time() % 30)
        raise Refused("no code is good")

    def set_second_factor(self):
        """Who leads or pays writes only once they have shown a code; gives the secret, for later proofs."""
        secret = self.post("/me/second-factor", {})["secret"]
        self.post("/me/second-factor/confirm", {"code": code_of(secret)})
        return secret


def address(number):
    return f"0x{number:040x}"


def moment(days):
    """So many days from now."""
    return (datetime.now(timezone.utc) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def transaction(digits):
    """The hash of a transaction: these digits again and again."""
    return "0x" + digits * (64 // len(digits))


def safe_state(nonce=10):
    """The Safe once it has consumed the nonces 7, 8 and 9."""
    return {"nonce": nonce, "owners": OWNERS, "threshold": 2, "singleton": SINGLETON, "modules": [], "balance": "750"}


class World:
    """The people of one server, and a program for each role."""

    def __init__(self, url, service):
        self.api, self.service = Api(url), service
        with PILOT.open("rb") as file:
            self._pilot = tomllib.load(file)
        members = [member["handle"] for member in self._pilot["members"]]
        for handle in members + CONTRIBUTORS + NEWCOMERS:
            self.api.call("POST", "/auth/register", {"handle": handle, "password": PASSWORD})
        self.people = {handle: Session.begin(self.api, handle) for handle in members + CONTRIBUTORS}
        self.factors = {handle: self.people[handle].set_second_factor() for handle in ("lead", "treasurer")}
        self._programs = count(1)

    def link(self, slug):
        """The secret of a link that lets a contributor in again."""
        member = next(row["number"] for row in self.api.get(f"/programs/{slug}/members")["items"] if row["handle"] == "partner")
        return self.people["lead"].post(f"/programs/{slug}/members/{member}/sign-in-link", {})["secret"]

    def file(self, slug):
        """The pilot as it stands in the repository, held now, and with nothing to wait for."""
        file = copy.deepcopy(self._pilot)
        number = next(self._programs)
        # There is room for periods to come, and for many claims.
        file.update(slug=slug, safe=address(0x5AFE0000 + number), cap="1000000")
        file["policy"]["open_claims"] = 10_000
        file["members"] += [{"handle": handle, "roles": ["contributor"]} for handle in CONTRIBUTORS]
        file["period"].update(starts_at=moment(-10), ends_at=moment(20))
        file["policy"].update(address_changed_hours=0, address_unproven_hours=0, alternate_hours=0, lead_pay_hours=0)
        file["policy"].update(sample_at_least=1, sample_one_in=0)
        for lane in file["policy"]["lanes"].values():
            lane["objection_hours"] = 0
        return file

    def program(self, role):
        """Opens a program for a role and brings claims into every state; gives what is known of it."""
        slug = f"fuzz-{role}"
        file = self.file(slug)
        self.people["lead"].post("/programs", file)
        # Another one, which everybody may join.
        door = self.file(f"{slug}-door")
        door["members"] = door["members"][:1]
        door["policy"]["open_joining"] = True
        self.people["lead"].post("/programs", door)
        return Program(self, slug, file).play(role)


class Program:
    """One program being played."""

    def __init__(self, world, slug, file):
        self._world, self._slug, self._file = world, slug, file
        self._path = f"/programs/{slug}"
        handles = [member["handle"] for member in file["members"]]
        self._members = {handle: number for number, handle in enumerate(handles, 1)}
        self._links = count(1)
        self._inflows, self._outflows, self._spares = [], [], []

    def _post(self, handle, path, body):
        return self._world.people[handle].post(f"{self._path}{path}", body)

    def _payee(self, handle):
        return address(0xADD7E55 + self._members[handle])

    def claim(self, handle, amount, **more):
        """What a claim of somebody says."""
        link = f"https://x.com/livepeer/status/{1_800_000_000_000 + next(self._links)}"
        return {
            "kind": "expense", "period": 1, "category": "operations", "function": "host", "channel": "x",
            "title": "Microphones", "summary": "Two of them.", "promoted": False, "amount": amount,
            "payee": self._payee(handle), "evidence": [{"url": link, "captured_at": moment(-1)}],
        } | more

    def _file_claim(self, handle, amount, **more):
        filed = self._post(handle, "/submissions", self.claim(handle, amount, **more))
        return filed["submission"]["number"]

    def _vote(self, number, choice, *reviewers):
        for reviewer in reviewers:
            digest = self._world.api.get(f"{self._path}/submissions/{number}")["digest"]
            vote = {"choice": choice, "revision": digest, "ordinal": 1, "reason": "As it was read."}
            vote |= {"reject": {"ground": "duplicate"}, "needs_changes": {"offer": "5"}}.get(choice, {})
            self._post(reviewer, f"/submissions/{number}/votes", vote)

    def play(self, role):
        self._money()
        self._bounties()
        for handle in ["lead", "reviewer-one", "treasurer", *CONTRIBUTORS]:
            new = {"program": self._slug, "address": self._payee(handle)}
            self._world.people[handle].post("/me/addresses", new)
        self._claims()
        self._batches()
        self._chain()
        self._signatures()
        if role != "treasurer":
            # Only treasurers propose and adopt, which these would forbid them. They record some themselves.
            self._outflow()
        return self._known()

    def _money(self):
        self._post("treasurer", "/safe/observations", safe_state(7) | {"block": 1000, "block_hash": transaction("b1")})
        self._post("treasurer", "/funding", {"amount": "750", "tx_hash": transaction("f1"), "log_index": 0})
        # Nobody needs this one.
        spare = self._post("treasurer", "/funding", {"amount": "1", "tx_hash": transaction("f2"), "log_index": 0})
        self._spare = spare["seq"]
        # A period that is over, and can be closed.
        over = {"kind": "month", "starts_at": moment(-60), "ends_at": moment(-30), "cap": "675"}
        self._post("lead", "/periods", over)
        invites = [self._post("lead", "/invites", {"roles": ["auditor"]}) for _ in range(5)]
        self._invites = [made["invite"]["invite"] for made in invites]

    def _bounties(self):
        for category, function, reward, slots in [("bounties", "co-host", "8", 4), ("marketing", "graphic", "7", 3)]:
            self._post("lead", "/bounties", {
                "period": 1, "category": category, "function": function, "title": "Help", "brief": "As agreed.",
                "reward": reward, "slots": slots, "opens_at": moment(-10), "closes_at": moment(20),
            })
        self._post("lead", "/bounties/1/slots", {"member": self._members["spare"]})

    def _claims(self):
        both, other = ("reviewer-one", "reviewer-two"), ("reviewer-two", "reviewer-alternate")
        co_host = {"kind": "bounty", "bounty": 1, "category": "bounties", "function": "co-host"}
        graphic = {"kind": "bounty", "bounty": 2, "category": "marketing", "function": "graphic"}
        self._vote(self._file_claim("contributor", "6", **co_host), "approve", *both)
        self._vote(self._file_claim("contributor", "7", **graphic), "approve", *both)
        self._vote(self._file_claim("contributor", "20"), "approve", *both)
        # The reviewers agree, and the budget cannot carry it.
        self._vote(self._file_claim("contributor", "20"), "approve", *both)
        self._vote(self._file_claim("contributor", "6", **co_host), "needs_changes", "reviewer-one")
        self._vote(self._file_claim("contributor", "6", **graphic), "reject", *both)
        self._vote(self._file_claim("partner", "7", **co_host), "approve", "reviewer-two")
        self._file_claim("partner", "12", kind="retro", category="marketing")
        self._file_claim("contributor", "9", kind="retro", category="bounties")
        # The first waits for a second look.
        for _ in range(2):
            self._vote(self._file_claim("partner", "4", category="bounties"), "approve", "reviewer-two")
        second = self._file_claim("spare", "7", **graphic)
        self._post("lead", f"/submissions/{second}/alternates", {"member": self._members["reviewer-alternate"]})
        self._vote(second, "approve", *other)
        for _ in range(8):
            self._file_claim("spare", "1", category="bounties")
        self._post("treasurer", f"/submissions/{second}/hold", {"reason": "One more look."})
        small = [self._file_claim("contributor", "2", category="bounties") for _ in range(3)]
        for number in small:
            self._vote(number, "approve", "reviewer-two")
        self._lines = [[1], small[:1], [2, 11], small[1:2], small[2:]]

    def _batches(self):
        """One batch on each nonce from 7 to 11: what became of the first two is settled, the third waits for that, the
        fourth can be carried out, and the fifth has to be signed."""
        for lines in self._lines:
            self._post("treasurer", "/batches", {"submissions": lines, "evidence_up": True})

    def _chain(self):
        """The first batch was executed, and something else in place of the second; LPT came that nobody explained."""
        self._post("treasurer", "/batches/1/execution", {"tx_hash": transaction("e1")})
        self._post("treasurer", "/safe/observations", safe_state() | {"block": 1001, "block_hash": transaction("b2")})
        for handle in ("lead", "treasurer"):
            replaced = {"how": "replaced", "tx_hash": transaction("e2"), "reason": "As the chain shows."}
            self._post(handle, "/nonces/8/consumption", replaced)
        for number in range(12):
            came = {"amount": "0.5", "tx_hash": transaction(f"c{number:x}"), "log_index": 0}
            known = self._post("treasurer", "/inflows", came)
            if number % 2:
                # Nobody says what it was, so that it can be taken back.
                self._spares.append(known["seq"])
            else:
                self._inflows.append(known["seq"])
                self._post("lead", f"/inflows/{known['seq']}/classify", {"reason": "Theirs."})

    def _outflow(self):
        """LPT left that somebody has explained, and nobody else."""
        for number in range(6):
            went = {"amount": "0.25", "tx_hash": transaction(f"d{number}"), "log_index": 0}
            known = self._post("treasurer", "/outflows", went)
            self._outflows.append(known["seq"])
            self._post("reviewer-two", f"/outflows/{known['seq']}/settle", {"reason": "Lost."})

    def _signatures(self):
        """Two owners signed the fourth batch, which was shared; the third one signed it where it was shared."""
        self._hashes = [batch["safe_tx_hash"] for batch in self._world.api.get(f"{self._path}/batches")["items"]]
        hashed = self._hashes[3]
        for owner in OWNERS[:2]:
            self._post("contributor", "/batches/4/signatures", {"signature": sign(owner, hashed)})
        self._post("contributor", "/batches/4/service", {})
        self._world.service.confirm(hashed, sign(OWNERS[2], hashed))

    def _known(self):
        """What there is, as the hooks need it."""
        api, path = self._world.api, self._path
        claims = api.get(f"{path}/submissions?limit=200")["items"]
        # What the second batch would have paid is kept for whoever adopts it.
        claims = [claim for claim in claims if [claim["number"]] != self._lines[1]]
        states = {claim["state"] for claim in claims}
        wanted = {"submitted", "needs_changes", "agreed", "approved", "in_batch", "paid", "rejected"}
        if states != wanted:
            raise Refused(f"{path}: claims stand in {sorted(states)}, not in {sorted(wanted)}")
        return {
            "slug": self._slug,
            "file": self._file,
            "members": self._members,
            "funding": self._spare,
            "invites": self._invites,
            "inflows": self._inflows,
            "outflows": self._outflows,
            "spares": self._spares,
            "hashes": self._hashes,
            "shown": api.get(f"{path}/batches/2/typed-data.json")["message"],
            "door": f"{self._slug}-door",
            "payees": {handle: self._payee(handle) for handle in self._members},
            "claims": [{key: claim[key] for key in ("number", "digest", "state", "member")} for claim in claims],
            "documents": self._documents(),
            "cursors": {
                name: api.get(f"{path}/{place}?limit=1")["next_cursor"]
                for name, place in [
                    ("list_submissions", "submissions"), ("list_entries", "ledger/entries"),
                    ("list_accounts", "ledger/accounts"), ("list_members", "members"),
                    ("list_bounties", "bounties"), ("list_batches", "batches"),
                ]
            },
        }

    def _documents(self):
        """Digests of documents that events name."""
        found = []
        for item in self._world.api.get(f"{self._path}/journal?limit=200")["items"]:
            asked = item["event"]["data"].get("asked", {})
            found += [asked[field] for field in ("texts", "brief", "reason", "name") if field in asked]
        return found[:4]
