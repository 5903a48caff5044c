"""Checks an audit bundle of Bounty Ledger with nothing but the standard library of Python (3.8 or later).
It checks what docs/audit.md lists under "The second verifier", and does not know the rules that decided the events:
`bounty-ledger verify` makes every decision and file again. Exit status: 0 nothing was found, 1 findings, 2 unusable."""
import argparse, base64, collections, datetime, functools, hashlib, io, itertools, json, os, pathlib, re, sys, zlib
LINE, EVENTS, NAMES, ACCOUNTS = 1 << 20, 1 << 28, 1 << 24, 1 << 20  # bytes of an event; the most of the others
LIMITS = {"checkpoint": 8 << 20, "keys.json": 8 << 20, "report.csv": 8 << 20, "events.jsonl": (8 << 30) - 1,
          "documents": (8 << 20) + 16, "batches": 64 << 20}  # bytes of one member; in the order of an archive
MEMBER = re.compile(r"checkpoint|keys\.json|report\.csv|events\.jsonl|documents/[0-9a-f]{64}|batches/([1-9][0-9]{0,9})/"
                    r"(?:(transaction-builder\.json)|(typed-data\.json)|(airdrop\.csv)|(annotated\.csv))")
CHECKPOINT = re.compile(r"(bounty-ledger/[0-9a-f]{64})\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n")
KEYS = ["actor", "at", "cause", "data", "kind", "post", "prev", "program", "seq", "v"]
TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{6}Z")
WORD = re.compile("[0-9a-z_/-]{1,64}")  # a kind or an account
NAMED = re.compile(r'"(?:brief|name|note|reason|receipt|texts?|variance)":"([0-9a-f]{64})"')  # no value has a quote
BUCKETS = ["expended", "inflight", "encumbered", "reserved", "available", "lapsed"]
BY_DEBIT = ["authority", "spent", "safe", "suspense_out", "lost"]  # accounts that grow by debits; others by credits
def need(condition, words):
    if not condition:
        raise ValueError(words)  # with an event that makes a finding, elsewhere it is the end
def exactly(stream, size):
    return need(len(data := stream.read(size)) == size, "the bundle ends early: fetch it again") or data
def number(text):
    return need(re.fullmatch("0|[1-9][0-9]{0,38}", text) and int(text) < 1 << 128, "spells a number ill") or int(text)
def lpt(wei):
    return ("-" if wei < 0 else "") + f"{abs(wei) // 10**18}.{abs(wei) % 10**18:018}".rstrip("0").rstrip(".")
class Unpacked(io.RawIOBase):  # a gzip file of one member, with the one header that an export writes, nothing behind
    def __init__(self, file):
        self.file, self.packed, self.zlib = file, file.read(10), zlib.decompressobj(31)
        need(self.packed == b"\x1f\x8b\x08" + bytes(6) + b"\xff", "this is no archive that an export writes")
    readable = lambda self: True
    def readinto(self, buffer):
        data = b""
        while not (data or self.zlib.eof):
            data = self.zlib.decompress(self.packed, len(buffer))
            self.packed = self.zlib.unconsumed_tail or self.zlib.unused_data or self.file.read(1 << 16)
            need(bool(self.packed) != self.zlib.eof, "the archive ends early, or there is something behind its end")
        buffer[:len(data)] = data
        return len(data)
def place(name):  # where a member stands in an archive; documents stand in the order in which events name them
    need(found := MEMBER.fullmatch(name), f"{name!a} has no place in a bundle")
    return list(LIMITS).index(name.split("/")[0]), int(found[1] or 0), found.lastindex or 0
