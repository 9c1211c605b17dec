// Waiting for events, always with a deadline and a sentence that says what did not happen.

/** How long anything that should happen "at once" may take on a busy machine. */
export const soon = 5000;

export async function within(milliseconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    // The error is made here, so that its stack shows who waited.
    const error = new Error(`waited ${milliseconds} ms in vain for ${what}`);
    timer = setTimeout(() => reject(error), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves with the array of arguments of the next `event`. */
export function next(emitter, event, { ms = soon, what = `the event '${event}'` } = {}) {
  let listener;
  const arrived = new Promise((resolve) => {
    listener = (...args) => resolve(args);
    emitter.once(event, listener);
  });
  return within(ms, what, arrived).finally(() => emitter.off(event, listener));
}

/** For real pauses only: where the passing of time itself is what the test is about. */
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Asks again and again; only for states that announce themselves by no event (descriptors, memory, a dead sid). */
export async function until(what, question, { ms = soon, every = 20 } = {}) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await pause(every);
  }
}

/**
 * For tests in which the client has to be quick (a pong within 200 ms). A busy machine makes it late now and then, which
 * says nothing about the server: one attempt of a few must succeed.
 */
export const quickly = (attempt, attempts = 5) => async (...context) => {
  for (let left = attempts - 1; ; left--) {
    try {
      return await attempt(...context);
    } catch (error) {
      if (left === 0) throw error;
    }
  }
};

/** Items that arrive whenever they like, read one by one with a deadline. */
export class Inbox {
  #items = [];
  #waiting = [];
  #failure = null;

  push(item) {
    const reader = this.#waiting.shift();
    if (reader) reader.resolve(item);
    else this.#items.push(item);
  }

  /** No item will come any more; readers of an empty inbox are refused with `error`. */
  fail(error) {
    this.#failure ??= error;
    for (const reader of this.#waiting.splice(0)) reader.reject(this.#failure);
  }

  get size() {
    return this.#items.length;
  }

  /** Everything that is here now. */
  drain() {
    return this.#items.splice(0);
  }

  async next(what = 'the next item', ms = soon) {
    if (this.#items.length) return this.#items.shift();
    if (this.#failure) throw this.#failure;
    const reader = {};
    const arrived = new Promise((resolve, reject) => Object.assign(reader, { resolve, reject }));
    this.#waiting.push(reader);
    try {
      return await within(ms, what, arrived);
    } finally {
      const place = this.#waiting.indexOf(reader);
      if (place >= 0) this.#waiting.splice(place, 1);
    }
  }
}
