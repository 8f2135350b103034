import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// The built screens go into the Python package, which serves them; nothing built is committed.
export default defineConfig({
  plugins: [svelte()],
  build: { outDir: "../src/ronda/app/static", emptyOutDir: true, target: "es2022", assetsInlineLimit: 0 },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true } } },
  test: { include: ["src/**/*.test.ts"], css: true },
});
