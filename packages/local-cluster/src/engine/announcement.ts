/** The deployment that this engine's answers tell clients to move to. */
export class Announcement {
  newStrategy: string | undefined

  /** The part of an answer that announces; empty when there is nothing to say. */
  get fields(): { newStrategy?: string } {
    return this.newStrategy === undefined ? {} : { newStrategy: this.newStrategy }
  }
}
