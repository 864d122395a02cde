/** A seeded generator (mulberry32): the same seed gives the same day. Numbers in [0, 1). */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Waiting time to the next of events that come `perMs` times a millisecond on average, independent of each other. */
export function exponential(random, meanMs) {
  return -Math.log(1 - random()) * meanMs;
}

/** Times as first tokens have them: mostly near the median, sometimes far above it. */
export function logNormal(random, median, spread) {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(spread * normal);
}

export function between(random, least, most) {
  return least + random() * (most - least);
}
