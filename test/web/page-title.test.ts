import { readFileSync } from "node:fs";
import { expect } from "chai";
import { pageTitle } from "../../web/shell/page-title.ts";

describe("a page's title", () => {
  it("tells every page of the app from the others", () => {
    const app = readFileSync(new URL("../../web/app.tsx", import.meta.url), "utf8");
    const routes = [...app.matchAll(/<Route path="(\/[^"]*)"/g)].map(([, path]) => path as string);
    expect(routes).to.have.length.greaterThan(8);
    const titles = routes.map((route) => pageTitle(route.replace(/:\w+/g, "7")));
    expect(new Set(titles).size).to.equal(routes.length);
    expect(titles).to.not.include(pageTitle("/nowhere"));
  });

  it("names the task, shortened", () => {
    expect(pageTitle(`/tasks/0x${"ab".repeat(32)}`)).to.equal("Task 0xabab…abab · Scrutineer");
  });
});
