export type { NanoUsd } from './nano-usd.js';
