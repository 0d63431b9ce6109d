/** Work that goes on after its caller has left. It never rejects. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>()

  get isIdle(): boolean {
    return this.#running.size === 0
  }

  add(work: Promise<void>): void {
    const tracked = work.then(() => void this.#running.delete(tracked))
    this.#running.add(tracked)
  }

  /** Counts as work until the function that this returns is called. */
  hold(): () => void {
    let release!: () => void
    this.add(
      new Promise<void>((resolve) => {
        release = resolve
      }),
    )
    return release
  }

  /** Resolves when all of it is done, and what that has begun meanwhile. */
  async done(): Promise<void> {
    while (!this.isIdle) await Promise.all(this.#running)
  }
}
