import { expect } from "chai";
import { findCommitFault, findIntakeFault } from "../../protocol/session.ts";

describe("a session", () => {
  const session = { authorizedAt: 10n, expiresAt: 200n, revokedAt: 0n };
  const terms = { closesAt: 100n, commitEndsAt: 150n };

  it("signs for a commit while it is unrevoked and was unexpired when judging closed", () => {
    expect(findCommitFault(session, 100n, 50n)).to.equal(undefined);
    expect(findCommitFault({ ...session, expiresAt: 101n }, 100n, 149n)).to.equal(undefined);
    expect(findCommitFault({ ...session, expiresAt: 100n }, 100n, 149n)).to.equal(
      "session-expired",
    );
    expect(findCommitFault({ ...session, expiresAt: 50n }, 100n, 50n)).to.equal("session-expired");
    expect(findCommitFault({ ...session, revokedAt: 20n }, 100n, 50n)).to.equal("session-revoked");
    expect(findCommitFault({ ...session, authorizedAt: 0n }, 100n, 50n)).to.equal(
      "session-unknown",
    );
  });

  it("gets work only if it lasts until commits end", () => {
    expect(findIntakeFault(session, terms, 50n)).to.equal(undefined);
    expect(findIntakeFault({ ...session, expiresAt: 150n }, terms, 50n)).to.equal(undefined);
    expect(findIntakeFault({ ...session, expiresAt: 149n }, terms, 50n)).to.equal(
      "session-too-short",
    );
    expect(findIntakeFault({ ...session, revokedAt: 1n }, terms, 50n)).to.equal("session-revoked");
  });
});
