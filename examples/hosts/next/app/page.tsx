import { Element, Worker } from "./scores";

// Rendered on the server for each visit: the library's import does nothing there.
export const dynamic = "force-dynamic";

export default function Page() {
  return (
    <>
      <Worker />
      <Element />
    </>
  );
}
