/** Gives access to one caller at a time. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Waits for its turn, which lasts until the returned function is called. */
  take(): Promise<() => void> {
    return new Promise((granted) => {
      void this.run(() => new Promise<void>((end) => granted(end)));
    });
  }
}
