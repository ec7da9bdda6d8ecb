import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: [
      "artifacts/",
      "bindings/",
      "cache/",
      "coverage/",
      "**/dist/",
      ".scrutineer/",
      "store/migrations/",
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // `== null` is the short way to say "null or undefined".
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      // Types on everything exported, so that a reader of a signature need not infer, and a change of it is deliberate.
      "@typescript-eslint/explicit-module-boundary-types": "error",
      // `_name` says "not used, on purpose".
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
      // Amounts and block numbers are bigint; numbers and bigints in messages are plain text.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      // An interface decides that a function may wait; an implementation that need not is no mistake.
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    // What people at a terminal read is written with console.
    files: ["cli/**", "deploy/**", "bench/**", "test/**"],
    rules: { "no-console": "off" },
  },
  {
    // Drizzle's column types are inferred through several layers; written out they would say the column twice.
    files: ["store/schema/**"],
    rules: { "@typescript-eslint/explicit-module-boundary-types": "off" },
  },
  {
    // chai's assertions are property reads: `expect(x).to.be.true`.
    files: ["test/**"],
    rules: { "@typescript-eslint/no-unused-expressions": "off" },
  },
  {
    // Plain JavaScript that Node runs in a bare clone: nothing there has types to check.
    files: ["**/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked],
    rules: {
      "no-console": "off",
      "@typescript-eslint/explicit-module-boundary-types": "off",
    },
  },
);
