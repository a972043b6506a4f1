// Tested by: test/kernels/compile.browser.test.ts
/** Lists every kernel, for compiling ahead and for the test that compiles them all. */
import { activationKernel } from "./activation.ts";
import { attentionKernels, sizedAttentionKernel } from "./attention.ts";
import { embedKernels } from "./embed.ts";
import { gatherRowsKernel } from "./gather-rows.ts";
import { geluKernel } from "./gelu.ts";
import type { Kernel } from "./kernel.ts";
import { matmulKernels, matrixKernels, sizedMatmulKernels } from "./matmul.ts";
import { patchifyKernel } from "./patchify.ts";
import { repackKernels } from "./repack.ts";
import { resizeKernel } from "./resize.ts";
import { rmsNormKernels } from "./rms-norm.ts";
import { ropeKernel } from "./rope.ts";
import { addRowsKernel } from "./tower/add-rows.ts";
import { geluSigmoidKernel } from "./tower/gelu-sigmoid.ts";
import { layerNormKernels } from "./tower/layer-norm.ts";
import { valueHeadKernel } from "./value-head.ts";

export const allKernels: readonly Kernel[] = [
  ...Object.values(matmulKernels).flatMap((byForm) => Object.values(byForm)),
  ...Object.values(sizedMatmulKernels),
  ...Object.values(matrixKernels).flatMap((byForm) => Object.values(byForm)),
  ...Object.values(embedKernels),
  ...Object.values(attentionKernels),
  sizedAttentionKernel,
  ...Object.values(rmsNormKernels),
  activationKernel,
  ...Object.values(layerNormKernels),
  addRowsKernel,
  gatherRowsKernel,
  geluKernel,
  geluSigmoidKernel,
  patchifyKernel,
  ...Object.values(repackKernels),
  resizeKernel,
  ropeKernel,
  valueHeadKernel,
];
