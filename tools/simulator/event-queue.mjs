/** What happens when, on a virtual clock: a binary heap of times with a value each. Of equal times the order is free. */
export class EventQueue {
  #times = new Float64Array(1024);
  #values = [];
  #size = 0;

  get nextAt() {
    return this.#size === 0 ? Infinity : this.#times[0];
  }

  push(at, value) {
    if (this.#size === this.#times.length) {
      const larger = new Float64Array(this.#times.length * 2);
      larger.set(this.#times);
      this.#times = larger;
    }
    let index = this.#size;
    this.#size += 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#times[parent] <= at) break;
      this.#times[index] = this.#times[parent];
      this.#values[index] = this.#values[parent];
      index = parent;
    }
    this.#times[index] = at;
    this.#values[index] = value;
  }

  /** The value of `nextAt`. */
  pop() {
    const first = this.#values[0];
    this.#size -= 1;
    const at = this.#times[this.#size];
    const value = this.#values[this.#size];
    this.#values[this.#size] = undefined;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#times[child + 1] < this.#times[child]) child += 1;
      if (this.#times[child] >= at) break;
      this.#times[index] = this.#times[child];
      this.#values[index] = this.#values[child];
      index = child;
    }
    if (this.#size > 0) {
      this.#times[index] = at;
      this.#values[index] = value;
    }
    return first;
  }
}
