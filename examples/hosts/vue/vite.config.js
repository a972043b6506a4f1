import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// Not a component of Vue's.
const compilerOptions = { isCustomElement: (tag) => tag === "vl-score" };

export default defineConfig({
  plugins: [vue({ template: { compilerOptions } })],
});
