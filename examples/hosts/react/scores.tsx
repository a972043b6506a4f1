import {
  useEffect,
  useRef,
  useState,
  type DetailedHTMLProps,
  type HTMLAttributes,
  type Ref,
} from "react";
import { assistant, user, type Ranking } from "vl-reward";
import "vl-reward/element";
import type { VlScoreElement } from "vl-reward/element";
import { WorkerRewardModel } from "vl-reward/worker";

type Own = "model" | "src" | "prompt" | "responses" | "loading";
type Props = Partial<Pick<VlScoreElement, Own>> & {
  ref?: Ref<VlScoreElement>;
  onrank?: (event: CustomEvent<Ranking>) => void;
};
declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "vl-score": DetailedHTMLProps<HTMLAttributes<VlScoreElement>, VlScoreElement> & Props;
    }
  }
}

const PROMPT = "Is purple the highest value?";
const RESPONSES = ["No, purple is not the highest.", "Yes, purple is the highest."];

export function Worker() {
  const [said, setSaid] = useState("");
  const model = useRef<Promise<WorkerRewardModel>>(undefined);
  // The worker ends with the component.
  useEffect(() => () => void model.current?.then((loaded) => loaded.dispose()), []);

  async function score() {
    try {
      model.current ??= WorkerRewardModel.fromPretrained("/model/");
      const loaded = await model.current;
      const { value } = await loaded.score([
        user(new URL("/chart.png", location.href), PROMPT),
        assistant(RESPONSES[1]!),
      ]);
      setSaid(value.toFixed(6));
    } catch (error) {
      setSaid(String(error));
    }
  }
  return (
    <>
      <button id="worker" onClick={score}>
        Score in a worker
      </button>
      <output>{said}</output>
    </>
  );
}

export function Element() {
  return (
    <vl-score model="/model/" src="/chart.png" prompt={PROMPT}>
      {RESPONSES.map((response) => (
        <p key={response}>{response}</p>
      ))}
    </vl-score>
  );
}

/**
 * Responses as a list, and an event. React gives an element that a server rendered neither objects
 * nor listeners of its own events: JSON and a ref work there too.
 */
export function List() {
  const [best, setBest] = useState<number>();
  const element = useRef<VlScoreElement>(null);
  useEffect(() => {
    const { current } = element;
    const listen = ({ detail }: CustomEvent<Ranking>) => setBest(detail.best.index);
    current?.addEventListener("rank", listen as EventListener);
    return () => current?.removeEventListener("rank", listen as EventListener);
  }, []);
  return (
    <>
      <vl-score
        id="list"
        ref={element}
        model="/model/"
        src="/chart.png"
        prompt={PROMPT}
        responses={JSON.stringify(RESPONSES)}
      />
      <output id="best">{best}</output>
    </>
  );
}
