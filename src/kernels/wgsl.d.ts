/** Vite's `?raw`: a shader's text. All other types of the library are those of the web. */
declare module "*.wgsl?raw" {
  const source: string;
  export default source;
}