def members(path):  # gives name, size and bytes of every member; whoever takes one reads it to its end
    if os.path.isdir(path):
        found = [it for it in pathlib.Path(path).rglob("*") if it.is_symlink() or not (it.is_dir() and [*it.iterdir()])]
        for name in sorted((entry.relative_to(path).as_posix() for entry in found), key=place):
            need((full := pathlib.Path(path, name)).is_file() and not full.is_symlink(), f"{name} is not a plain file")
            with full.open("rb") as file:
                yield name, full.stat().st_size, file
        return
    with open(path, "rb") as file:
        tar, last = io.BufferedReader(Unpacked(file), 1 << 16), (-1,)
        while any(block := exactly(tar, 512)):
            fields = re.fullmatch(rb"([0-7]{11})\0[0-7]{11}\0([0-7]{6,7})[\0 ]{1,2}0", block[124:157])
            total = sum(block) - sum(block[148:156]) + 8 * ord(" ")
            need(fields and int(fields[2], 8) == total and not any(block[345:]), "an entry is damaged or no plain file")
            name, size = block[:100].rstrip(b"\0").decode("ascii", "replace"), int(fields[1], 8)
            need(place(name) > last or place(name) == last == (4, 0, 0), f"{name} stands twice, or out of order")
            last = place(name)
            yield name, size, tar
            need(not any(exactly(tar, -size % 512)), f"the padding behind {name} is not empty")
        need(not any(exactly(tar, 512)) and not tar.read(1), "there is something behind the archive's end")
