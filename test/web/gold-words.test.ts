import { expect } from "chai";
import { goldWords } from "../../web/tasks/gold-words.ts";
import type { Task } from "../../web/data/schemas.ts";

const words = (gold: Task["gold"], now?: number): string | undefined =>
  goldWords({ gold, terms: { commitEndsAt: 100n, revealEndsAt: 200n } as Task["terms"] }, now);

describe("what the page says of a task's golds", () => {
  const sealed = { stage: "Sealed" as const, golds: null, valid: null, void: null };

  it("is nothing where none are bound", () => {
    expect(words(null)).to.equal(undefined);
  });

  it("is not their number while they are sealed, and that they are lost once it is too late", () => {
    expect(words(sealed)).to.match(/^A gold set of unknown size is bound/);
    expect(words(sealed, 149)).to.match(/^A gold set of unknown size is bound/);
    expect(words(sealed, 150)).to.match(/there is no gate/);
  });

  it("is what people made of them", () => {
    expect(words({ stage: "Opened", golds: 20, valid: null, void: null })).to.match(/^20 golds/);
    expect(words({ stage: "Gate", golds: 20, valid: 18, void: 2 })).to.match(
      /^18 golds count; 2 of 20 golds were contradicted/,
    );
    expect(words({ stage: "NoGate", golds: 20, valid: 17, void: 3 })).to.match(
      /^3 of 20 .* no gate/,
    );
  });
});
