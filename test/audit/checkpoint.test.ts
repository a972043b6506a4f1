/**
 * Hostile checkpoints, by the rows of the audit (README.md in this folder): each is refused with a
 * typed error, or read as the reference reads it, after bounded work. A hang would be the timeout.
 */
import { expect, test } from "vitest";
import { changedJson } from "../../testing/checkpoint/folder-fixture.ts";
import { openHostile, said } from "./attack.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- configurations are changed at will
type Json = Record<string, any>;
type Changes = Parameters<typeof openHostile>[0];

const inFile =
  (file: string) =>
  (change: (json: Json) => void): Changes => ({ [file]: changedJson("a", file, change) });
const config = inFile("config.json");
const pictures = inFile("preprocessor_config.json");
const tokenizer = inFile("tokenizer.json");
const template = (text: string): Changes => ({ "chat_template.jinja": text });
const expression = (regex: string): Changes =>
  tokenizer((json) => (json["pre_tokenizer"].pretokenizers[0].pattern.Regex = regex));
const twice = (file: string, member: string): Changes => ({
  [file]: changedJson("a", file, () => {}).replace("{", `{${member},`),
});
const nested = (depth: number): Json => {
  let inner: Json = { type: "NFC" };
  for (let i = 0; i < depth; i++) inner = { type: "Sequence", normalizers: [inner] };
  return inner;
};
const loop = (count: string, body: string): string =>
  `{% for i in range(${count}) %}${body}{% endfor %}`;
const doubled = (first: string, by: string, times: number): string =>
  `{% set ns = namespace(x=${first}) %}${loop(`${times}`, `{% set ns.x = ${by} %}`)}`;

const STEPS = "WeightsError: chat template: it fails: it takes more than";
const LENGTH = "WeightsError: chat template: it fails: it makes a text of more than";
const FAILS = "WeightsError: chat template: it fails";

