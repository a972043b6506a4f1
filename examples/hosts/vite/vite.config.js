import { defineConfig } from "vite";

// The dev server would move the library away from its worker's file.
export default defineConfig({ optimizeDeps: { exclude: ["vl-reward"] } });
