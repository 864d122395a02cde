import type { CapsFigures } from './hold-store.js';

/** Of a key that nothing caps, which most are. */
export const noCaps: CapsFigures = { daily: null, weekly: null, monthly: null, workspace: null };