/** Row of the audit or a relative of it, what is changed, how the outcome begins. */
const CASES: readonly (readonly [row: string, changes: Changes, outcome: string])[] = [
  ["t01-loop-27e9", template(loop("3000", loop("3000", loop("3000", "")))), STEPS],
  ["t01: sums", template(loop("100000", "{% set x = range(100000) | sum %}")), STEPS],
  ["t01: a search", template(`{% set s = 'a' * 9000000 %}{{ ('a' * 4000000 + 'b') in s }}`), STEPS],
  [
    "t01: a dict of itself twice, 60 times",
    template(`${doubled("{'a': 1}", "{'a': ns.x, 'b': ns.x}", 60)}{{ ns.x | tojson }}`),
    STEPS,
  ],
  [
    "t02-macro-recursion",
    template("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
    `${FAILS}: maximum recursion depth`,
  ],
  ["t03-range-2e8", template("{{ range(200000000) | length }}"), `${FAILS}: Range too big`],
  ["t04-doubling-2^40", template(doubled("'aaaaaaaa'", "ns.x ~ ns.x", 40)), LENGTH],
  ["t05-doubling-2^27", template(doubled("'aaaaaaaa'", "ns.x + ns.x", 27)), LENGTH],
  ["t05: of a list", template(doubled("['a']", "ns.x + ns.x", 40)), STEPS],
  ["t05: an indent", template(`{{ ('a\\n' * 100000) | indent(100000) }}`), FAILS],
  ["t05: a join", template("{{ (['x' * 1000000] * 1000) | join }}"), FAILS],
  [
    "t06-ctor",
    template("{{ ''.constructor.constructor('return 1')() }}"),
    `${FAILS}: 'str' has no 'constructor'`,
  ],
  ["t06: of a dict", template("{{ {}.__proto__.constructor.x }}"), FAILS],
  ["t09-strftime-ctor", template("{{ strftime_now.constructor('return 1')() }}"), FAILS],
  ["t13-string-mul", template("{{ 'a' * 1000000000 }}"), FAILS],
  [
    "t14-swaps-response",
    template(
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ 'Good.' if m.role == 'assistant' else m.content }}<|im_end|>\n{% endfor %}",
    ),
    "UnsupportedError: chat template: it does not write the assistant's last turn",
  ],
  [
    "t: 100,000 brackets",
    template(`{{ ${"(".repeat(1e5)}1${")".repeat(1e5)} }}`),
    "WeightsError: chat template: it cannot be parsed",
  ],
  [
    "t: 100,000 times not",
    template(`{{ ${"not ".repeat(1e5)}1 }}`),
    "WeightsError: chat template: it cannot be parsed",
  ],
  [
    "t: a namespace in itself",
    template("{% set n = namespace() %}{% set n.x = n %}{{ n }}"),
    FAILS,
  ],
  ["k11-dup-ids", tokenizer(({ model: { vocab } }) => (vocab.zzzz = vocab.a)), "WeightsError: "],
  [
    "k14-bad-regex",
    expression("((("),
    "WeightsError: tokenizer.json, pre_tokenizer: not a regular expression",
  ],
  [
    "k14: an open class",
    expression("[a"),
    "WeightsError: tokenizer.json, pre_tokenizer: not a regular expression",
  ],
  [
    "k14: a class of no name",
    expression("\\p{Nonsense}"),
    "WeightsError: tokenizer.json, pre_tokenizer",
  ],
  [
    "k14: 99,999 times",
    expression("a{99999}"),
    "UnsupportedError: tokenizer.json, pre_tokenizer: this expression",
  ],
  [
    "k14: a back reference",
    expression("(a)\\1"),
    "UnsupportedError: tokenizer.json, pre_tokenizer: this expression",
  ],
  [
    "k14: 4,000 brackets",
    expression(`${"(".repeat(4000)}a${")".repeat(4000)}`),
    "UnsupportedError: tokenizer.json, pre_tokenizer",
  ],
  [
    "k14: a million letters",
    expression("x".repeat(1e6)),
    "UnsupportedError: tokenizer.json, pre_tokenizer",
  ],
  [
    "k15-deep-normalizer",
    tokenizer((json) => (json["normalizer"] = nested(60))),
    "UnsupportedError: tokenizer.json, normalizer",
  ],
  [
    "k15: 1,500 deep",
    tokenizer((json) => (json["normalizer"] = nested(1500))),
    "WeightsError: folder, tokenizer.json: is not valid",
  ],
  [
    "k15: the pre-tokenizer",
    tokenizer((json) => (json["pre_tokenizer"] = nested(60))),
    "UnsupportedError: tokenizer.json, pre_tokenizer",
  ],
  [
    "k15: 1,000 steps",
    tokenizer(({ pre_tokenizer: { pretokenizers: steps } }) =>
      steps.unshift(...Array.from({ length: 1000 }, () => steps[0])),
    ),
    "UnsupportedError: tokenizer.json, pre_tokenizer: it has too many steps",
  ],
  [
    "c05-layers-1e9",
    config((json) => (json["num_hidden_layers"] = 1e9)),
    "WeightsError: folder, config.json, num_hidden_layers: expected 83 at most",
  ],
  [
    "c06-layers-3e6",
    config((json) => (json["num_hidden_layers"] = 3e6)),
    "WeightsError: folder, config.json, num_hidden_layers",
  ],
  [
    "c07-layers-2^53",
    config((json) => (json["num_hidden_layers"] = 2 ** 53)),
    "WeightsError: config.json: num_hidden_layers",
  ],
  [
    "c08-depth-1e9",
    config((json) => (json["vision_config"].depth = 1e9)),
    "WeightsError: folder, config.json, vision_config, depth",
  ],
  [
    "c: a vocabulary of 1e15",
    config((json) => (json["vocab_size"] = 1e15)),
    "WeightsError: folder: 1 of 82 tensors",
  ],
  ["c: 2^40 wide", config((json) => (json["hidden_size"] = 2 ** 40)), "WeightsError: config.json"],
  [
    "c13-eps-1e300",
    config((json) => (json["rms_norm_eps"] = 1e300)),
    "WeightsError: config.json: rms_norm_eps is wrong",
  ],
  [
    "c17-theta-1e308",
    config((json) => (json["rope_theta"] = 1e308)),
    "WeightsError: config.json: rope_theta is wrong",
  ],
  [
    "c18-mrope-neg",
    config((json) => (json["rope_scaling"].mrope_section = [-16, 40, 40])),
    "WeightsError: config.json, rope_scaling: mrope_section is wrong",
  ],
  [
    "c19-mrope-mixed",
    config((json) => (json["rope_scaling"].mrope_section = [0, 40, 24])),
    "WeightsError: config.json, rope_scaling: mrope_section is wrong",
  ],
  [
    "c22-fullatt-neg",
    config((json) => (json["vision_config"].fullatt_block_indexes = [-1])),
    "WeightsError: config.json, vision_config: fullatt_block_indexes",
  ],
  [
    "c27-min-pixels-1e12",
    pictures((json) => Object.assign(json, { min_pixels: 1e12, max_pixels: 1e13 })),
    "WeightsError: preprocessor_config.json, min_pixels",
  ],
  [
    "c28-min-pixels-1e9",
    pictures((json) => Object.assign(json, { min_pixels: 1e9, max_pixels: 1e13 })),
    "WeightsError: preprocessor_config.json, min_pixels",
  ],
  [
    "c30-std-1e-30",
    pictures((json) => (json["image_std"] = [1e-30, 1, 1])),
    "WeightsError: preprocessor_config.json, image_std",
  ],
  [
    "c30: 1e300",
    pictures((json) => (json["image_std"] = [1e300, 1, 1])),
    "WeightsError: preprocessor_config.json, image_std",
  ],
  [
    "c30: a factor of 1e300",
    pictures((json) => (json["rescale_factor"] = 1e300)),
    "WeightsError: preprocessor_config.json, rescale_factor",
  ],
  [
    "c30: a mean of 1e300",
    pictures((json) => (json["image_mean"] = [1e300, 0, 0])),
    "WeightsError: preprocessor_config.json, image_mean",
  ],
  [
    "c34-dup-keys",
    twice("config.json", '"rms_norm_eps":1'),
    "WeightsError: folder, config.json: is not valid",
  ],
  [
    "c34: pictures",
    twice("preprocessor_config.json", '"min_pixels":4'),
    "WeightsError: folder, preprocessor_config.json: is not valid",
  ],
  [
    "c34: tokenizer",
    twice("tokenizer.json", '"normalizer":null'),
    "WeightsError: folder, tokenizer.json: is not valid",
  ],
  [
    "c34: its config",
    twice("tokenizer_config.json", '"chat_template":"x"'),
    "WeightsError: folder, tokenizer_config.json: is not valid",
  ],
  [
    "c34: the index",
    twice("model.safetensors.index.json", '"weight_map":{}'),
    "WeightsError: folder, model.safetensors.index.json: is not valid",
  ],
  [
    "c43-no-pre",
    { "preprocessor_config.json": undefined },
    "WeightsError: folder: nothing says how pictures are prepared",
  ],
  [
    "c: a million brackets",
    { "config.json": "[".repeat(1e6) },
    "WeightsError: folder, config.json: is not valid",
  ],
];

