import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { OpenApiDocument } from "../../api/openapi.ts";
import { errorCodes } from "../../protocol/errors.ts";
import { call, openService, plainGet } from "./service.ts";
import type { Service } from "./service.ts";

describe("The application", () => {
  let service: Service;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scrutineer-page-"));
    await mkdir(join(folder, "assets"));
    await writeFile(join(folder, "index.html"), "<!doctype html><title>page</title>");
    await writeFile(join(folder, "assets", "main.js"), "export {};");
    service = await openService({ webFolder: folder });
  });
  after(async () => {
    await service.close();
    await rm(folder, { recursive: true });
  });

  it("describes itself in OpenAPI 3.1, every route of it", async () => {
    const { body, headers } = await call<OpenApiDocument>(service, "GET", "/openapi.json");
    expect(body.openapi).to.equal("3.1.0");
    expect(headers.get("access-control-allow-origin")).to.equal("*");
    expect(Object.keys(body.paths ?? {})).to.include.members([
      "/config",
      "/uploads",
      "/acceptances",
      "/tasks",
      "/tasks/{taskId}/leases",
      "/tasks/{taskId}/ballots",
      "/ballots/{digest}/proof",
      "/sessions",
      "/content/{sha256}",
      "/releases/{releaseId}/files/{name}",
    ]);
    for (const item of Object.values(body.paths ?? {})) {
      for (const operation of Object.values(item as Record<string, object>)) {
        expect(operation).to.have.property("summary").that.is.a("string");
        expect(operation).to.have.property("responses").that.is.an("object");
      }
    }
  });

  it("says of every route that asks the chain that the chain may not answer", async () => {
    const { body } = await call<OpenApiDocument>(service, "GET", "/openapi.json");
    for (const path of ["/acceptances", "/sessions", "/sign-in"]) {
      expect(body.paths?.[path]?.post?.responses?.["503"], path)
        .to.have.property("description")
        .that.includes("chain-unreachable");
    }
  });

  it("documents itself on a page that needs no script and nothing from elsewhere", async () => {
    const { body: page, headers } = await call<string>(service, "GET", "/docs");
    expect(headers.get("content-type")).to.include("text/html");
    expect(page).not.to.match(/<script|<link|src=|https?:/);
    expect(page).to.include("POST</b> /tasks/{taskId}/ballots");
    for (const code of errorCodes) expect(page).to.include(`id="problem-${code}"`);
    const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    for (const id of anchors) expect(page).to.include(`id="${id}"`);
  });

  it("serves the page, and leaves it its own paths", async () => {
    for (const path of ["/", "/tasks/0x12/judge"]) {
      const { status, headers, body } = await plainGet(`${service.url}${path}`, {
        accept: "text/html",
      });
      expect(status, path).to.equal(200);
      expect(body.toString()).to.include("<title>page</title>");
      const policy = headers["content-security-policy"] as string;
      expect(policy).to.include("default-src 'none'");
      expect(policy).to.match(/script-src 'self' 'wasm-unsafe-eval'(;|$)/);
      expect(policy).to.include("img-src 'self' data:");
      expect(policy).to.include("connect-src 'self' http://127.0.0.1:8545");
      expect(policy).not.to.include("upgrade-insecure-requests");
    }
    expect((await plainGet(`${service.url}/assets/main.js`)).body.toString()).to.equal(
      "export {};",
    );
  });

  it("answers what is not there with a problem, never with the page", async () => {
    for (const path of ["/api/nothing", "/api/tasks/x/y/z"]) {
      const { status, body, headers } = await call(service, "GET", path);
      expect([status, body.code]).to.deep.equal([404, "not-found"]);
      expect(headers.get("content-type")).to.include("application/problem+json");
      expect(body).to.include({ type: "/docs#problem-not-found", status: 404 });
    }
  });

  it("tells health, readiness and figures", async () => {
    expect((await call(service, "GET", "/healthz")).body).to.deep.equal({ ok: true });
    expect((await call(service, "GET", "/readyz")).body).to.include({ ok: true, block: 100 });
    await call(service, "GET", "/api/config");
    const { body, headers } = await call<string>(service, "GET", "/metrics");
    expect(headers.get("content-type")).to.include("text/plain");
    expect(body).to.include("scrutineer_indexed_block 100");
    expect(body).to.match(
      /scrutineer_http_request_seconds_count\{method="GET",route="[^"]*config"/,
    );
  });

  it("is not ready before the first block", async () => {
    const young = await openService({ seed: false });
    try {
      const { status, body } = await call(young, "GET", "/readyz");
      expect([status, body.code]).to.deep.equal([503, "not-ready"]);
    } finally {
      await young.close();
    }
  });

  it("tells clients where everything is", async () => {
    const { body } = await call(service, "GET", "/api/config");
    expect(body).to.include({ chainId: 31337, anchorSeconds: 30, localChain: true });
  });

  it("refuses JSON beyond the limit, and requests beyond theirs", async () => {
    const tight = await openService({ limits: { jsonBytes: 1_000, requestsPerMinute: 2 } });
    try {
      const large = await call(tight, "POST", "/api/acceptances", { text: "x".repeat(2_000) });
      expect([large.status, large.body.code]).to.deep.equal([413, "payload-too-large"]);
      await call(tight, "GET", "/api/config");
      const third = await call(tight, "GET", "/api/config");
      expect([third.status, third.body.code]).to.deep.equal([429, "too-many-requests"]);
      expect(third.headers.get("ratelimit")).to.be.a("string");
      expect((await call(tight, "GET", "/healthz")).status).to.equal(200);
    } finally {
      await tight.close();
    }
  });
});
