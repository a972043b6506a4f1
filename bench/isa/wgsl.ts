/**
 * Reads constants out of a kernel's WGSL: `override` and `const` declarations of u32, with the
 * values
 * that the twin gives. Only what the project's kernels use: + - * / %, min, max, brackets, and
 * names.
 */

/** Returns the value of an expression, or undefined if it holds anything but whole constants. */
export function constantOf(
  source: string,
  constants: Readonly<Record<string, number>>,
  expression: string,
): number | undefined {
  const tokens = expression.match(/\d+(?:\.\d+)?|[A-Za-z_]\w*|[-+*/%(),]|\S/g) ?? [];
  let at = 0;
  const value = (): number => {
    const token = tokens[at++] ?? "";
    if (token === "(") {
      const inner = sum();
      at++;
      return inner;
    }
    if (/^\d/.test(token)) {
      if (/^[uif]$/.test(tokens[at] ?? "")) at++;
      return Number(token);
    }
    if ((token === "min" || token === "max") && tokens[at] === "(") {
      const all: number[] = [];
      do {
        at++;
        all.push(sum());
      } while (tokens[at] === ",");
      at++;
      return Math[token](...all);
    }
    const given = constants[token];
    if (given !== undefined) return given;
    const declared = new RegExp(`\\b(?:override|const)\\s+${token}\\s*(?::[^=;]+)?=([^;]+);`);
    const found = /^[A-Za-z_]\w*$/.test(token) ? declared.exec(source)?.[1] : undefined;
    return (found === undefined ? undefined : constantOf(source, constants, found)) ?? Number.NaN;
  };
  const product = (): number => {
    let left = value();
    for (let op = tokens[at]; op === "*" || op === "/" || op === "%"; op = tokens[at]) {
      at++;
      const right = value();
      left = op === "*" ? left * right : op === "/" ? Math.floor(left / right) : left % right;
    }
    return left;
  };
  const sum = (): number => {
    let left = product();
    for (let op = tokens[at]; op === "+" || op === "-"; op = tokens[at]) {
      at++;
      const right = product();
      left += op === "+" ? right : -right;
    }
    return left;
  };
  const result = sum();
  return at === tokens.length && Number.isFinite(result) ? result : undefined;
}

/** Returns the invocations of a workgroup, or undefined. */
export function workgroupSize(
  source: string,
  constants: Readonly<Record<string, number>>,
): number | undefined {
  const begin = /@workgroup_size\(/.exec(source);
  if (!begin) return undefined;
  let depth = 1;
  let end = begin.index + begin[0].length;
  const first = end;
  while (depth > 0 && end < source.length) {
    const letter = source[end++];
    depth += letter === "(" ? 1 : letter === ")" ? -1 : 0;
  }
  const sides = source
    .slice(first, end - 1)
    .split(",")
    .map((side) => constantOf(source, constants, side));
  return sides.reduce<number | undefined>(
    (size, side) => (size === undefined || side === undefined ? undefined : size * side),
    1,
  );
}
