import { expect } from "chai";
import { Wallet } from "ethers";
import type { SessionListJson } from "../../api/schemas/sessions.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { sessionRequests, signIns } from "../../store/schema/submissions.ts";
import { recoverAddress } from "../../runtime/signatures.ts";
import {
  authorize,
  call,
  entriesOf,
  join,
  keyOf,
  makeBallot,
  openService,
  seatPeople,
  seedTask,
  signInAs,
  signSession,
  siweMessage,
  START,
  submit,
  TOKEN,
} from "./service.ts";
import type { Key, Service } from "./service.ts";

describe("Sessions", () => {
  let service: Service;
  let ann: Key;
  const key = keyOf("session").address;
  beforeEach(async () => {
    service = await openService();
    [ann] = (await seatPeople(service, 1)) as [Key];
  });
  afterEach(() => service.close());

  const handIn = (request: object) =>
    call<SessionListJson>(service, "POST", "/api/sessions", request);

  it("are kept to be relayed, and told as such until they are on chain", async () => {
    const { status, body } = await handIn(signSession(ann, key, START + 100n, 7n));
    expect(status, JSON.stringify(body)).to.equal(202);
    expect(body.sessions).to.deep.equal([
      {
        key,
        state: "relayed",
        expiresAt: Number(START) + 100,
        authorizedAt: null,
        revokedAt: null,
        tx: null,
      },
    ]);
    const [row] = await service.db.select().from(sessionRequests);
    expect(row).to.include({ validator: ann.address, key, nonce: 7n });
    await authorize(service, ann.address, key, { expiresAt: START + 100n });
    const path = `/api/sessions/${ann.address}`;
    expect((await call<SessionListJson>(service, "GET", path)).body.sessions[0]?.state).to.equal(
      "active",
    );
    service.clock.now = START + 100n;
    expect((await call<SessionListJson>(service, "GET", path)).body.sessions[0]?.state).to.equal(
      "expired",
    );
  });

  it("may be handed in again, with a checksummed address too", async () => {
    const request = signSession(ann, key, START + 100n, 7n);
    await handIn(request);
    const checksummed = { ...request, validator: new Wallet(ann.privateKey).address };
    expect((await handIn(checksummed)).status).to.equal(202);
    expect(await service.db.select().from(sessionRequests)).to.have.length(1);
  });

  it("are refused without the wallet's signature", async () => {
    const { status, body } = await handIn({
      ...signSession(keyOf("stranger"), key, START + 100n, 7n),
      validator: ann.address,
    });
    expect([status, body.code]).to.deep.equal([401, "session-signature-invalid"]);
  });
  it("are refused with a nonce used before", async () => {
    await handIn(signSession(ann, key, START + 100n, 7n));
    const { status, body } = await handIn(
      signSession(ann, keyOf("another").address, START + 100n, 7n),
    );
    expect([status, body.code]).to.deep.equal([409, "session-nonce-used"]);
  });
  it("are refused with a key or nonce that is on chain under another", async () => {
    await authorize(service, ann.address, key);
    const { status, body } = await handIn(signSession(ann, key, START + 100n, 987_654n));
    expect([status, body.code]).to.deep.equal([409, "session-nonce-used"]);
  });
  it("are refused once they have ended", async () => {
    const { status, body } = await handIn(signSession(ann, key, START, 7n));
    expect([status, body.code]).to.deep.equal([403, "session-expired"]);
  });
  it("are refused for who never joined", async () => {
    const { status, body } = await handIn(signSession(keyOf("stranger"), key, START + 1n, 7n));
    expect([status, body.code]).to.deep.equal([404, "validator-unknown"]);
  });
  it("are refused for the wallet itself", async () => {
    const { status, body } = await handIn(signSession(ann, ann.address, START + 1n, 7n));
    expect([status, body.code]).to.deep.equal([400, "invalid-input"]);
  });
});

