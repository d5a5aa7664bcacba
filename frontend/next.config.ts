import type { NextConfig } from "next";

const config: NextConfig = {
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  reactStrictMode: true,
  // The image takes Next's server and what it needs, instead of all of node_modules.
  ...(process.env.DELIGHT_WEB_STANDALONE === "1" && { output: "standalone" as const }),
  // `forbidden()` answers 403 for pages that the person's role does not open.
  experimental: { authInterrupts: true, optimizePackageImports: ["radix-ui", "recharts"] },
};

export default config;
