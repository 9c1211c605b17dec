import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: "false" },
  // The dev server's origin is the one that a development server is told to allow.
  server: { port: 8080, strictPort: true },
  build: { target: "es2022", modulePreload: { polyfill: false } },
});