test.each(CASES)("audit %s → a typed error", async (_, changes, outcome) => {
  const found = said(await openHostile(changes));
  expect(found.slice(0, outcome.length)).toBe(outcome);
});

const LETTERS = `${"a".repeat(5000)} b`;

test.each([
  ["k02-redos-a+", "(a+)+$"],
  ["k03-redos-L", "(\\p{L}+)*!"],
  ["k03: stars in stars", "((.*)*)*x"],
  ["k03: thirty stars", "(.*){30}x"],
  ["k02: alternatives that overlap", "(a|a|aa)+$"],
  ["k02: in a look ahead", "(?=(a+)+$)b|\\s"],
])("audit %s: an expression of exponential time, 5,000 letters → encoded", async (_, regex) => {
  const conversation = [
    { role: "user", content: "Well?" },
    { role: "assistant", content: LETTERS },
  ] as const;
  const { error, ids } = await openHostile(expression(regex), conversation);
  expect(error).toBeUndefined();
  expect(ids.length).toBeGreaterThan(10);
});

test("audit t14: a template that changes words of the response → a warning that says so", async () => {
  const text =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n" +
    "{{ m.content | replace('purple', 'red') }}<|im_end|>\n{% endfor %}";
  const { error, warnings } = await openHostile(template(text));
  expect(error).toBeUndefined();
  expect(warnings.join()).toContain("does not write the response as it is");
});
