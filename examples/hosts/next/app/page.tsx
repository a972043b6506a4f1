import { Element, List, Worker } from "./scores";

export default function Page() {
  return (
    <>
      <Worker />
      <Element />
      <List />
    </>
  );
}
