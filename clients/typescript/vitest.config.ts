import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/**/*.test.ts"], globalSetup: "src/global-setup.ts", isolate: false, fileParallelism: false, testTimeout: 60_000 },
});
