import path from "node:path";

export default {
  mode: "production",
  entry: "./main.ts",
  // `trustedTypes` is for pages that require them; the policy's name is then "webpack".
  output: {
    path: path.resolve("dist"),
    filename: "main.js",
    trustedTypes: { policyName: "webpack" },
  },
  resolve: { extensions: [".ts", ".js"] },
  module: {
    rules: [
      {
        test: /\.ts$/,
        loader: "ts-loader",
        options: { transpileOnly: true, compilerOptions: { noEmit: false } },
      },
    ],
  },
};
