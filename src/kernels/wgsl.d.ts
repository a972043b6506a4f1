/** Vite's `?raw`: a shader's text. The library has no other types than those of the web. */
declare module "*.wgsl?raw" {
  const source: string;
  export default source;
}
