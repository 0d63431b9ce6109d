/** The strategy that this engine's answers announce. */
export class Announcement {
  newStrategy: string | undefined

  /** The announcement in an answer; empty without one. */
  get fields(): { newStrategy?: string } {
    return this.newStrategy === undefined ? {} : { newStrategy: this.newStrategy }
  }
}