describe("[ERC-1271] A wallet that is a contract", () => {
  let service: Service;
  const wallet = keyOf("contract wallet");
  const owner = keyOf("owner");
  const session = keyOf("session");
  let asked: string[];
  let nodeIsAway: boolean;
  beforeEach(async () => {
    asked = [];
    nodeIsAway = false;
    service = await openService({
      approves: async (account, digest, signature) => {
        asked.push(account);
        if (nodeIsAway) throw new ScrutineerError("chain-unreachable", "no answer");
        return account === wallet.address && recoverAddress(digest, signature) === owner.address;
      },
    });
    await seatPeople(service, 2);
    await join(service.db, wallet.address, "Human", 1_000n * TOKEN);
  });
  afterEach(() => service.close());

  const giveNonce = async () =>
    (await call<{ nonce: string }>(service, "POST", "/api/sign-in/nonce", {})).body.nonce;
  const send = (message: string, signature: string) =>
    call<{ address: string }>(service, "POST", "/api/sign-in", { message, signature });
  const signIn = async (by: Key) => {
    const message = siweMessage(service, wallet, await giveNonce());
    return send(message, await new Wallet(by.privateKey).signMessage(message));
  };
  const handIn = (by: Key) =>
    call<SessionListJson>(service, "POST", "/api/sessions", {
      ...signSession(wallet, session.address, START + 20_000n, 7n, by),
    });

  it("signs in by what it stands by, and by nothing else", async () => {
    const { status, body } = await signIn(owner);
    expect([status, body.address]).to.deep.equal([200, wallet.address]);
    const refused = await signIn(keyOf("stranger"));
    expect([refused.status, refused.body.code]).to.deep.equal([401, "sign-in-invalid"]);
  });

  it("is told that the chain does not answer, not that its signature is wrong", async () => {
    nodeIsAway = true;
    const { status, body } = await signIn(owner);
    expect([status, body.code]).to.deep.equal([503, "chain-unreachable"]);
  });

  it("is asked about messages for here and now alone, whatever the signature looks like", async () => {
    const hour = (hours: number) => new Date((Number(START) + 3_600 * hours) * 1000).toISOString();
    const printed: unknown[] = [];
    const print = console.error;
    console.error = (...words: unknown[]) => printed.push(words);
    try {
      const messages = [
        siweMessage(service, wallet, await giveNonce(), { domain: "evil.example" }),
        siweMessage(service, wallet, await giveNonce(), { chainId: 1 }),
        siweMessage(service, wallet, await giveNonce(), { expirationTime: hour(0) }),
        siweMessage(service, wallet, await giveNonce(), { notBefore: hour(1) }),
        siweMessage(service, wallet, "0123456789abcdef"),
      ];
      for (const message of messages) {
        for (const signature of [`0x${"00".repeat(65)}`, "0x1234"]) {
          expect((await send(message, signature)).status).to.equal(401);
        }
      }
      expect(asked).to.deep.equal([]);
      const range = { notBefore: hour(0), expirationTime: hour(1) };
      const good = siweMessage(service, wallet, await giveNonce(), range);
      expect((await send(good, "0x1234")).body.code).to.equal("sign-in-invalid");
      expect(asked).to.deep.equal([wallet.address]);
      expect((await send(good, "0x1234")).body.code).to.equal("sign-in-nonce-unknown");
      expect(asked).to.have.length(1);
    } finally {
      console.error = print;
    }
    expect(printed).to.deep.equal([]);
  });

  it("lets a session key sign its ballots, which get their receipts", async () => {
    const refused = await handIn(keyOf("stranger"));
    expect([refused.status, refused.body.code]).to.deep.equal([401, "session-signature-invalid"]);
    const { status, body } = await handIn(owner);
    expect([status, body.sessions?.[0]?.state]).to.deep.equal([202, "relayed"]);
    const { taskId } = await seedTask(service);
    const ballot = makeBallot(taskId, wallet, entriesOf([0]), { signer: session });
    const receipted = await submit(service, taskId, ballot);
    expect(receipted.status, JSON.stringify(receipted.body)).to.equal(201);
    // Ballots are signed by keys alone: what the contract would say of them is not asked.
    const own = makeBallot(taskId, wallet, entriesOf([0, 1]), { version: 2, signer: owner });
    expect((await submit(service, taskId, own)).body.code).to.equal("signer-wrong");
  });

  it("is asked only where it has joined", async () => {
    const stranger = keyOf("stranger");
    await call(service, "POST", "/api/sessions", {
      ...signSession(stranger, session.address, START + 20_000n, 7n, owner),
    });
    expect(asked).to.deep.equal([]);
  });
});

describe("Sign-in with Ethereum", () => {
  let service: Service;
  const ann = keyOf("ann");
  beforeEach(async () => {
    service = await openService({ limits: { signInSeconds: 100 } });
  });
  afterEach(() => service.close());

  const nonce = async () =>
    (await call<{ nonce: string }>(service, "POST", "/api/sign-in/nonce", {})).body.nonce;
  const send = async (message: string, by: Key = ann) =>
    call<{ token: string }>(service, "POST", "/api/sign-in", {
      message,
      signature: await new Wallet(by.privateKey).signMessage(message),
    });

  it("gives a token that only its sha-256 is kept of", async () => {
    const { status, body } = await send(siweMessage(service, ann, await nonce()));
    expect(status, JSON.stringify(body)).to.equal(200);
    expect(body).to.include({ address: ann.address, expiresAt: Number(START) + 100 });
    const rows = await service.db.select().from(signIns);
    expect(JSON.stringify(rows.map((row) => row.tokenHash))).not.to.include(body.token);
    expect((await call(service, "GET", "/api/notes", undefined, body.token)).status).to.equal(200);
  });

  it("ends when the token does", async () => {
    const token = await signInAs(service, ann);
    service.clock.now += 100n;
    const { status, body } = await call(service, "GET", "/api/notes", undefined, token);
    expect([status, body.code]).to.deep.equal([401, "token-expired"]);
  });

  const refusals: readonly [
    name: string,
    message: () => Promise<string>,
    code: string,
    by?: Key,
  ][] = [
    ["that is no EIP-4361", async () => "let me in", "sign-in-invalid"],
    [
      "meant for another site",
      async () => siweMessage(service, ann, await nonce(), { domain: "evil.example" }),
      "sign-in-invalid",
    ],
    [
      "for another chain",
      async () => siweMessage(service, ann, await nonce(), { chainId: 1 }),
      "sign-in-invalid",
    ],
    [
      "signed by somebody else",
      async () => siweMessage(service, ann, await nonce()),
      "sign-in-invalid",
      keyOf("somebody else"),
    ],
    [
      "with a nonce of its own",
      async () => siweMessage(service, ann, "0123456789abcdef"),
      "sign-in-nonce-unknown",
    ],
  ];
  for (const [name, message, code, by] of refusals) {
    it(`refuses a message ${name}`, async () => {
      const { status, body } = await send(await message(), by);
      expect([status, body.code]).to.deep.equal([401, code]);
    });
  }

  it("refuses a nonce used twice, or too late", async () => {
    const message = siweMessage(service, ann, await nonce());
    await send(message);
    expect((await send(message)).body.code).to.equal("sign-in-nonce-unknown");
    const late = await nonce();
    service.clock.now += 600n;
    expect((await send(siweMessage(service, ann, late))).body.code).to.equal(
      "sign-in-nonce-unknown",
    );
  });
});
