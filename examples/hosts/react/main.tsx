import { useState } from "react";
import { createRoot } from "react-dom/client";
import { Element, List, Worker } from "./scores.js";

/** A list that is made anew with each event: the element scores equal content once. */
function Drawn() {
  const [best, setBest] = useState<number>();
  return (
    <>
      <vl-score
        id="drawn"
        model="/model/"
        src="/chart.png"
        prompt="Is purple the highest value?"
        responses={["No, purple is not the highest.", "Yes, purple is the highest."]}
        onrank={({ detail }) => setBest(detail.best.index)}
      />
      <output id="drawn-best">{best}</output>
    </>
  );
}

createRoot(document.getElementById("root")!).render(
  <>
    <Worker />
    <Element />
    <List />
    <Drawn />
  </>,
);
