import { MantineProvider } from "@mantine/core";
import { expect } from "chai";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { MessageText } from "../../web/judging/markdown.tsx";

const render = (text: string, raw = false): string =>
  renderToStaticMarkup(
    createElement(
      MantineProvider,
      { withCssVariables: false },
      createElement(MessageText, { text, raw }),
    ),
  ).replace(/<style[\s\S]*?<\/style>/g, "");

describe("a model's words", () => {
  it("keep HTML as text: no element, attribute or handler of theirs gets through", () => {
    const html = render(
      '<img src=x onerror="alert(1)"> <script>alert(1)</script> <b style="color:red">x</b>',
    );
    expect(html).not.to.match(/<(img|script|b|iframe)[ >]/);
  });

  it("show links with their target, inert", () => {
    const html = render(
      "[here](https://evil.example/a) and [there](javascript:alert(1)) and https://plain.example",
    );
    expect(html).not.to.match(/<a[ >]/);
    expect(html).not.to.include("javascript:");
    expect(html).to.include("(https://evil.example/a)");
    expect(html).to.include("https://plain.example");
  });

  it("never fetch a picture", () => {
    const html = render("![a cat](https://evil.example/pixel.png)");
    expect(html).not.to.match(/<img/);
    expect(html).to.include("[picture: a cat, https://evil.example/pixel.png]");
  });

  it("have tables, code with colours, and lists", () => {
    expect(render("| a | b |\n|---|---|\n| 1 | 2 |")).to.match(/<table>[\s\S]*<td>2<\/td>/);
    expect(render("```python\nreturn 1\n```")).to.include('class="hljs-keyword"');
    expect(render("- one\n- two")).to.match(/<ul>/);
  });

  it("have formulas, in a line and as blocks", () => {
    expect(render("so $x^2$.")).to.include('class="katex"').and.not.to.include("katex-display");
    expect(render("so\n\n\\[ x^2 \\]\n\nis")).to.include("katex-display");
  });

  it("show the source of a formula that cannot be read", () => {
    expect(render("so $\\frac{1}{$ is")).to.include("\\frac{1}{");
    expect(render("$$\n\\undefinedcommand{x}\n$$")).to.include("\\undefinedcommand");
  });

  it("let no formula load or link anything", () => {
    const html = render(
      "$\\href{javascript:alert(1)}{x}$ $\\includegraphics{https://evil.example/a.png}$",
    );
    expect(html).not.to.match(/<(a|img)[ >]/);
  });

  it("stand as they are in the raw view", () => {
    expect(render("**x** <b>", true)).to.include("**x** &lt;b&gt;");
  });
});
