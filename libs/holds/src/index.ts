export type * from './hold-store.js';