class Journal:  # what the events add up to: their tree, the books, and every document that they name
    def __init__(self):
        self.findings, self.count, self.subtrees, self.size, self.next, self.identity = [], 0, [], 0, 0, ""
        self.prev, self.at, self.program, self.unread, self.caps = "0" * 64, "", "", 0, collections.Counter()
        self.kinds, self.gone, self.words, self.spent = collections.Counter(), {}, {}, set()
        self.books, self.postings, self.named, self.slugs, self.periods = {}, 0, {}, {}, {}
    def hold(self, condition, words):
        self.count += not condition
        self.findings += [words] if not condition and self.count <= 1000 else []
    def root(self):  # the RFC 6962 root of the events; `subtrees` are the roots of the complete ones, the largest first
        nodes = self.subtrees[::-1] or [hashlib.sha256(b"").digest()]
        return functools.reduce(lambda node, left: hashlib.sha256(b"\1" + left + node).digest(), nodes)
    def take(self, line):
        body, here, self.next = line.rstrip(b"\r\n"), self.next, self.next + 1
        need(len(body) <= LINE and self.size < EVENTS, f"event {here} has more than {LINE} bytes, or is one too many")
        need(len(self.books) + len(self.kinds) + self.count + len(self.periods) * len(self.slugs) <= ACCOUNTS
             and max(map(len, [self.named, self.spent, self.words])) <= NAMES, "there are too many rows or names")
        self.hold(body + b"\n" == line, f"event {here}: its line does not end in LF alone (CR LF is not LF)")
        try:
            self.check(here, body)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            need(not re.search(rb'[{,]"v":"(?!1")[ -~]*"', body), f"event {here} is of other rules than version 1")
            self.unread += 1
            need(self.unread <= 1000, "more than 1000 lines are no events: this is no journal. Fetch the bundle again")
            self.hold(False, f"event {here}: {error if type(error) is ValueError else 'has not the shape of an event'}")
        node, size = hashlib.sha256(b"\0" + body).digest(), self.size
        self.prev, self.identity, self.size = node.hex(), self.identity or node.hex(), size + 1
        while size & 1:
            node, size = hashlib.sha256(b"\1" + self.subtrees.pop() + node).digest(), size >> 1
        self.subtrees.append(node)
    def check(self, here, body):  # checks an event as far as that goes without the rules, and adds up what it says
        plain = body.isascii() and body.decode().isprintable() and not re.sub(rb'"[^"\\]*"|[]{}:,[]', b"", body)
        need(plain, "holds something else than strings, arrays and objects in plain ASCII")
        again = json.dumps(event := json.loads(body), sort_keys=True, separators=(",", ":")).encode()
        need(again == body and [*event] == KEYS and event["v"] == "1", "is spelled otherwise than its canonical bytes")
        need(TIME.fullmatch(at := event["at"]) and datetime.datetime.fromisoformat(at[:-1]), "spells its time ill")
        need(all(map(WORD.fullmatch, [kind := event["kind"], *(it[0] for it in event["post"])])), "names no such thing")
        self.next, self.program = (seq := number(event["seq"])) + 1, self.program or event["program"]
        self.hold(seq == here, f"event {here}: event {seq} stands in its place")
        self.hold(event["prev"] == self.prev, f"event {here}: the event before it is not the one that it names")
        self.hold(at >= self.at, f"event {here}: is earlier than the event before")
        self.hold(event["program"] == self.program, f"event {here}: belongs to another program")
        self.at, self.kinds[kind], self.postings = at, self.kinds[kind] + 1, self.postings + len(event["post"])
        self.hold(self.spent.isdisjoint(event["cause"][:1]), f"event {here}: spends a key that was spent before")
        self.spent.update(event["cause"][:1])
        asked, outcome, post = event["data"]["asked"], event["data"].get("outcome", {}), event["post"]
        self.slugs.update((category["slug"], 0) for category in asked.get("categories", []))
        for period in {"period_opened": [outcome.get("period")], "period_closed": [asked.get("period")]}.get(kind, []):
            self.periods[period] = self.slugs if kind == "period_opened" else [*self.slugs]
        actor = number(outcome["member"] if kind == "member_joined" else event["actor"].replace("system", "0"))
        first = (here, actor, number(outcome.get("submission", asked.get("submission", "0"))))
        for digest in NAMED.findall(body.decode()) + asked.get("captures", []):
            self.named.setdefault(bytes.fromhex(digest)[:32], first)  # whose it is, and about which claim
        if kind == "document_erased":
            named = self.named.get(document := bytes.fromhex(asked["document"])[:32], (here, -1, -1))
            right = named[1:] == (number(asked["author"]), first[2])
            self.hold(right, f"event {here}: documents/{document.hex()} is of another author or claim than it says")
            self.gone.update({document: here} if outcome["verdict"] == "done" else {})
        if "verdict" in outcome and "vote" not in kind:  # two members say the same, unless nobody is owed
            same = hashlib.sha256(json.dumps([kind, {**asked, "reason": ""}]).encode()).digest()
            before, self.words[same] = self.words.get(same, actor), actor
            alone = kind in ("batch_executed", "nonce_consumed") and ("/encumbered" not in str(post) or not actor)
            right = before != actor or alone if outcome["verdict"] == "done" else not post
            self.hold(right, f"event {here}: nobody else said the same before")
        for debit, credit in itertools.zip_longest(post[::2], post[1::2], fillvalue=[0, 0, 0]):
            need([debit[1], credit[1]] == ["D", "C"] and debit[2] == credit[2] != "0", "posts what does not balance")
            self.hold(kind[-9:] != "_recorded" or debit[2] == asked["amount"], f"event {here}: posts another amount")
            for account, side, amount in (debit, credit):
                wei = number(amount) * (1 if (side == "D") == (account.split("/")[-1] in BY_DEBIT) else -1)
                self.books[account] = self.books.get(account, 0) + wei
                self.caps[account[:-9] + "cap"] += wei * (account.endswith("/authority") and kind != "period_closed")
        for account in sorted({account for account, _, _ in post}):
            self.hold(0 <= self.books[account] < 1 << 128, f"event {here}: takes more from {account} than it holds")
    def compare(self, report):
        rows = collections.defaultdict(collections.Counter)
        for account, wei in [*self.books.items(), *self.caps.items()]:
            place, _, bucket = account.rpartition("/")
            for row in {place, place.split("/")[0]} - {""}:
                rows[row].update({bucket: wei, "final": wei if bucket in BUCKETS else 0})
        head, *lines = [line.strip('"').split('","') for line in report.split("\r\n")]
        found = [dict(zip(head, line)) for line in lines[:-1]]
        places = [f"{cells.get('period')}/{cells.get('category')}".rstrip("/") for cells in found]
        wanted = [f"{period}/{slug}".rstrip("/") for period, slugs in self.periods.items() for slug in [*slugs, ""]]
        self.hold(places == wanted and lines[-1:] == [[""]], "report.csv: its rows are not those wanted, with CR LF")
        for place, cells in zip(places, found):
            for name in [*BUCKETS, "final", *(["cap", "unallotted"] if "/" not in place else [])]:
                wei, said = rows[place][name], [cells.get(name + "_lpt"), cells.get(name + "_wei")]
                self.hold(said == [lpt(wei), str(wei)], f"report.csv: {name} of {place!a} says {said[0]!a} LPT and "
                          f"{said[1]!a} wei, the postings add up to {lpt(wei)} LPT, which is {wei} wei")
        return len(found)
