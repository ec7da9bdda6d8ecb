/** The OpenAPI document as a page to read: plain HTML, no script, nothing from elsewhere. */
import { errorCodes, refusalOf } from "../protocol/errors.ts";
import type { OpenApiDocument } from "./openapi.ts";

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Contents };
  readonly responses?: Readonly<Record<string, { description?: string; content?: Contents }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

type Contents = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
}

const METHODS = ["get", "post", "put", "delete"] as const;

export function renderDocsPage(document: OpenApiDocument): string {
  const paths = Object.entries(document.paths ?? {});
  const operations = paths.flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = (item as Record<string, unknown>)[method] as Operation | undefined;
      return operation === undefined ? [] : [{ path, method, operation }];
    }),
  );
  const schemas = Object.entries(
    (document.components?.schemas ?? {}) as unknown as Record<string, Schema>,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(document.info.title)} REST interface</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(document.info.title)} REST interface</h1>
<p>${escape(document.info.description ?? "")}</p>
<p>For machines: <a href="/openapi.json">/openapi.json</a> (OpenAPI ${escape(document.openapi)}). Everything is under <code>/api</code>.</p>
<nav aria-label="Routes"><ul>
${operations.map(({ path, method }) => `<li><a href="#${idOf(method, path)}"><b>${method.toUpperCase()}</b> ${escape(path)}</a></li>`).join("\n")}
</ul></nav>
${operations.map(({ path, method, operation }) => renderOperation(path, method, operation)).join("\n")}
<h2 id="schemas">Schemas</h2>
${schemas.map(([name, schema]) => `<section id="schema-${escape(name)}"><h3>${escape(name)}</h3>${renderSchema(schema)}</section>`).join("\n")}
<h2 id="problems">Problems</h2>
<table><thead><tr><th scope="col">code</th><th scope="col">status</th></tr></thead><tbody>
${errorCodes.map((code) => `<tr id="problem-${code}"><td><code>${code}</code></td><td>${refusalOf(code).http}</td></tr>`).join("\n")}
</tbody></table>
</main>
</body>
</html>
`;
}

function renderOperation(path: string, method: string, operation: Operation): string {
  const body = Object.entries(operation.requestBody?.content ?? {});
  return `<section id="${idOf(method, path)}">
<h2><b>${method.toUpperCase()}</b> ${escape(path)}</h2>
<p>${escape(operation.summary ?? "")}${operation.security === undefined ? "" : " <em>Needs a sign-in.</em>"}</p>
${operation.description === undefined ? "" : `<p>${escape(operation.description)}</p>`}
${renderParameters(operation.parameters ?? [])}
${body.map(([type, { schema }]) => `<h3>Body <small>${escape(type)}</small></h3>${renderSchema(schema)}`).join("")}
<h3>Answers</h3>
<dl>${Object.entries(operation.responses ?? {})
    .map(
      ([status, { description, content }]) =>
        `<dt>${escape(status)}</dt><dd>${escape(description ?? "")}${Object.values(content ?? {})
          .map(({ schema }) => (schema?.$ref?.endsWith("/Problem") ? "" : renderSchema(schema)))
          .join("")}</dd>`,
    )
    .join("")}</dl>
</section>`;
}

function renderParameters(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return "";
  const rows = parameters.map(
    ({ name, in: place, required, schema, description }) =>
      `<tr><td><code>${escape(name)}</code></td><td>${escape(place)}${required === true ? ", required" : ""}</td><td>${renderType(schema)} ${escape(description ?? schema?.description ?? "")}</td></tr>`,
  );
  return `<h3>Parameters</h3><table><tbody>${rows.join("")}</tbody></table>`;
}

function renderSchema(schema: Schema | undefined): string {
  if (schema === undefined) return "";
  const target = schema.items ?? schema;
  if (target.properties === undefined) return `<p>${renderType(schema)}</p>`;
  const rows = Object.entries(target.properties).map(
    ([name, property]) =>
      `<tr><td><code>${escape(name)}</code>${target.required?.includes(name) === true ? "" : " <small>optional</small>"}</td><td>${renderType(property)}</td><td>${escape(property.description ?? "")}${property.properties === undefined && property.items?.properties === undefined ? "" : renderSchema(property)}</td></tr>`,
  );
  const note = schema.description === undefined ? "" : `<p>${escape(schema.description)}</p>`;
  return `${note}<table><tbody>${rows.join("")}</tbody></table>`;
}

function renderType(schema: Schema | undefined): string {
  if (schema === undefined) return "";
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
    return `<a href="#schema-${escape(name)}">${escape(name)}</a>`;
  }
  if (schema.enum !== undefined) return schema.enum.map((value) => code(value)).join(" | ");
  if (schema.const !== undefined) return code(schema.const);
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices !== undefined) return choices.map(renderType).join(" | ");
  if (schema.items !== undefined) return `list of ${renderType(schema.items)}`;
  const type = [schema.type ?? "any"].flat().join(" | ");
  return `${escape(type)}${schema.default === undefined ? "" : `, ${code(schema.default)} if left out`}`;
}

function code(value: unknown): string {
  return `<code>${escape(JSON.stringify(value))}</code>`;
}

function idOf(method: string, path: string): string {
  return `${method}${path.replace(/[^A-Za-z0-9]+/g, "-").replace(/-$/, "")}`;
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
nav ul { columns: 20rem; list-style: none; padding: 0; }
h2 { border-top: 1px solid #8886; padding-top: 1rem; overflow-wrap: anywhere; }
h2 b, nav b { display: inline-block; min-width: 4.2em; font-size: .8em; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
td, th { border: 1px solid #8884; padding: .25rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
dt { font-weight: 600; }
:target { outline: 2px solid; outline-offset: .25rem; }
`;
