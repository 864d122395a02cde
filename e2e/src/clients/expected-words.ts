import { expect } from '@jest/globals';

/** What the demo provider answers to *Hello there*, whole: a broken answer is shorter than this. */
export const saidHello: unknown = expect.stringMatching(/^You said: Hello there\. (?:\S+ ){30}/);

/** What it says once both cities are known. */
export const WEATHER_TOLD = 'get_weather answered: 18 degrees in Paris\nget_weather answered: 18 degrees in Rome';
