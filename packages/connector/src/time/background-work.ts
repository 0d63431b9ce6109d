/** Work that continues after its caller has left. It never rejects. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>()

  get isIdle(): boolean {
    return this.#running.size === 0
  }

  add(work: Promise<void>): void {
    const tracked = work.then(() => void this.#running.delete(tracked))
    this.#running.add(tracked)
  }

  /** Counts as work until the returned function is called. */
  hold(): () => void {
    let release!: () => void
    this.add(
      new Promise<void>((resolve) => {
        release = resolve
      }),
    )
    return release
  }

  /** Resolves when all work is done, including work that it started in the meantime. */
  async done(): Promise<void> {
    while (!this.isIdle) await Promise.all(this.#running)
  }
}
