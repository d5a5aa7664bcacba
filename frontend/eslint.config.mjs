import next from "eslint-config-next/core-web-vitals";
import tseslint from "typescript-eslint";

// What keeps the first load of Today small.
const LATE_TOAST = {
  name: "sonner",
  importNames: ["toast"],
  message: "Import it from @/lib/toast, which loads it with the first message.",
};
const SMALL_STRINGS = {
  name: "@/lib/strings",
  message: "Outside the operator's console import @/lib/strings/app.",
};

const config = tseslint.config(
  {
    ignores: [
      ".next/**",
      "node_modules/**",
      "src/types/{api,frames}.ts",
      "next-env.d.ts",
      "playwright-report/**",
      "test-results/**",
    ],
  },
  ...next,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "no-console": "error",
      "no-restricted-imports": ["error", { paths: [LATE_TOAST] }],
    },
  },
  {
    files: ["src/app/(person)/**", "src/components/**"],
    ignores: ["src/components/admin/**"],
    rules: { "no-restricted-imports": ["error", { paths: [LATE_TOAST, SMALL_STRINGS] }] },
  },
);

export default config;