def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", help="a folder or a .tar.gz")  # and copies of checkpoints that lost their line ends
    read = lambda name: CHECKPOINT.fullmatch("\n".join([*open(name, "rb").read(999).decode("latin1").split(), ""]))
    parser.add_argument("--since", metavar="CHECKPOINT", action="append", default=[], type=read, help="one you kept")
    asked, journal, small, roots = parser.parse_args(), Journal(), {}, {0: Journal().root()}
    need(all(asked.since), "what --since names is not the three lines of a checkpoint")
    for name, size, stream in members(asked.bundle):
        kind, _, digest = name.partition("/")
        need(size <= LIMITS[kind], f"{name} has more than {LIMITS[kind]} bytes")
        while name == "events.jsonl" and size > 0:
            need(line := stream.readline(min(size, LINE + 2)), "the bundle ends early")
            journal.take(line)
            size -= len(line)
            roots.update({journal.size: journal.root() for it in asked.since if int(it[2]) == journal.size})
        small[kind] = exactly(stream, size)
        if kind == "documents":
            first, gone = journal.named.get(key := bytes.fromhex(digest)), journal.gone.get(key)
            need(first != (), f"{name} stands twice")
            journal.hold(first, f"{name}: no event that was read names it")
            journal.hold(gone is None, f"{name}: event {gone} erased it, and it is still there")
            journal.hold(hashlib.sha256(small[kind]).hexdigest() == digest, f"{name}: does not hash to its name")
            journal.named.update({key: ()} if first else {})
    root, hold, named = need(journal.size, "there are no events in it") or journal.root(), journal.hold, journal.named
    made = f"bounty-ledger/{journal.identity}\n{journal.size}\n{base64.b64encode(root).decode()}\n"
    [hold(name in small, f"{name}: is missing; fetch the bundle again") for name in list(LIMITS)[:3]]
    hold(small.get("checkpoint", made.encode()) == made.encode(), f"checkpoint: the events make another one: {made!a}")
    for it in asked.since:
        words = it[1] != made.split()[0] and "another program" or int(it[2]) > journal.size and f"{it[2]} events"
        words = words or roots[int(it[2])] != base64.b64decode(it[3]) and "another history: this one was rewritten"
        hold(not words, f"events.jsonl: the checkpoint that you kept is of {words}")
    for digest in [digest for digest, first in named.items() if first and digest not in journal.gone]:
        hold(False, f"event {named[digest][0]}: names documents/{digest.hex()}, which is missing")
    rows = journal.compare(small["report.csv"].decode("ascii", "replace")) if "report.csv" in small else 0
    print(f"{made.split()[0]}\nchecked\n  {journal.size} events, the last of {journal.at}")
    print(f"  root {made.split()[2]} ({root.hex()})\n  kept checkpoints: {len(asked.since)}")
    print("  by kind:", ", ".join(f"{count} {kind}" for kind, count in sorted(journal.kinds.items())))
    print(f"  {[*named.values()].count(())} of {len(named)} documents, {len(journal.gone)} erased")
    print(f"  {rows} rows of report.csv\n  {journal.postings} postings:")
    print(*(f"    {account:40} {lpt(wei):>24} LPT" for account, wei in sorted(journal.books.items())), sep="\n")
    print("not checked\n  the rules, what receipts show, batches and their files, keys.json, who voted or signed;")
    print("  report.csv: row, floor, ceiling, original, amended, floor_shortfall, excess, used_permille")
    print(f"findings: {journal.count}" if journal.count else "nothing wrong was found", *journal.findings, sep="\n  ")
    return 1 if journal.count else 0
try:
    sys.exit(main())
except (ValueError, OSError, EOFError, zlib.error, MemoryError) as error:
    words = getattr(error, "strerror", None) and f"{error.filename}: {error.strerror}" or str(error)
    sys.exit(print(f"this cannot be used: {words!a}", file=sys.stderr) or 2)
