/**
 * Ends the waits of something that is being closed: what an AbortSignal is to a program, for use within this connector.
 * It costs a fraction, and makes no error while nobody waits.
 */
export class CloseSignal {
  readonly #listeners = new Set<() => void>()
  #reason: string | undefined

  /** Why it was closed; `undefined` while it is open. */
  get reason(): string | undefined {
    return this.#reason
  }

  /** Calls every listener, once; later calls do nothing. */
  close(reason: string): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener()
  }

  /** `listener` is called when this closes; never, when it is closed already. */
  add(listener: () => void): void {
    if (this.#reason === undefined) this.#listeners.add(listener)
  }

  remove(listener: () => void): void {
    this.#listeners.delete(listener)
  }
}
