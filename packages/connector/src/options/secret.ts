import { inspect } from 'node:util'

const HIDDEN = '[hidden]'

/** Holds a value that no log line, error or inspection may show. */
export class Secret<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The value itself, to be used at once and kept nowhere. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }

  [inspect.custom](): string {
    return HIDDEN
  }
}
