// Tested by: test/worker/worker.browser.test.ts
interface Policy {
  createScriptURL(url: string): string;
}

interface TrustedTypes {
  createPolicy(name: string, rules: Policy): Policy;
}

let policy: Policy | undefined;

/** Passes the policy `vl-reward#worker`, for pages that require Trusted Types. */
export function scriptUrl(url: string): string {
  const rules = { createScriptURL: (one: string) => one };
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy("vl-reward#worker", rules) ?? rules;
  return policy.createScriptURL(url);
}
