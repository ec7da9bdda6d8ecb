import { expect } from "chai";
import { markFormulas } from "../../web/judging/math-source.ts";

describe("finding formulas in a model's markdown", () => {
  it("takes single dollars, \\( \\) and \\[ \\]", () => {
    expect(markFormulas("so $x^2$ is")).to.equal("so $$x^2$$ is");
    expect(markFormulas("so \\( x^2 \\) is")).to.equal("so $$x^2$$ is");
    expect(markFormulas("so \\[x\\] is")).to.equal("so $$x$$ is");
  });

  it("sets a formula that has a line to itself as a block", () => {
    expect(markFormulas("\\[\\frac{1}{2}\\]")).to.equal("\n$$\n\\frac{1}{2}\n$$\n");
    expect(markFormulas("so\n\n  $$1 + 2 .$$\n\nwhich")).to.equal(
      "so\n\n  \n  $$\n  1 + 2 .\n  $$\n\n\nwhich",
    );
    expect(markFormulas("$$\nx\n$$")).to.equal("\n$$\nx\n$$\n");
  });

  it("leaves prices alone", () => {
    expect(markFormulas("between $5 and $10")).to.equal("between $5 and $10");
    expect(markFormulas("US$5 to US$6")).to.equal("US$5 to US$6");
    expect(markFormulas("a $ b $ c")).to.equal("a $ b $ c");
  });

  it("leaves code alone", () => {
    for (const code of ["`$a$`", "```sh\necho $x$\n```", "```\n$a$", "``a ` $x$``"]) {
      expect(markFormulas(code)).to.equal(code);
    }
    expect(markFormulas("`$a$` then $b$")).to.equal("`$a$` then $$b$$");
  });

  it("takes a formula of one letter and keeps an escaped dollar", () => {
    expect(markFormulas("$n$")).to.equal("$$n$$");
    expect(markFormulas("\\$5 and \\$6$")).to.equal("\\$5 and \\$6$");
  });
});
