import { gzipSync } from "node:zlib";
import { connect } from "node:net";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { sql } from "drizzle-orm";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import type { Content } from "../../protocol/item.ts";
import type { Annex, Manifest } from "../../protocol/manifest.ts";
import { call, keyOf, openService, pairRows, plainGet, upload } from "./service.ts";
import type { Service } from "./service.ts";

describe("Uploads", () => {
  let service: Service;
  beforeEach(async () => {
    service = await openService();
  });
  afterEach(() => service.close());

  async function readBlob<T>(hash: string): Promise<T> {
    const bytes = await service.blobs.get(hash);
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  }

  async function countStored(): Promise<{ blobs: number; uploads: number }> {
    const files = await readdir(join(service.folder, "blobs"), { recursive: true }).catch(() => []);
    const { rows } = await service.db.execute<{ n: string }>(
      sql`select count(*)::text as n from uploads`,
    );
    return { blobs: files.length, uploads: Number(rows[0]?.n) };
  }

  describe("of good pairs", () => {
    it("keep content, manifest and annex, each under its sha-256", async () => {
      const { status, body } = await upload(service, pairRows(3), { title: "Three" });
      expect(status).to.equal(201);
      const imported: UploadJson = body;
      expect(imported).to.include({ rows: 3, identical: 0, empty: 0 });
      const [part] = imported.parts;
      const manifest = await readBlob<Manifest>(part!.manifestHash);
      expect(manifest).to.include({ title: "Three", itemCount: 3, itemsRoot: part!.itemsRoot });
      const tree = StandardMerkleTree.of(
        manifest.items.map((item, i) => [i, item.prompt, item.outputA, item.outputB]),
        ["uint256", "bytes32", "bytes32", "bytes32"],
      );
      expect(tree.root).to.equal(part!.itemsRoot);
      const annex = await readBlob<Annex>(manifest.annexHash);
      expect(annex.items).to.have.length(3);
      expect(annex.items.every(({ modelA, modelB }) => modelA !== modelB)).to.be.true;
    });

    it("draw which answer becomes A, and keep models with their answers", async () => {
      const { body } = await upload(service, pairRows(60));
      const manifest = await readBlob<Manifest>(body.parts[0]!.manifestHash);
      const annex = await readBlob<Annex>(manifest.annexHash);
      const swapped = annex.items.filter(({ modelA }) => modelA === "other").length;
      expect(swapped).to.be.within(10, 50);
      for (const [i, hashes] of manifest.items.entries()) {
        const a = await readBlob<Content>(hashes.outputA);
        expect(a.messages[0]?.content).to.match(new RegExp(`of (the )?${annex.items[i]?.modelA}$`));
      }
    });

    it("keep A and B as in the file when told so", async () => {
      const { body } = await upload(service, pairRows(20), { shuffle: "false" });
      const { manifest } = body.parts[0]!;
      const annex = await readBlob<Annex>(manifest.annexHash);
      expect(annex.items.every(({ modelA }) => modelA === "one")).to.be.true;
    });

    it("take prompts and answers as texts or messages, in the layouts people have", async () => {
      const turn = (role: string, content: string) => ({ role, content });
      const rows = [
        { prompt: "p", response_a: "a", response_b: "b" },
        {
          prompt: [turn("system", "s"), turn("user", "p")],
          responses: [{ model: "m", content: "a" }, "b"],
        },
        { prompt: "p", chosen: "a", rejected: "b", chosen_model: "x", rejected_model: "y" },
        {
          chosen: [turn("user", "p"), turn("assistant", "a")],
          rejected: [turn("user", "p"), turn("assistant", "b")],
        },
        { prompt: "p", responses: ["a", "b"], models: ["x", "y"], metadata: { category: "c" } },
      ];
      const { status, body } = await upload(
        service,
        rows.map((row) => JSON.stringify(row)).join("\n"),
        {
          shuffle: "false",
        },
      );
      expect(status, JSON.stringify(body)).to.equal(201);
      const { manifest, manifestHash } = body.parts[0]!;
      const annex = await readBlob<Annex>(manifest.annexHash);
      expect(annex.items.map(({ modelA, modelB }) => [modelA, modelB])).to.deep.equal([
        ["", ""],
        ["m", ""],
        ["x", "y"],
        ["", ""],
        ["x", "y"],
      ]);
      expect(annex.items[4]?.category).to.equal("c");
      const { items } = await readBlob<Manifest>(manifestHash);
      for (const { outputA, outputB } of items) {
        expect((await readBlob<Content>(outputA)).messages).to.deep.equal([turn("assistant", "a")]);
        expect((await readBlob<Content>(outputB)).messages).to.deep.equal([turn("assistant", "b")]);
      }
    });

    it("become several parts beyond 4,096 items", async function () {
      this.timeout(120_000);
      const { body } = await upload(service, pairRows(4_100));
      const imported: UploadJson = body;
      expect(imported.rows).to.equal(4_100);
      expect(imported.parts.map((part) => part.itemCount)).to.deep.equal([4_096, 4]);
    });

    it("count and keep identical and empty answers", async () => {
      const rows = [
        { prompt: "p", responses: ["same", "same"] },
        { prompt: "p", responses: ["a", " "] },
        { prompt: "p", responses: ["", ""] },
        { prompt: "p", responses: ["a", "b"] },
      ];
      const { body } = await upload(service, rows.map((row) => JSON.stringify(row)).join("\n"));
      expect(body).to.include({ rows: 4, identical: 2, empty: 2 });
      const { manifest } = body.parts[0]!;
      const annex = await readBlob<Annex>(manifest.annexHash);
      expect(annex.items.map(({ identical, empty }) => [identical, empty])).to.deep.equal([
        [true, false],
        [false, true],
        [true, true],
        [false, false],
      ]);
    });

    it("may come as gzip, with CRLF and blank lines, without a last newline", async () => {
      const text = `${pairRows(2).replaceAll("\n", "\r\n\r\n")}\n\n${pairRows(1)}`;
      const response = await fetch(`${service.url}/api/uploads`, {
        method: "POST",
        headers: { "content-type": "application/x-ndjson", "content-encoding": "gzip" },
        body: gzipSync(text),
      });
      expect(((await response.json()) as UploadJson).rows).to.equal(3);
    });

    it("take their options from the first line too, and admission lists with their root", async () => {
      const humans = [keyOf("a").address, keyOf("b").address];
      const first = JSON.stringify({ options: { title: "Listed", replay: true, humans } });
      const { status, body } = await upload(service, `${first}\n${pairRows(2)}`);
      expect(status).to.equal(201);
      const part = body.parts[0]!;
      const tree = StandardMerkleTree.of(
        humans.map((validator, i) => [i, validator]),
        ["uint256", "address"],
      );
      expect(part).to.include({ humanAdmissionRoot: tree.root, humanSeats: 2, aiSeats: 0 });
      expect(part.manifest).to.include({ title: "Listed", replay: true });
      expect(part.manifest.admission).to.deep.equal({
        human: { rule: "list", validators: humans },
        ai: { rule: "open" },
      });
    });
  });

  describe("of arena battles", () => {
    const battle = (a: string[], b: string[]) => {
      const talk = (turns: string[]) =>
        turns.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content }));
      return JSON.stringify({
        question_id: 81,
        turn: a.length / 2,
        model_a: "m",
        model_b: "n",
        winner: "model_a",
        conversation_a: talk(a),
        conversation_b: talk(b),
      });
    };

    it("split what the sides share from what each answers", async () => {
      const rows = [
        battle(["q", "a"], ["q", "b"]),
        battle(["q", "a", "r", "c"], ["q", "b", "r", "d"]),
        battle(["q", "a", "r", "c"], ["q", "a", "r", "c"]),
      ].join("\n");
      const { body } = await upload(service, rows, { layout: "battles", shuffle: "false" });
      expect(body).to.include({ rows: 3, identical: 1 });
      const { manifestHash } = body.parts[0]!;
      const { items } = await readBlob<Manifest>(manifestHash);
      const lengths = await Promise.all(
        items.map(async ({ prompt, outputA, outputB }) => [
          (await readBlob<Content>(prompt)).messages.length,
          (await readBlob<Content>(outputA)).messages.length,
          (await readBlob<Content>(outputB)).messages.length,
        ]),
      );
      expect(lengths).to.deep.equal([
        [1, 1, 1],
        [1, 3, 3],
        [3, 1, 1],
      ]);
    });
  });

  describe("of bad input", () => {
    const good = pairRows(1);
    const bad: readonly [name: string, body: string | Uint8Array, code: string, line: number][] = [
      ["a last line cut off", `${good}\n{"prompt": "p", "respon`, "import-truncated", 2],
      [
        "a last line cut off within a character",
        Buffer.concat([Buffer.from(`${good}\n{"prompt": "`), Buffer.from("é").subarray(0, 1)]),
        "import-truncated",
        2,
      ],
      [
        "a row without its answer field",
        `${good}\n{"prompt": "p", "response_a": "a"}\n`,
        "import-field-missing",
        2,
      ],
      ["a row with one answer", `{"prompt": "p", "responses": ["a"]}\n`, "import-field-missing", 1],
      [
        "a row with three answers",
        `{"prompt": "p", "responses": ["a", "b", "c"]}\n`,
        "import-field-invalid",
        1,
      ],
      ["a row without a prompt", `{"responses": ["a", "b"]}\n`, "import-field-missing", 1],
      [
        "an answer that is a number",
        `{"prompt": "p", "responses": ["a", 1]}\n`,
        "import-field-invalid",
        1,
      ],
      [
        "an answer over 1 MB",
        `${good}\n${JSON.stringify({ prompt: "p", responses: ["x".repeat(1_000_001), "b"] })}\n`,
        "import-answer-too-large",
        2,
      ],
      [
        "invalid UTF-8",
        Buffer.concat([
          Buffer.from(`{"prompt": "`),
          Buffer.from([0xc3, 0x28]),
          Buffer.from(`", "responses": ["a", "b"]}\n${good}`),
        ]),
        "import-utf8-invalid",
        1,
      ],
      [
        "half a surrogate pair",
        `{"prompt": "\\ud800", "responses": ["a", "b"]}\n`,
        "import-utf8-invalid",
        1,
      ],
      ["a line that is no JSON", `${good}\nnonsense\n${good}`, "import-json-invalid", 2],
      ["a line that is no object", `["p", "a", "b"]\n`, "import-field-invalid", 1],
      ["a line that is null", `null\n`, "import-field-invalid", 1],
      [
        "a line of over 16 MB",
        `${good}\n"${"x".repeat(16_000_001)}"\n`,
        "import-line-too-large",
        2,
      ],
    ];

    for (const [name, body, code, line] of bad) {
      it(`refuses ${name}, names line and reason, and keeps nothing`, async () => {
        const answer = await upload(service, body);
        expect(answer.status).to.equal(400);
        expect(answer.body.code).to.equal("import-rows-bad");
        expect(answer.body.rows).to.have.length(1);
        expect(answer.body.rows[0]).to.include({ line, code });
        expect(answer.body.rows[0]?.message).to.be.a("string").that.is.not.empty;
        expect(await countStored()).to.deep.equal({ blobs: 0, uploads: 0 });
      });
    }

    it("reports every bad row", async () => {
      const { body } = await upload(service, `nonsense\n${good}\n{}\n${good}\n[]`);
      expect(body.badRows).to.equal(3);
      expect(body.goodRows).to.equal(2);
      expect(body.rows.map((row: { line: number }) => row.line)).to.deep.equal([1, 3, 5]);
    });

    it("imports the rest only if told to, and says what was left out", async () => {
      const { status, body } = await upload(service, `nonsense\n${good}\n{}\n${good}`, {
        skipBad: "true",
      });
      expect(status).to.equal(201);
      expect(body.rows).to.equal(2);
      expect(
        body.skipped.map((row: { line: number; code: string }) => [row.line, row.code]),
      ).to.deep.equal([
        [1, "import-json-invalid"],
        [3, "import-field-missing"],
      ]);
    });

    it("refuses a battle without a shared prompt", async () => {
      const row = {
        model_a: "m",
        model_b: "n",
        conversation_a: [{ role: "user", content: "q" }],
        conversation_b: [{ role: "user", content: "r" }],
      };
      const { body } = await upload(service, JSON.stringify(row), { layout: "battles" });
      expect(body.rows[0]).to.include({ line: 1, code: "import-field-invalid" });
    });

    it("refuses an empty file", async () => {
      const { status, body } = await upload(service, "\n\n");
      expect([status, body.code]).to.deep.equal([422, "import-empty"]);
    });

    it("refuses unknown options", async () => {
      const { status, body } = await upload(service, `{"options": {"layuot": "pairs"}}\n${good}`);
      expect([status, body.code]).to.deep.equal([400, "invalid-input"]);
      expect((await upload(service, good, { layout: "triples" })).body.code).to.equal(
        "invalid-input",
      );
    });

    for (const name of ["title", "guideline", "guidelineVersion"]) {
      it(`refuses a ${name} that no column can hold`, async () => {
        for (const odd of ["a\0b", "a\ud800"]) {
          const first = JSON.stringify({ options: { [name]: odd } });
          const { status, body } = await upload(service, `${first}\n${good}`);
          expect([status, body.code]).to.deep.equal([400, "invalid-input"]);
        }
        const asked = await upload(service, good, { [name]: "a\0b" });
        expect([asked.status, asked.body.code]).to.deep.equal([400, "invalid-input"]);
        expect(await countStored()).to.deep.equal({ blobs: 0, uploads: 0 });
      });
    }

    it("says what it left out of a row that holds NUL", async () => {
      const { status, body } = await upload(service, `\0\n${good}`, { skipBad: "true" });
      expect(status, JSON.stringify(body)).to.equal(201);
      expect(body.skipped[0]).to.include({ line: 1, code: "import-json-invalid" });
      expect(body.skipped[0]?.message).to.include("\uFFFD").and.not.include("\0");
    });

    it("refuses a list that names somebody twice", async () => {
      const { address } = keyOf("a");
      const { body } = await upload(service, good, { humans: `${address},${address}` });
      expect(body.code).to.equal("invalid-input");
    });

    it("keeps nothing of an upload whose connection breaks", async () => {
      const { port, hostname } = new URL(service.url);
      const socket = connect(Number(port), hostname);
      socket.write(
        `POST /api/uploads HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n${good}\n`,
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await countStored()).to.deep.equal({ blobs: 0, uploads: 0 });
    });

    it("refuses a truncated gzip", async () => {
      const response = await fetch(`${service.url}/api/uploads`, {
        method: "POST",
        headers: { "content-encoding": "gzip" },
        body: gzipSync(pairRows(100)).subarray(0, -20),
      });
      const problem = (await response.json()) as { code: string };
      expect([response.status, problem.code]).to.deep.equal([400, "import-interrupted"]);
      expect(await countStored()).to.deep.equal({ blobs: 0, uploads: 0 });
    });
  });

  describe("beyond the limit", () => {
    it("are refused", async () => {
      const small = await openService({ limits: { uploadBytes: 1_000 } });
      try {
        const { status, body } = await upload(small, pairRows(100));
        expect([status, body.code]).to.deep.equal([413, "payload-too-large"]);
      } finally {
        await small.close();
      }
    });
  });

  describe("afterwards", () => {
    it("serve content by hash for ever, but the annex only after the settlement", async () => {
      const { body } = await upload(service, pairRows(1));
      const { manifestHash, manifest } = body.parts[0]!;
      const { items } = await readBlob<Manifest>(manifestHash);
      const prompt = await call<Content>(service, "GET", `/api/content/${items[0]!.prompt}`);
      expect(prompt.status).to.equal(200);
      expect(prompt.body.messages).to.deep.equal([{ role: "user", content: "Question 0?" }]);
      expect(prompt.headers.get("cache-control")).to.include("immutable");
      const again = await plainGet(`${service.url}/api/content/${items[0]!.prompt}`, {
        "if-none-match": prompt.headers.get("etag") ?? "",
      });
      expect(again.status).to.equal(304);
      const annex = await call(service, "GET", `/api/content/${manifest.annexHash}`);
      expect([annex.status, annex.body.code]).to.deep.equal([409, "task-not-settled"]);
      const unknown = await call(service, "GET", `/api/content/0x${"00".repeat(32)}`);
      expect([unknown.status, unknown.body.code]).to.deep.equal([404, "content-unknown"]);
    });
  });
});
