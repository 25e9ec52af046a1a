import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const server = process.env.PARLEY_SERVER ?? "http://127.0.0.1:8000";
const slim = (name: string) => fileURLToPath(new URL(`src/lib/slim/${name}.ts`, import.meta.url));

export default defineConfig({
  base: "/",
  resolve: {
    // Some of dcrf-client's dependencies are far bigger than what it uses of them.
    alias: {
      events: slim("events"),
      loglevel: slim("loglevel"),
      "lodash.ismatch": slim("ismatch"),
      "lodash.pull": slim("pull"),
    },
  },
  build: {
    outDir: "dist",
    assetsDir: "assets",
    target: "es2022",
    // Small assets stay files: the page's Content-Security-Policy allows no data: URLs for scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    proxy: {
      "/api": { target: server },
      "/ws": { target: server, ws: true, changeOrigin: true, rewriteWsOrigin: true },
    },
  },
});
