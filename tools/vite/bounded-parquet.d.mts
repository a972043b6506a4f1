/** True for the module of hyparquet that has the runs. */
export function hasRuns(file: string): boolean;
/** Returns its source with the runs bounded. */
export function boundRuns(source: string): string;
