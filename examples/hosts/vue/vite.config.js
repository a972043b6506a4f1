import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// Vue sets properties of elements that it does not take for its own components.
const compilerOptions = { isCustomElement: (tag) => tag === "vl-score" };

export default defineConfig({
  plugins: [vue({ template: { compilerOptions } })],
  optimizeDeps: { exclude: ["vl-reward"] },
});
