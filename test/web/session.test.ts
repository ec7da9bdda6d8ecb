import { expect } from "chai";
import { Wallet } from "ethers";
import { signingDomain } from "../../protocol/typed-data.ts";
import { grantSession, recallSession, retireSession } from "../../web/account/session.ts";
import { bytes, slot } from "../support/labeler.ts";

describe("the session of a browser", () => {
  const wallet = new Wallet(bytes("44"));
  const validator = wallet.address.toLowerCase();
  const domain = signingDomain(slot.chainId, slot.tasks);
  const kept = new Map<string, string>();
  const own = Object.getOwnPropertyDescriptor(globalThis, "localStorage");

  beforeEach(() => {
    kept.clear();
    const value = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, text: string) => void kept.set(name, text),
    };
    Object.defineProperty(globalThis, "localStorage", { configurable: true, value });
  });
  after(() => {
    if (own === undefined) Reflect.deleteProperty(globalThis, "localStorage");
    else Object.defineProperty(globalThis, "localStorage", own);
  });

  it("is of no use once retired, but the secret it sealed with stays", async () => {
    await grantSession(wallet, domain, validator, 1_000);
    const first = recallSession(domain, validator);
    expect(first?.expiresAt).to.be.greaterThan(1_000);
    retireSession(domain, validator);
    const retired = recallSession(domain, validator);
    expect(retired).to.deep.equal({ ...first, expiresAt: 0 });

    await grantSession(wallet, domain, validator, 2_000);
    const second = recallSession(domain, validator);
    expect(second?.key).to.not.equal(first?.key);
    expect(second?.master).to.equal(first?.master);
  });

  it("is not made up where there was none", () => {
    retireSession(domain, validator);
    expect(recallSession(domain, validator)).to.equal(undefined);
  });
});
