import fc from 'fast-check';

/** Choices of a generator, made one after another; the same seed makes the same. */
export class Draw {
  readonly #next: fc.GeneratorValue;

  constructor(next: fc.GeneratorValue) {
    this.#next = next;
  }

  int(min: number, max: number): number {
    return this.#next(fc.integer, { min, max });
  }

  /** True once in so many times. */
  once(inTimes: number): boolean {
    return this.int(1, inTimes) === inTimes;
  }

  pick<T>(options: readonly T[]): T {
    return this.#next(fc.constantFrom<T[]>, ...options);
  }

  /** One of several generators, which draws on. */
  among<T>(generators: readonly (() => T)[]): T {
    return this.pick(generators)();
  }

  many<T>(min: number, max: number, generate: (at: number) => T): T[] {
    return Array.from({ length: this.int(min, max) }, (_, at) => generate(at));
  }
}
