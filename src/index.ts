/**
 * The door `vl-reward`: what a page needs to score. Other doors: store, remote, evaluate, pairs.
 */
export { GpuError, InputError, RewardError, UnsupportedError, WeightsError } from "./errors.ts";
export type { Fault, RewardErrorData } from "./errors.ts";
export type { AdapterFacts } from "./gpu/device.ts";
export type { ModelConfig } from "./model/config.ts";
export type { DecoderConfig } from "./model/decoder-config.ts";
export type { RopeConfig, WavelengthScaling } from "./model/rope.ts";
export type { VisionConfig } from "./model/families/family.ts";
export { RewardModel } from "./reward-model.ts";
export { isTie, preferenceProbability, rankValues } from "./preference/ranking.ts";
export type { RankedPlace } from "./preference/ranking.ts";
export { fitTemperature } from "./preference/temperature.ts";
export type { FittedTemperature } from "./preference/temperature.ts";
export { assistant, system, user } from "./text/messages.ts";
export type { Comparison, ModelMemory, Ranking, TracedTensor } from "./reward-model.ts";
export type { PictureSharing } from "./calls/share-pictures.ts";
export type { PictureWork } from "./load/picture-memory.ts";
export type { Answer, Branch, Decisions } from "./decide/answers.ts";
export type {
  CompareOptions,
  Conversation,
  ConversationCase,
  ConversationInput,
  DecideOptions,
  DecideQuestion,
  DecideRequest,
  ImageInput,
  ImagePart,
  InputFeatures,
  InputsCase,
  KernelMemory,
  Kernels,
  ListedQuestion,
  Message,
  MessageInput,
  OutputOptions,
  PartInput,
  PassOutputs,
  PictureDecoder,
  PictureFile,
  PictureInput,
  RawPixels,
  PixelBudget,
  Progress,
  RankImagesRequest,
  RankInputsRequest,
  RankRequest,
  Residency,
  Score,
  ScoredImage,
  ScoreInput,
  MeasureOptions,
  ScoreOptions,
  ScoreOutputs,
  StageTimesMs,
  StepsRequest,
  TextPart,
  WeightForm,
} from "./types.ts";
export { filesSource } from "./files/files-source.ts";
export { httpSource } from "./files/http/http-source.ts";
export type { HttpSourceOptions } from "./files/http/http-source.ts";
export type { RetryLimits } from "./files/http/http-retry.ts";
export { hubSource } from "./files/hub.ts";
export type { HubOptions } from "./files/hub.ts";
export type { ModelFolder } from "./files/resolve-source.ts";
export type { ByteSequence, Source, SourceFile } from "./files/source.ts";
export type { LoadAliases } from "./load/aliases.ts";
export type { LoadOptions } from "./load/options.ts";
export type { HeadFile, OwnHead } from "./load/own-head.ts";
export type { Availability } from "./load/inspection/availability.ts";
export { inspectModel } from "./load/inspect.ts";
export type { FormNeed, Inspection, InspectOptions } from "./load/inspect.ts";
