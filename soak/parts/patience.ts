/**
 * How long an answer may take: 30 s. SOAK_PATIENCE multiplies it on machines that others use too:
 * `npm run soak -- day` then judges by what the processes do, not by the clock.
 */
export const PATIENCE_MS: number = 30_000 * Number(process.env["SOAK_PATIENCE"] ?? "1");

/** `after 30 s`, for messages. */
export const AFTER_PATIENCE: string = `after ${PATIENCE_MS / 1000} s`;
