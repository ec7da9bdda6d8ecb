/** Writes schema.graphql anew: `tsx indexer/graphql/print-schema.ts`. A test refuses a schema that differs from the file. */
import { writeFileSync } from "node:fs";
import { schemaText } from "./schema.ts";

writeFileSync(new URL("schema.graphql", import.meta.url), schemaText());
