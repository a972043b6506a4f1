import { Element, Worker } from "./scores";

export default function Page() {
  return (
    <>
      <Worker />
      <Element />
    </>
  );
}
