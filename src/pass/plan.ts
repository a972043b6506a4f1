// Tested by: test/pass/lifetimes.test.ts
/**
 * A plan is one forward pass written down: tensors and steps. It is plain data that a test can read
 * without a GPU.
 */
import { GpuError } from "../errors.ts";
import { roundUp } from "../kernels/kernel.ts";
import type { Recorder, Step, Tensor } from "../kernels/kernel.ts";
import type { Profile } from "../kernels/profile.ts";

export class Plan implements Recorder {
  readonly profile: Profile;
  readonly tensors: Tensor[] = [];
  readonly steps: Step[] = [];
  /** Values that are uploaded before the first step. */
  readonly inputs: Map<Tensor, Float32Array | Uint32Array> = new Map();
  /** Tensors that are read back after the last step, by name. */
  readonly outputs: Map<string, Tensor> = new Map();

  constructor(profile: Profile) {
    this.profile = profile;
  }

  tensor(label: string, rows: number, columns: number): Tensor {
    const stride = roundUp(columns, 4);
    return this.#add(label, rows, columns, stride, rows * stride * 4);
  }

  input(label: string, values: Float32Array | Uint32Array, rows = 1): Tensor {
    const columns = values.length / rows;
    const tensor = this.#add(label, rows, columns, columns, values.byteLength);
    this.inputs.set(tensor, values);
    return tensor;
  }

  record(step: Step): void {
    const { kernel, bindings, params, constants, label } = step;
    if (bindings.length !== kernel.bindings.length) {
      throw wrong(label, "bindings", bindings.length, kernel.bindings.length);
    }
    if (Object.keys(constants).join() !== kernel.constants.join()) {
      throw wrong(label, "constants", Object.keys(constants).join(), kernel.constants.join());
    }
    const fields = kernel.params.map(({ name }) => name).join();
    if (Object.keys(params).join() !== fields) {
      throw wrong(label, "params", Object.keys(params).join(), fields);
    }
    if (step.grid.every((count) => count > 0)) {
      this.steps.push(step);
    }
  }

  /** Requests the values of a tensor under a name. */
  output(name: string, tensor: Tensor): Tensor {
    this.outputs.set(name, tensor);
    return tensor;
  }

  /** Returns the groups of weights that the steps need, in the order of their first use. */
  groups(): string[] {
    const groups = new Set<string>();
    for (const { bindings } of this.steps) {
      for (const binding of bindings) {
        if (binding.kind === "weight") {
          groups.add(binding.group);
        }
      }
    }
    return [...groups];
  }

  #add(label: string, rows: number, columns: number, stride: number, byteLength: number): Tensor {
    const id = this.tensors.length;
    const tensor: Tensor = { kind: "tensor", id, label, rows, columns, stride, byteLength };
    this.tensors.push(tensor);
    return tensor;
  }
}

function wrong(
  where: string,
  what: string,
  got: string | number,
  wanted: string | number,
): GpuError {
  return new GpuError({ where, what: `recorded with the wrong ${what}`, got, expected: wanted });
}
