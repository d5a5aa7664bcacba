import type { NextConfig } from "next";

const config: NextConfig = {
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  reactStrictMode: true,
  // `forbidden()` answers 403 for pages that the person's role does not open.
  experimental: { authInterrupts: true, optimizePackageImports: ["radix-ui", "recharts"] },
};

export default config;
