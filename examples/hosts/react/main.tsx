import { createRoot } from "react-dom/client";
import { Element, Worker } from "./scores.js";

createRoot(document.getElementById("root")!).render(
  <>
    <Worker />
    <Element />
  </>,
);
