/** The attribution model that new events start with. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../../data/http";
import { platform } from "../../data/platform";
import type { Resource } from "../../data/resource";
import type { Platform } from "../../data/types";
import { AsCurl, Card, Note } from "../../parts/basic";
import { Segmented } from "../../parts/Form";
import { Load } from "../../parts/Load";
import { toast } from "../../parts/Toast";
import { MODELS } from "../event/data";

type Model = Platform["AttributionModel"];

/** The card. */
export function DefaultModel(props: { partner: Resource<Platform["Partner"]> }): JSX.Element {
  return (
    <Card title="Attribution model of new events" span={4}>
      <Load of={props.partner}>{(value) => <Chooser {...props} chosen={value.attribution_model_default} />}</Load>
    </Card>
  );
}

function Chooser(props: { partner: Resource<Platform["Partner"]>; chosen: Model }): JSX.Element {
  const { partner, chosen } = props;
  const [refused, setRefused] = useState<string | null>(null);
  const choose = async (model: Model): Promise<void> => {
    try {
      await platform.put("/partners/attribution_model", { query: { model } });
      setRefused(null);
      await partner.refresh();
      toast(`Saved. New events start with ${model}.`, "ok");
    } catch (error) {
      setRefused(error instanceof ApiError ? (error.problem("model") ?? error.message) : String(error));
    }
  };
  return (
    <>
      <div class="toolbar">
        <Segmented label="Attribution model of new events" value={chosen} options={Object.keys(MODELS)} onInput={(model) => void choose(model as Model)} />
        <AsCurl request={() => platform.describe("put", "/partners/attribution_model", { query: { model: chosen } })} what="the model" />
      </div>
      {refused ? <Note tone="bad">{refused}</Note> : null}
      <p class="hint">
        {chosen} credits by {MODELS[chosen]}. It is copied into events that are created later; events that exist keep theirs. It has nothing
        to do with the model of evaluations.
      </p>
    </>
  );
}
