// `next start` under `delight up`: it ends when its standard input does, because then its supervisor is gone.
process.stdin.on("end", () => process.kill(process.pid, "SIGTERM"));
process.stdin.resume();

await import("next/dist/bin/next");
